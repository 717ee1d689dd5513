/* show: one message, or a part of it. */
#include "cli/check_print.h"
#include "cli/client.h"
#include "cli/json_member.h"
#include "cli/row_numbers.h"
#include "cli/table.h"
#include <string.h>

typedef enum { SHOW_MAIL, SHOW_HEADERS, SHOW_TEXT, SHOW_HTML, SHOW_RAW, SHOW_TREE, SHOW_CHECKS, SHOW_SESSION } ShowWhat;

typedef struct ShowOptions {
  CommandCommon common;
  int what;    /* ShowWhat */
  char *part;  /* NULL: not a part */
  char *query; /* NULL: none */
} ShowOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(ShowOptions, name)

static const Option options[] = {
    {
        .name = "headers",
        .type = OPTION_SWITCH,
        .on = SHOW_HEADERS,
        .help = "print the header as it was received",
        FIELD(what),
    },
    {
        .name = "text",
        .letter = 't',
        .type = OPTION_SWITCH,
        .on = SHOW_TEXT,
        .help = "print the text, or text made from the HTML if there is none",
        FIELD(what),
    },
    {
        .name = "html",
        .type = OPTION_SWITCH,
        .on = SHOW_HTML,
        .help = "print the HTML",
        FIELD(what),
    },
    {
        .name = "raw",
        .letter = 'r',
        .type = OPTION_SWITCH,
        .on = SHOW_RAW,
        .help = "print the message byte for byte as it was received",
        FIELD(what),
    },
    {
        .name = "tree",
        .type = OPTION_SWITCH,
        .on = SHOW_TREE,
        .help = "print the tree of its parts",
        FIELD(what),
    },
    {
        .name = "checks",
        .letter = 'c',
        .type = OPTION_SWITCH,
        .on = SHOW_CHECKS,
        .help = "print what its checks found; for an exit code, use `dsmtpd check`",
        FIELD(what),
    },
    {
        .name = "session",
        .letter = 's',
        .type = OPTION_SWITCH,
        .on = SHOW_SESSION,
        .help = "print the transcript of the SMTP session it arrived in",
        FIELD(what),
    },
    {
        .name = "part",
        .value_name = "PART",
        .noun = "part",
        .type = OPTION_WORDS,
        .help = "print the content of a part, such as an attachment; --tree lists the parts",
        FIELD(part),
    },
    {
        .name = "query",
        .value_name = "QUERY",
        .type = OPTION_WORDS,
        .help = "show the newest message that this finds",
        FIELD(query),
    },
    {.name = NULL},
};

/* One showing under way. */
typedef struct Showing {
  const CommandCall *call;
  Client *client;
  const char *id;
  const char *query; /* NULL: none */
} Showing;

/* `before` + ID + `after`, narrowed by the query. The caller frees. */
static char *path_of(const Showing *showing, const char *before, const char *after) {
  g_autofree char *path = client_path_of(before, showing->id, after);

  return client_query_path(path, showing->query, NULL);
}

#define MESSAGE "/api/v1/message/"

/* --- bytes */

static gboolean print_cb(const char *bytes, gsize len, gpointer user_data) {
  output_bytes(user_data, bytes, len);
  return output_is_well(user_data);
}

/* To a program as they come, however many; a terminal gets nothing that could steer it. */
static gboolean print_bytes(const Showing *showing, const char *path, GError **error) {
  Output *output = showing->call->output;
  const ClientQuestion question = {.path = path, .came = print_cb, .user_data = output};
  g_auto(ClientAnswer) answer = {0};

  if (output_is_terminal(output))
    return client_show(showing->client, path, output, error);
  return client_ask(showing->client, &question, &answer, error);
}

static gboolean show_raw(const Showing *showing, GError **error) {
  g_autofree char *path = path_of(showing, MESSAGE, "/raw");

  return print_bytes(showing, path, error);
}

