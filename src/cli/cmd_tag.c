/* tag: changes the tags of messages. */
#include "cli/selection.h"

typedef struct TagOptions {
  CommandCommon common;
  char *query;    /* NULL: none */
  char **added;   /* NULL: none */
  char **removed; /* NULL: none */
  char **set;     /* NULL: not asked for */
  gboolean clear;
} TagOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(TagOptions, name)

static const Option options[] = {
    {
        .name = "add",
        .letter = 'a',
        .value_name = "TAG",
        .type = OPTION_TEXTS,
        .help = "a tag to add; may be repeated",
        FIELD(added),
    },
    {
        .name = "remove",
        .letter = 'r',
        .value_name = "TAG",
        .type = OPTION_TEXTS,
        .help = "a tag to remove; may be repeated",
        FIELD(removed),
    },
    {
        .name = "set",
        .value_name = "TAG",
        .type = OPTION_TEXTS,
        .help = "a tag to set in place of all others; may be repeated",
        FIELD(set),
    },
    {
        .name = "clear",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "remove all tags",
        FIELD(clear),
    },
    {
        .name = "query",
        .value_name = "QUERY",
        .type = OPTION_WORDS,
        .help = "change the messages that this query finds",
        FIELD(query),
    },
    {.name = NULL},
};

static json_t *texts(char *const *list) {
  json_t *array = json_array();

  for (char *const *at = list; at && *at; at++)
    json_array_append_new(array, json_string(*at));
  return array;
}

static gboolean read_change(const TagOptions *given, json_t *body, GError **error) {
  gboolean is_change = given->added || given->removed;

  if (is_change + (given->set != NULL) + given->clear != 1)
    return cli_fail(error, EXIT_CODE_USAGE, "give --add and --remove, or --set, or --clear");
  if (is_change) {
    json_object_set_new(body, "Add", texts(given->added));
    json_object_set_new(body, "Remove", texts(given->removed));
  } else {
    json_object_set_new(body, "Tags", texts(given->set));
  }
  return TRUE;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const TagOptions *given = call->options;
  json_t *body = json_object();

  if (read_change(given, body, error))
    selection_change(call, "/api/v1/tags", given->query, body, "changed the tags of", error);
  json_decref(body);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd tag latest --add keep", "the newest message"},
    {"dsmtpd tag 2 3 --add keep", "rows 2 and 3 of the list printed last"},
    {"dsmtpd tag --query from:shop -a shop -r new", "all from shop"},
    {.line = NULL},
};

const Command cmd_tag = {
    .name = "tag",
    .summary = "add tags to messages, or remove them",
    .synopsis = "[MESSAGE]...",
    .description =
        "Changes the tags of messages: of those that are named, or of those that a query finds. MESSAGE is an ID, "
        "`latest` "
        "for the newest, or the number of a row of the list printed last on this terminal. Tags consist of letters, "
        "digits, spaces and . _ @ -; a message has at most 100. On a terminal it says how many messages were changed.",
    .flags = COMMAND_HAS_TARGET,
    .max_words = G_MAXUINT,
    .options = options,
    .record_size = sizeof(TagOptions),
    .examples = examples,
    .run = run,
};
