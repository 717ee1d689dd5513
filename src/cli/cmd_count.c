/* count and cursor: numbers about the messages. */
#include "cli/client.h"
#include "cli/json_member.h"

/* The member `name`, or as JSON those of `names`, which NULL ends. */
static ExitCode print_number(const CommandCall *call, const char *name, const char *const *names, GError **error) {
  g_autoptr(Client) client = client_open(call, error);
  json_t *list = client ? client_list_one(client, call->words[0], error) : NULL;

  if (!list)
    return EXIT_CODE_FAILED;
  if (call->common->json) {
    json_t *numbers = json_object();
    for (const char *const *at = names; *at; at++)
      json_object_set(numbers, *at, json_object_get(list, *at));
    output_value(call->output, numbers);
  } else {
    g_autofree char *line = g_strdup_printf("%" G_GINT64_FORMAT, json_member_number(list, name));
    output_line(call->output, line);
  }
  json_decref(list);
  return EXIT_CODE_OK;
}

static ExitCode run_count(const CommandCall *call, GError **error) {
  static const char *const names[] = {"total", "unread", "messages_count", "messages_unread", NULL};

  return print_number(call, "messages_count", names, error);
}

static ExitCode run_cursor(const CommandCall *call, GError **error) {
  static const char *const names[] = {"cursor", NULL};

  return print_number(call, "cursor", names, error);
}

static const CommandExample count_examples[] = {
    {"dsmtpd count", "the number of messages"},
    {"dsmtpd count is:unread", "of unread ones"},
    {.line = NULL},
};

const Command cmd_count = {
    .name = "count",
    .summary = "count messages",
    .synopsis = "[QUERY]",
    .description = "Prints the number of messages, or of those that the query finds.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .max_words = 1,
    .examples = count_examples,
    .run = run_count,
};

static const CommandExample cursor_examples[] = {
    {"after=$(dsmtpd cursor)", "before the program under test sends"},
    {"dsmtpd wait --after $after -n 2", "its two messages, none missed"},
    {.line = NULL},
};

const Command cmd_cursor = {
    .name = "cursor",
    .summary = "print the cursor of this moment",
    .synopsis = "",
    .description =
        "Prints a number that is less than the cursor of every message that arrives from now on, for `dsmtpd wait "
        "--after` and `dsmtpd tail --since`.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .examples = cursor_examples,
    .run = run_cursor,
};