static gboolean show_part(const Showing *showing, const char *part, GError **error) {
  g_autofree char *after = client_path_of("/part/", part, "");
  g_autofree char *path = path_of(showing, MESSAGE, after);

  return print_bytes(showing, path, error);
}

/* --- texts */

static gboolean show_text(const Showing *showing, GError **error) {
  g_autofree char *path = path_of(showing, "/view/", ".txt");

  return client_show(showing->client, path, showing->call->output, error);
}

static gboolean show_html(const Showing *showing, const json_t *mail, GError **error) {
  const char *html = json_member_text(mail, "HTML");

  if (*html == '\0')
    return cli_fail(error, EXIT_CODE_FAILED, "message %s has no HTML; try --text", json_member_text(mail, "ID"));
  output_passage(showing->call->output, html, strlen(html));
  return TRUE;
}

/* Up to the empty line, which may have begun in the piece before; TRUE while it has not come. */
static gboolean take_head_cb(const char *bytes, gsize len, gpointer user_data) {
  static const char empty_line[] = "\r\n\r\n";
  GString *head = user_data;
  gsize from = head->len > strlen(empty_line) ? head->len - strlen(empty_line) : 0;

  g_string_append_len(head, bytes, (gssize)len);
  const char *end = memmem(head->str + from, head->len - from, empty_line, strlen(empty_line));
  if (end)
    g_string_truncate(head, (gsize)(end - head->str) + 2);
  return end == NULL;
}

static gboolean show_headers(const Showing *showing, GError **error) {
  g_autofree char *path = path_of(showing, MESSAGE, "/raw");
  g_autoptr(GString) head = g_string_new(NULL);
  const ClientQuestion question = {.path = path, .came = take_head_cb, .user_data = head};
  g_auto(ClientAnswer) answer = {0};

  if (!client_ask(showing->client, &question, &answer, error))
    return FALSE;
  g_string_replace(head, "\r\n", "\n", 0);
  output_passage(showing->call->output, head->str, head->len);
  return TRUE;
}

/* --- the message as people read it */

static void append_address(GString *text, const json_t *address) {
  const char *name = json_member_text(address, "Name");
  const char *mailbox = json_member_text(address, "Address");

  if (text->len > 0)
    g_string_append(text, ", ");
  if (*name != '\0')
    g_string_append_printf(text, "%s <%s>", name, mailbox);
  else
    g_string_append(text, mailbox);
}

static char *print_addresses(const json_t *value) {
  GString *text = g_string_new(NULL);

  if (json_is_object(value))
    append_address(text, value);
  for (size_t i = 0; i < json_array_size(value); i++)
    append_address(text, json_array_get(value, i));
  return g_string_free(text, FALSE);
}

static char *print_value(const json_t *value) {
  return g_strdup(json_string_value(value));
}

/* "2026-11-30T17:37:41Z (2026-11-30 18:37:41 CET)" */
static char *print_date(const json_t *value) {
  const char *text = json_string_value(value);
  g_autoptr(GDateTime) utc = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;
  g_autoptr(GDateTime) local = utc ? g_date_time_to_local(utc) : NULL;

  if (!local || g_date_time_get_utc_offset(local) == 0)
    return g_strdup(text);
  g_autofree char *shown = g_date_time_format(local, "%F %T %Z");
  return g_strdup_printf("%s (%s)", text, shown);
}

static char *print_texts(const json_t *value) {
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < json_array_size(value); i++)
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(value, i)));
  return g_string_free(text, FALSE);
}

static char *print_files(const json_t *value) {
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < json_array_size(value); i++) {
    const json_t *file = json_array_get(value, i);
    g_autofree char *size = g_format_size((guint64)json_member_number(file, "Size"));
    g_string_append_printf(text, "%s%s (part %s, %s, %s)", i > 0 ? ", " : "", json_member_text(file, "FileName"),
                           json_member_text(file, "PartID"), json_member_text(file, "ContentType"), size);
  }
  return g_string_free(text, FALSE);
}

