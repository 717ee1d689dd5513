/* wait: until a mail comes. */
#include "cli/client.h"
#include "cli/json_member.h"
#include "cli/mail_line.h"
#include <string.h>

typedef enum { PRINT_SUMMARY, PRINT_ID, PRINT_CODE, PRINT_LINK, PRINT_TEXT, PRINT_JSON } PrintWhat;

enum { COUNT_MAX = 1000, TIMEOUT_MAX_MS = 600 * 1000, PATIENCE_BESIDE_MS = 30 * 1000 };

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
        .noun = "time",
        .type = OPTION_PATIENCE,
        .max = TIMEOUT_MAX_MS,
        .default_text = "30s",
        .help = "how long to wait, in seconds or with ms, s or m behind the number",
        FIELD(timeout_ms),
    },
    {
        .name = "count",
        .letter = 'n',
        .value_name = "N",
        .noun = "number of mails",
        .type = OPTION_COUNT,
        .min = 1,
        .max = COUNT_MAX,
        .default_text = "1",
        .help = "how many mails to wait for",
        FIELD(count),
    },
    {
        .name = "after",
        .letter = 'a',
        .value_name = "PLACE",
        .noun = "place",
        .type = OPTION_WORDS,
        .help = "take mails that came behind this place: what `dsmtpd cursor` printed, the ID of a mail, or 0 for all "
                "there "
                "are; without this option, those that come from now on",
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
            "what to print of each mail: a line about it, its ID, the code or the link in it that it was sent for, its "
            "text, or the JSON of all",
        FIELD(print),
    },
    {.name = NULL},
};

/* --- what is in a mail */

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
    cli_fail(error, EXIT_CODE_FAILED, "the mail %s came, but no %s was found in it", id, kind);
  json_decref(codes);
  return value != NULL;
}

static gboolean print_text(const CommandCall *call, Client *client, const char *id, GError **error) {
  g_autofree char *path = client_path_of("/view/", id, ".txt");
  const ClientQuestion question = {.path = path};
  g_auto(ClientAnswer) answer = {0};

  if (!client_ask(client, &question, &answer, error))
    return FALSE;
  output_passage(call->output, answer.octets->str, answer.octets->len);
  return TRUE;
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

/* For what is printed mail by mail. */
static gboolean (*const printers[])(const CommandCall *call, Client *client, const char *id, GError **error) = {
    [PRINT_ID] = print_id,
    [PRINT_CODE] = print_code,
    [PRINT_LINK] = print_link,
    [PRINT_TEXT] = print_text,
};

static void print_mails(const CommandCall *call, Client *client, const ClientAnswer *answer, PrintWhat what,
                        GError **error) {
  json_t *waited = client_answer_json(client, answer, error);
  const json_t *mails = json_object_get(waited, "messages");
  gboolean printed = waited != NULL;

  if (waited && what == PRINT_SUMMARY)
    mail_lines_print(call->output, mails);
  for (size_t i = 0; what != PRINT_SUMMARY && printed && i < json_array_size(mails); i++)
    printed = printers[what](call, client, json_member_text(json_array_get(mails, i), "ID"), error);
  json_decref(waited);
}

/* --- waiting */

static gboolean ask(const CommandCall *call, Client *client, ClientAnswer *out_answer, GError **error) {
  const WaitOptions *given = call->options;
  g_autofree char *timeout = g_strdup_printf("%ums", given->timeout_ms);
  g_autofree char *count = g_strdup_printf("%u", given->count);
  g_autofree char *path = client_query_path("/api/v1/wait", call->words[0], "timeout", timeout, "count", count, "after",
                                            given->after, NULL);
  const ClientQuestion question = {
      .path = path,
      .patience_ms = given->timeout_ms + PATIENCE_BESIDE_MS,
      .answered_as_well = 408,
  };

  return client_ask(client, &question, out_answer, error);
}

static void fail_in_time(const WaitOptions *given, Client *client, const ClientAnswer *answer, GError **error) {
  json_t *waited = client_answer_json(client, answer, error);

  if (waited)
    cli_fail(error, EXIT_CODE_FAILED, "%" G_GINT64_FORMAT " of %u mails came within %g s",
             json_member_number(waited, "count"), given->count, given->timeout_ms / 1000.0);
  json_decref(waited);
}

static ExitCode run(const CommandCall *call, GError **error) {
  const WaitOptions *given = call->options;
  g_autoptr(Client) client = client_open(call, error);
  g_auto(ClientAnswer) answer = {0};
  PrintWhat what = given->common.json ? PRINT_JSON : (PrintWhat)given->print;

  if (!client || !ask(call, client, &answer, error))
    return EXIT_CODE_FAILED;
  if (what == PRINT_JSON)
    output_json(call->output, answer.octets->str);
  if (answer.status == 408)
    fail_in_time(given, client, &answer, error);
  else if (what != PRINT_JSON)
    print_mails(call, client, &answer, what, error);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd wait to:bob", "until a mail for bob comes"},
    {"dsmtpd wait -t 10s --print code to:bob", "the code in it"},
    {"dsmtpd wait --after 0 subject:welcome", "or one that is there"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "they came"},
    {EXIT_CODE_FAILED, "they did not come in time, or have no such code or link"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is no Maildir"},
    {EXIT_CODE_USAGE, "an option, a variable or the query is wrong"},
    {EXIT_CODE_NO_SERVER, "there is no server, or it does not answer"},
    {.meaning = NULL},
};

const Command cmd_wait = {
    .name = "wait",
    .summary = "wait for mails that come",
    .synopsis = "[QUERY]",
    .description =
        "Waits until mails come that the query finds (all, when there is none), and prints them. Mails that were "
        "there before do not count, unless --after says so: to miss none, take the place from `dsmtpd cursor` "
        "before the program under test sends.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .max_words = 1,
    .options = options,
    .record_size = sizeof(WaitOptions),
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
