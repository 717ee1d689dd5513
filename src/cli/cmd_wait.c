/* wait: until a message arrives. */
#include "api/json.h"
#include "cli/client.h"
#include "cli/json_member.h"
#include "cli/mail_line.h"
#include <stdio.h>
#include <string.h>

typedef enum { PRINT_SUMMARY, PRINT_ID, PRINT_CODE, PRINT_LINK, PRINT_TEXT, PRINT_JSON } PrintWhat;

enum { TIMEOUT_MAX_MS = 600 * 1000 };

typedef struct WaitOptions {
  CommandCommon common;
  guint timeout_ms;
  guint count;
  char *after; /* NULL: what comes from now on */
  int print;
} WaitOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(WaitOptions, name)

static const char *const print_choices[] = {[PRINT_SUMMARY] = "summary",
                                            [PRINT_ID] = "id",
                                            [PRINT_CODE] = "code",
                                            [PRINT_LINK] = "link",
                                            [PRINT_TEXT] = "text",
                                            [PRINT_JSON] = "json",
                                            NULL};

static const Option options[] = {
    {
        .name = "timeout",
        .letter = 't',
        .value_name = "TIME",
        .type = OPTION_PATIENCE,
        .max = TIMEOUT_MAX_MS,
        .default_text = "30s",
        .help = "how long to wait: a number of seconds, or one with the suffix ms, s or m",
        FIELD(timeout_ms),
    },
    {
        .name = "count",
        .letter = 'n',
        .value_name = "N",
        .noun = "number of messages",
        .type = OPTION_COUNT,
        .min = 1,
        .max = CLIENT_WAIT_MAX,
        .default_text = "1",
        .help = "how many messages to wait for",
        FIELD(count),
    },
    {
        .name = "after",
        .letter = 'a',
        .value_name = "CURSOR",
        .noun = "cursor",
        .type = OPTION_WORDS,
        .help = "accept messages after this cursor: the output of `dsmtpd cursor`, the ID of a message, or 0 for all "
                "messages; without this option, those that arrive from now on",
        FIELD(after),
    },
    {
        .name = "print",
        .letter = 'p',
        .value_name = "WHAT",
        .noun = "thing to print",
        .type = OPTION_CHOICE,
        .choices = print_choices,
        .default_text = "summary",
        .help =
            "what to print of each message: a line about it, its ID, its one-time code, the link it was sent for, its "
            "text, or the JSON of all",
        FIELD(print),
    },
    {.name = NULL},
};

/* --- what is in a message */

/* The surest of this kind comes first. */
static const char *find_code(const json_t *codes, const char *kind) {
  for (size_t i = 0; i < json_array_size(codes); i++) {
    const json_t *code = json_array_get(codes, i);
    if (strcmp(json_member_text(code, "Kind"), kind) == 0)
      return json_member_text(code, "Value");
  }
  return NULL;
}

static gboolean print_found(const CommandCall *call, Client *client, const char *id, const char *kind, GError **error) {
  g_autofree char *path = client_path_of("/api/v1/message/", id, "/codes");
  json_t *codes = client_get_json(client, path, error);
  const char *value = codes ? find_code(json_object_get(codes, "Codes"), kind) : NULL;

  if (value)
    output_line(call->output, value);
  else if (codes)
    cli_fail(error, EXIT_CODE_FAILED, "message %s arrived, but contains no %s", id, kind);
  json_decref(codes);
  return value != NULL;
}

static gboolean print_text(const CommandCall *call, Client *client, const char *id, GError **error) {
  g_autofree char *path = client_path_of("/view/", id, ".txt");

  return client_show(client, path, call->output, error);
}

static gboolean print_id(const CommandCall *call, Client *client, const char *id, GError **error) {
  output_line(call->output, id);
  return TRUE;
}

static gboolean print_code(const CommandCall *call, Client *client, const char *id, GError **error) {
  return print_found(call, client, id, "code", error);
}

static gboolean print_link(const CommandCall *call, Client *client, const char *id, GError **error) {
  return print_found(call, client, id, "link", error);
}