static const struct {
  const char *name; /* of the API */
  const char *title;
  char *(*print)(const json_t *value);
} lines[] = {
    {"From", "From", print_addresses}, {"To", "To", print_addresses},
    {"Cc", "Cc", print_addresses},     {"Bcc", "Bcc", print_addresses},
    {"Date", "Date", print_date},      {"Subject", "Subject", print_value},
    {"Tags", "Tags", print_texts},     {"Attachments", "Attachments", print_files},
    {"Inline", "Inline", print_files}, {"ID", "ID", print_value},
};

static gboolean show_mail(const Showing *showing, const json_t *mail, GError **error) {
  Output *output = showing->call->output;
  const char *text = json_member_text(mail, "Text");

  for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
    g_autofree char *value = lines[i].print(json_object_get(mail, lines[i].name));
    g_autofree char *title = g_strconcat(lines[i].title, ": ", NULL);
    if (!value || *value == '\0')
      continue;
    output_styled(output, OUTPUT_DIM, title);
    output_line(output, value);
  }
  output_text(output, "\n");
  output_prose(output, text, strlen(text));
  return TRUE;
}

/* --- what it is made of, what is wrong with it, and how it arrived */

static const TableColumn tree_columns[] = {
    {.title = "Part"}, {.title = "Type"}, {.title = "Bytes"}, {.title = "File", .share = 1}};

static void append_part(GPtrArray *rows, const json_t *part, guint depth) {
  const json_t *parts = json_object_get(part, "Parts");
  char **row = g_new0(char *, G_N_ELEMENTS(tree_columns) + 1);

  row[0] = g_strdup(json_member_text(part, "PartID"));
  row[1] = g_strdup_printf("%*s%s", (int)(2 * depth), "", json_member_text(part, "ContentType"));
  row[2] = g_strdup_printf("%" G_GINT64_FORMAT, json_member_number(part, "Size"));
  row[3] = g_strdup(json_member_text(part, "FileName"));
  g_ptr_array_add(rows, row);
  for (size_t i = 0; i < json_array_size(parts); i++) /* as deep as the server reads */
    append_part(rows, json_array_get(parts, i), depth + 1);
}

static gboolean show_tree(const Showing *showing, const json_t *structure, GError **error) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

  append_part(rows, json_object_get(structure, "Structure"), 0);
  table_print(showing->call->output, tree_columns, G_N_ELEMENTS(tree_columns), rows);
  return TRUE;
}

static gboolean show_checks(const Showing *showing, const json_t *report, GError **error) {
  Output *output = showing->call->output;
  CheckTally tally = {0};

  check_print_findings(output, NULL, report, SEVERITY_NOTE, &tally);
  g_autofree char *line = check_tally_text(&tally);
  output_line(output, line);
  return TRUE;
}

/* How lines are shown, by who said them; the connection itself says that it begins and ends. */
static const struct {
  const char *side; /* of the API */
  char sign;
  OutputStyle style;
} sides[] = {{"client", 'C', OUTPUT_CLIENT}, {"server", 'S', OUTPUT_PLAIN}, {"connection", '*', OUTPUT_DIM}};

static void show_line(Output *output, const json_t *line) {
  const char *text = json_member_text(line, "Text");
  g_autofree char *time = g_strdup_printf("%9.1f ms  ", json_real_value(json_object_get(line, "Milliseconds")));
  gsize i = 0;

  while (i + 1 < G_N_ELEMENTS(sides) && strcmp(json_member_text(line, "Side"), sides[i].side) != 0)
    i++;
  g_autofree char *plain = g_strdup_printf("%c: %s", sides[i].sign, text);
  g_autofree char *cleaned = output_clean(plain);
  gboolean is_rejection = sides[i].sign == 'S' && (*text == '4' || *text == '5');
  output_styled(output, OUTPUT_DIM, time);
  output_styled(output, is_rejection ? OUTPUT_ERROR : sides[i].style, cleaned);
  output_text(output, "\n");
}

