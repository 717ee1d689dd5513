/* list and search: messages, the newest first. */
#include "cli/client.h"
#include "cli/json_member.h"
#include "cli/mail_line.h"
#include "cli/mail_table.h"
#include "cli/row_numbers.h"

enum { LIMIT_MAX = 10000, START_MAX = 1000 * 1000 * 1000 };

typedef struct ListOptions {
  CommandCommon common;
  guint limit;
  guint start;
  gboolean ids;
  gboolean no_pager;
} ListOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(ListOptions, name)

static const Option options[] = {
    {
        .name = "limit",
        .letter = 'n',
        .value_name = "N",
        .noun = "number of messages",
        .type = OPTION_COUNT,
        .min = 1,
        .max = LIMIT_MAX,
        .default_text = "50",
        .help = "print at most N messages",
        FIELD(limit),
    },
    {
        .name = "start",
        .value_name = "N",
        .noun = "number of messages",
        .type = OPTION_COUNT,
        .max = START_MAX,
        .default_text = "0",
        .help = "skip the N newest messages",
        FIELD(start),
    },
    {
        .name = "ids",
        .letter = 'i',
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "show the IDs on a terminal, too",
        FIELD(ids),
    },
    {
        .name = "no-pager",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "do not show a long list in a pager",
        FIELD(no_pager),
    },
    {.name = NULL},
};

/* NULL: an error. */
static json_t *ask(const CommandCall *call, Client *client, ClientAnswer *out_answer, GError **error) {
  const ListOptions *given = call->options;
  g_autofree char *path = client_list_path(call->words[0], given->start, given->limit);
  const ClientQuestion question = {.path = path};

  return client_ask(client, &question, out_answer, error) ? client_answer_json(client, out_answer, error) : NULL;
}

/* For people: that there is more. */
static void print_rest(const CommandCall *call, const json_t *list) {
  const ListOptions *given = call->options;
  gint64 n_all = json_member_number(list, "messages_count"), n_shown = json_member_number(list, "count");

  if (given->start + n_shown >= n_all)
    return;
  g_autofree char *rest = g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                                          " messages; --start %" G_GINT64_FORMAT " shows the next\n",
                                          n_shown, n_all, given->start + n_shown);
  output_styled(call->output, OUTPUT_DIM, rest);
}

/* Its rows have numbers, which other commands understand from now on. */
static void print_table(const CommandCall *call, Client *client, const json_t *list) {
  const ListOptions *given = call->options;
  const json_t *messages = json_object_get(list, "messages");
  const MailTableOptions table = {.first_number = given->start + 1, .has_ids = given->ids};

  row_numbers_keep(target_key(client_target(client)), messages, table.first_number);
  if (!given->no_pager)
    output_page(call->output, (guint)json_array_size(messages) + 1, call->get_variable);
  mail_table_print(call->output, messages, &table);
  print_rest(call, list);
}

static ExitCode run(const CommandCall *call, GError **error) {
  g_autoptr(Client) client = client_open(call, error);
  g_auto(ClientAnswer) answer = {0};
  json_t *list = client ? ask(call, client, &answer, error) : NULL;
  ExitCode code = EXIT_CODE_OK;

  if (!list)
    return EXIT_CODE_FAILED;
  if (call->common->json)
    output_json(call->output, answer.bytes->str);
  else if (output_is_terminal(call->output))
    print_table(call, client, list);
  else
    mail_lines_print(call->output, json_object_get(list, "messages"));
  if (call->words[0] && json_member_number(list, "messages_count") == 0)
    code = EXIT_CODE_FAILED;
  json_decref(list);
  return code;
}

static const CommandExample list_examples[] = {
    {"dsmtpd list", "the newest 50 messages"},
    {"dsmtpd list -n 1000 | cut -f1", "IDs, for programs"},
    {"dsmtpd list -d ~/Maildir", "a Maildir, with or without a server"},
    {.line = NULL},
};

const Command cmd_list = {
    .name = "list",
    .summary = "list messages, the newest first",
    .synopsis = "",
    .description =
        "Lists messages, the newest first. On a terminal each has a number, which show, open, rm, tag and mark "
        "understand, its age, a dot if it is unread, a flag, a clip if it has attachments, the sender's name, the "
        "first "
        "recipient, the subject and its tags. Elsewhere a line has ID, time of receipt (UTC), From, To and Subject, "
        "separated by tabs.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .options = options,
    .record_size = sizeof(ListOptions),
    .examples = list_examples,
    .run = run,
};

static const CommandExample search_examples[] = {
    {"dsmtpd search to:bob", "messages to bob"},
    {"dsmtpd search 'is:unread has:attachment'", "unread ones with attachments"},
    {"dsmtpd search -- -from:shop", "all but those from shop"},
    {.line = NULL},
};

const Command cmd_search = {
    .name = "search",
    .summary = "list the messages that a query finds",
    .synopsis = "QUERY",
    .description =
        "Lists the messages that a query finds, as `dsmtpd list` does. A query is a list of terms that must all match: "
        "words, phrases in double quotes, and fields such as from: to: subject: body: tag: is:unread has:attachment "
        "before:2026-01-31 larger:1M. A dash before a term negates it.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .min_words = 1,
    .max_words = 1,
    .options = options,
    .record_size = sizeof(ListOptions),
    .examples = search_examples,
    .run = run,
};
