/* mark: messages as read, flagged, or not. */
#include "cli/selection.h"

typedef enum { MARK_ASIS, MARK_ON, MARK_OFF } Mark;

typedef struct MarkOptions {
  CommandCommon common;
  char *query; /* NULL: none */
  int read;    /* Mark */
  int flagged; /* Mark */
} MarkOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(MarkOptions, name)

static const Option options[] = {
    {
        .name = "read",
        .letter = 'r',
        .type = OPTION_SWITCH,
        .on = MARK_ON,
        .help = "as read",
        FIELD(read),
    },
    {
        .name = "unread",
        .letter = 'u',
        .type = OPTION_SWITCH,
        .on = MARK_OFF,
        .help = "as unread",
        FIELD(read),
    },
    {
        .name = "flagged",
        .letter = 'f',
        .type = OPTION_SWITCH,
        .on = MARK_ON,
        .help = "with a flag; flagged messages are never deleted by --max-messages, --max-age and --max-disk",
        FIELD(flagged),
    },
    {
        .name = "unflagged",
        .type = OPTION_SWITCH,
        .on = MARK_OFF,
        .help = "without a flag",
        FIELD(flagged),
    },
    {
        .name = "query",
        .value_name = "QUERY",
        .type = OPTION_WORDS,
        .help = "mark the messages that this query finds",
        FIELD(query),
    },
    {.name = NULL},
};

static void put_mark(json_t *body, const char *name, int mark) {
  if (mark != MARK_ASIS)
    json_object_set_new(body, name, json_boolean(mark == MARK_ON));
}

static gboolean read_marks(const MarkOptions *given, json_t *body, GError **error) {
  put_mark(body, "Read", given->read);
  put_mark(body, "Flagged", given->flagged);
  if (json_object_size(body) > 0)
    return TRUE;
  return cli_fail(error, EXIT_CODE_USAGE, "give --read or --unread, --flagged or --unflagged");
}

static ExitCode run(const CommandCall *call, GError **error) {
  const MarkOptions *given = call->options;
  json_t *body = json_object();

  if (read_marks(given, body, error))
    selection_change(call, "/api/v1/messages", given->query, body, "marked", error);
  json_decref(body);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd mark latest --flagged", "the newest message"},
    {"dsmtpd mark 2 3 --read", "rows 2 and 3 of the list printed last"},
    {"dsmtpd mark --query is:unread --read", "all unread ones"},
    {.line = NULL},
};

const Command cmd_mark = {
    .name = "mark",
    .summary = "mark messages as read, flagged, or not",
    .synopsis = "[MESSAGE]...",
    .description =
        "Marks messages: those that are named, or those that a query finds. MESSAGE is an ID, `latest` for the newest, "
        "or "
        "the number of a row of the list printed last on this terminal. On a terminal it says how many were marked.",
    .flags = COMMAND_HAS_TARGET,
    .max_words = G_MAXUINT,
    .options = options,
    .record_size = sizeof(MarkOptions),
    .examples = examples,
    .run = run,
};