static gboolean show_session(const Showing *showing, const json_t *session, GError **error) {
  const json_t *said = json_object_get(session, "Session");

  for (size_t i = 0; i < json_array_size(said); i++)
    show_line(showing->call->output, json_array_get(said, i));
  return TRUE;
}

/* --- which of all that */

/* Most is shown from JSON of the API, the rest by a function of its own. */
static const struct {
  const char *after; /* after the ID in the path of the JSON; NULL: there is none */
  gboolean (*show_json)(const Showing *showing, const json_t *json, GError **error);
  gboolean (*show)(const Showing *showing, GError **error);
} ways[] = {
    [SHOW_MAIL] = {"", show_mail, NULL},
    [SHOW_HEADERS] = {"/headers", NULL, show_headers},
    [SHOW_TEXT] = {NULL, NULL, show_text},
    [SHOW_HTML] = {"", show_html, NULL},
    [SHOW_RAW] = {NULL, NULL, show_raw},
    [SHOW_TREE] = {"/structure", show_tree, NULL},
    [SHOW_CHECKS] = {"/checks", show_checks, NULL},
    [SHOW_SESSION] = {"/session", show_session, NULL},
};

static gboolean show_json(const Showing *showing, ShowWhat what, GError **error) {
  g_autofree char *path = path_of(showing, MESSAGE, ways[what].after);
  const ClientQuestion question = {.path = path};
  g_auto(ClientAnswer) answer = {0};

  if (!client_ask(showing->client, &question, &answer, error))
    return FALSE;
  if (showing->call->common->json) {
    output_json(showing->call->output, answer.bytes->str);
    return TRUE;
  }
  json_t *json = client_answer_json(showing->client, &answer, error);
  gboolean shown = json && ways[what].show_json(showing, json, error);
  json_decref(json);
  return shown;
}

static gboolean check(const CommandCall *call, GError **error) {
  const ShowOptions *given = call->options;

  if (given->part && given->what != SHOW_MAIL)
    return cli_fail(error, EXIT_CODE_USAGE, "--part prints one part: give no other option that says what to print");
  if (call->common->json && (given->part || !ways[given->what].after))
    return cli_fail(error, EXIT_CODE_USAGE,
                    "this has no JSON; combine --json with --headers, --tree, --checks or --session, or with none");
  if (call->n_words > 0 && given->query)
    return cli_fail(error, EXIT_CODE_USAGE, "give MESSAGE or --query, not both");
  return TRUE;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const ShowOptions *given = call->options;
  g_autoptr(Client) client = check(call, error) ? client_open(call, error) : NULL;
  const char *word = call->words[0] ? call->words[0] : "latest";
  g_autofree char *id = client ? row_numbers_resolve(target_key(client_target(client)), word, error) : NULL;
  const Showing showing = {.call = call, .client = client, .id = id, .query = given->query};

  if (!id)
    return EXIT_CODE_FAILED;
  if (given->part)
    show_part(&showing, given->part, error);
  else if (call->common->json || ways[given->what].show_json)
    show_json(&showing, (ShowWhat)given->what, error);
  else
    ways[given->what].show(&showing, error);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd show", "the newest message"},
    {"dsmtpd show --query to:bob --text", "the text of the newest to bob"},
    {"dsmtpd show 3", "row 3 of the list printed last"},
    {"dsmtpd show latest --part 2 >a.pdf", "an attachment"},
    {.line = NULL},
};

const Command cmd_show = {
    .name = "show",
    .summary = "show a message, or a part of it",
    .synopsis = "[MESSAGE]",
    .description =
        "Shows a message: MESSAGE, which is an ID, `latest`, or the number of a row of the list printed last on this "
        "terminal; the newest that a query finds; or the newest of all. Without an option it prints sender, "
        "recipients, "
        "date, subject and attachments, then the text. That, --text and --html mark the message as read.",
    .flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON,
    .max_words = 1,
    .options = options,
    .record_size = sizeof(ShowOptions),
    .examples = examples,
    .run = run,
};
