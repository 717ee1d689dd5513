/* list and search: mails, the newest first. */
#include "cli/client.h"
#include "cli/json_member.h"
#include "cli/mail_line.h"

enum { LIMIT_MAX = 10000, START_MAX = 1000 * 1000 * 1000 };

typedef struct ListOptions {
  CommandCommon common;
  guint limit;
  guint start;
} ListOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(ListOptions, name)

static const Option options[] = {
    {
        .name = "limit",
        .letter = 'n',
        .value_name = "N",
        .noun = "number of mails",
        .type = OPTION_COUNT,
        .min = 1,
        .max = LIMIT_MAX,
        .default_text = "50",
        .help = "how many to print at most",
        FIELD(limit),
    },
    {
        .name = "start",
        .value_name = "N",
        .noun = "number of mails",
        .type = OPTION_COUNT,
        .max = START_MAX,
        .default_text = "0",
        .help = "how many of the newest to leave out",
        FIELD(start),
    },
    {.name = NULL},
};

/* The list's JSON, as text and read. NULL: an error. */
static json_t *ask(const CommandCall *call, ClientAnswer *out_answer, GError **error) {
  const ListOptions *given = call->options;
  g_autofree char *path = client_list_path(call->words[0], given->start, given->limit);
  const ClientQuestion question = {.path = path};
  g_autoptr(Client) client = client_open(call, error);

  if (!client || !client_ask(client, &question, out_answer, error))
    return NULL;
  return client_answer_json(client, out_answer, error);
}

/* For people: that there is more. */
static void print_rest(const CommandCall *call, const json_t *list) {
  const ListOptions *given = call->options;
  gint64 n_all = json_member_number(list, "messages_count"), n_shown = json_member_number(list, "count");

  if (!output_is_terminal(call->output) || given->start + n_shown >= n_all)
    return;
  g_autofree char *rest =
      g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " mails; --start %" G_GINT64_FORMAT " goes on\n",
                      n_shown, n_all, given->start + n_shown);
  output_styled(call->output, OUTPUT_DIM, rest);
}

static ExitCode run(const CommandCall *call, GError **error) {
  g_auto(ClientAnswer) answer = {0};
  json_t *list = ask(call, &answer, error);
  ExitCode code = EXIT_CODE_OK;

  if (!list)
    return EXIT_CODE_FAILED;
  if (call->common->json) {
    output_json(call->output, answer.octets->str);
  } else {
    mail_lines_print(call->output, json_object_get(list, "messages"));
    print_rest(call, list);
  }
  if (call->words[0] && json_member_number(list, "messages_count") == 0)
    code = EXIT_CODE_FAILED;
  json_decref(list);
  return code;
}

static const CommandExample list_examples[] = {
    {"dsmtpd list", "the newest 50"},
    {"dsmtpd list -n 1000 | cut -f1", "their IDs, for programs"},
    {"dsmtpd list -d ~/Maildir", "of a Maildir, server or not"},
    {.line = NULL},
};

const Command cmd_list = {
    .name = "list",
    .summary = "list mails, the newest first",
    .synopsis = "",
    .description =
        "Lists mails, the newest first. On a terminal as a table; elsewhere a line for each, with tabs between its "
        "ID, time of receipt (UTC), From, To and Subject.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .options = options,
    .record_size = sizeof(ListOptions),
    .examples = list_examples,
    .run = run,
};

static const CommandExample search_examples[] = {
    {"dsmtpd search to:bob", "mails to bob"},
    {"dsmtpd search 'is:unread has:attachment'", "unread ones with attachments"},
    {"dsmtpd search -- -from:shop", "all but those from shop"},
    {.line = NULL},
};

const Command cmd_search = {
    .name = "search",
    .summary = "list the mails that a query finds",
    .synopsis = "QUERY",
    .description =
        "Lists the mails that a query finds, as `dsmtpd list` does. A query is a list of terms that all must hold: "
        "words, phrases in double quotes, and fields such as from: to: subject: body: tag: is:unread "
        "has:attachment before:2026-01-31 larger:1M, turned around by a dash in front.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .min_words = 1,
    .max_words = 1,
    .options = options,
    .record_size = sizeof(ListOptions),
    .examples = search_examples,
    .run = run,
};