/* For what is printed message by message. */
static gboolean (*const printers[])(const CommandCall *call, Client *client, const char *id, GError **error) = {
    [PRINT_ID] = print_id,
    [PRINT_CODE] = print_code,
    [PRINT_LINK] = print_link,
    [PRINT_TEXT] = print_text,
};

static void print_messages(const CommandCall *call, Client *client, const ClientAnswer *answer, PrintWhat what,
                           GError **error) {
  json_t *waited = client_answer_json(client, answer, error);
  const json_t *messages = json_object_get(waited, "messages");
  gboolean printed = waited != NULL;

  if (waited && what == PRINT_SUMMARY)
    mail_lines_print(call->output, messages);
  for (size_t i = 0; what != PRINT_SUMMARY && printed && i < json_array_size(messages); i++)
    printed = printers[what](call, client, json_member_text(json_array_get(messages, i), "ID"), error);
  json_decref(waited);
}

/* --- waiting */

/* The cursor to wait after. The caller frees. */
static char *read_after(const WaitOptions *given, Client *client, GError **error) {
  if (given->after)
    return g_strdup(given->after);
  json_t *list = client_list_one(client, NULL, error);
  char *now = list ? g_strdup_printf("%" G_GINT64_FORMAT, json_member_number(list, "cursor")) : NULL;
  json_decref(list);
  return now;
}

/* A test that waits in vain fails here, so its log is to say what the program under test sent instead. */
static ExitCode fail_in_time(const CommandCall *call, Client *client, const ClientAnswer *answer, const char *after,
                             GError **error) {
  const WaitOptions *given = call->options;
  const ClientWait everything = {.after = after, .count = CLIENT_WAIT_MAX};
  g_auto(ClientAnswer) all = {0};
  g_autoptr(json_t) waited = client_answer_json(client, answer, error);
  g_autoptr(json_t) arrived = NULL;

  if (waited && client_wait(client, &everything, &all, error))
    arrived = client_answer_json(client, &all, error);
  if (!arrived)
    return EXIT_CODE_FAILED;
  gint64 n_found = json_member_number(waited, "count"), n_arrived = json_member_number(arrived, "count");
  const char *end = n_arrived == 0 ? "nothing else arrived" : n_found == 0 ? "arrived instead:" : "all that arrived:";
  fprintf(stderr, "dsmtpd wait: %" G_GINT64_FORMAT " of %u messages arrived within %g s; %s\n", n_found, given->count,
          given->timeout_ms / 1000.0, end);
  mail_lines_tell(json_object_get(arrived, "messages"), FALSE);
  return EXIT_CODE_FAILED;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const WaitOptions *given = call->options;
  g_autoptr(Client) client = client_open(call, error);
  g_autofree char *after = client ? read_after(given, client, error) : NULL;
  g_auto(ClientAnswer) answer = {0};
  PrintWhat what = given->common.json ? PRINT_JSON : (PrintWhat)given->print;
  const ClientWait wait = {
      .query = call->words[0], .after = after, .count = given->count, .timeout_ms = given->timeout_ms};

  if (!after || !client_wait(client, &wait, &answer, error))
    return EXIT_CODE_FAILED;
  if (what == PRINT_JSON)
    output_json(call->output, answer.bytes->str);
  if (answer.status == 408)
    return fail_in_time(call, client, &answer, after, error);
  if (what != PRINT_JSON)
    print_messages(call, client, &answer, what, error);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd wait to:bob", "until a message for bob arrives"},
    {"dsmtpd wait -t 10s --print code to:bob", "its one-time code"},
    {"dsmtpd wait --after 0 subject:welcome", "or one that is there already"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "they arrived"},
    {EXIT_CODE_FAILED, "they did not arrive in time, or have no such code or link"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option, variable or query"},
    {EXIT_CODE_NO_SERVER, "no server is running, or it does not answer"},
    {.meaning = NULL},
};

const Command cmd_wait = {
    .name = "wait",
    .summary = "wait for messages",
    .synopsis = "[QUERY]",
    .description =
        "Waits until messages arrive that the query finds (without a query: any), and prints them. Messages that "
        "arrived before do not count unless --after says so. To miss none, save the output of `dsmtpd cursor` before "
        "the program under test sends. After a timeout it lists on standard error what arrived instead.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .max_words = 1,
    .options = options,
    .record_size = sizeof(WaitOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
