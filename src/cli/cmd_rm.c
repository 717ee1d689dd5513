/* rm: deletes messages. */
#include "cli/json_member.h"
#include "cli/mail_line.h"
#include "cli/selection.h"
#include <string.h>

enum { SHOWN_MAX = 10000 };

typedef struct RmOptions {
  CommandCommon common;
  char *query; /* NULL: none */
  gboolean all;
  gboolean dry_run;
} RmOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(RmOptions, name)

static const Option options[] = {
    {
        .name = "query",
        .value_name = "QUERY",
        .type = OPTION_WORDS,
        .help = "delete the messages that this query finds",
        FIELD(query),
    },
    {
        .name = "all",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "delete all messages",
        FIELD(all),
    },
    {
        .name = "dry-run",
        .letter = 'n',
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "list what would be deleted, and delete nothing",
        FIELD(dry_run),
    },
    {.name = NULL},
};

/* Which messages are to be deleted. */
typedef struct Doomed {
  const RmOptions *given;
  json_t *body; /* has the IDs, if they were named */
  gint64 n;
} Doomed;

static gboolean read_doomed(const CommandCall *call, Client *client, Doomed *doomed, GError **error) {
  if (doomed->given->all)
    return selection_read_all(client, &doomed->n, error);
  return selection_read(call, client, doomed->given->query, doomed->body, &doomed->n, error);
}

static gboolean delete_doomed(const CommandCall *call, Client *client, const Doomed *doomed, GError **error) {
  const char *query = doomed->given->query;
  g_autofree char *search = query ? client_query_path("/api/v1/search", query, NULL) : NULL;
  const ClientQuestion question = {
      .method = "DELETE",
      .path = search ? search : "/api/v1/messages",
      .json = query || doomed->given->all ? NULL : doomed->body,
  };
  g_auto(ClientAnswer) answer = {0};

  if (!client_ask(client, &question, &answer, error))
    return FALSE;
  selection_report(call, "deleted", doomed->n);
  return TRUE;
}

/* --- a dry run */

/* Lists find a message by its conversation, and do not mark it as read. */
static gboolean append_summary(Client *client, const char *id, json_t *messages, GError **error) {
  g_autofree char *query = g_strdup_printf("thread:\"%s\"", id);
  g_autofree char *path = client_list_path(query, 0, SHOWN_MAX);
  json_t *list = client_get_json(client, path, error);
  const json_t *found = json_object_get(list, "messages");
  gboolean is_answered = list != NULL;

  for (size_t i = 0; i < json_array_size(found); i++) {
    json_t *mail = json_array_get(found, i);
    if (strcmp(json_member_text(mail, "ID"), id) == 0)
      json_array_append(messages, mail);
  }
  json_decref(list);
  return is_answered;
}

static gboolean show_named(const CommandCall *call, Client *client, const json_t *ids, GError **error) {
  json_t *messages = json_array();
  gboolean is_whole = TRUE;

  for (size_t i = 0; is_whole && i < json_array_size(ids); i++)
    is_whole = append_summary(client, json_string_value(json_array_get(ids, i)), messages, error);
  if (is_whole)
    mail_lines_print(call->output, messages);
  json_decref(messages);
  return is_whole;
}

static gboolean show_found(const CommandCall *call, Client *client, const char *query, GError **error) {
  g_autofree char *path = client_list_path(query, 0, SHOWN_MAX);
  json_t *list = client_get_json(client, path, error);
  gboolean is_answered = list != NULL;

  if (is_answered)
    mail_lines_print(call->output, json_object_get(list, "messages"));
  json_decref(list);
  return is_answered;
}

static void show_doomed(const CommandCall *call, Client *client, const Doomed *doomed, GError **error) {
  const json_t *ids = json_object_get(doomed->body, "IDs");

  if (ids ? show_named(call, client, ids, error) : show_found(call, client, doomed->given->query, error))
    selection_report(call, "would delete", doomed->n);
}

/* --- the whole */

static ExitCode run(const CommandCall *call, GError **error) {
  const RmOptions *given = call->options;

  if (given->all && (given->query || call->n_words > 0)) {
    cli_fail(error, EXIT_CODE_USAGE, "--all means all messages: give it without IDs and --query");
    return EXIT_CODE_USAGE;
  }
  g_autoptr(Client) client = client_open(call, error);
  Doomed doomed = {.given = given, .body = json_object()};
  if (client && read_doomed(call, client, &doomed, error)) {
    if (given->dry_run)
      show_doomed(call, client, &doomed, error);
    else
      delete_doomed(call, client, &doomed, error);
  }
  json_decref(doomed.body);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd rm latest", "the newest message"},
    {"dsmtpd rm 3 5", "rows 3 and 5 of the list printed last"},
    {"dsmtpd rm --query 'before:2026-01-31 -tag:keep'", "old ones"},
    {"dsmtpd rm --all --dry-run", "what would be deleted"},
    {.line = NULL},
};

const Command cmd_rm = {
    .name = "rm",
    .summary = "delete messages",
    .synopsis = "[MESSAGE]...",
    .description =
        "Deletes messages for good: those that are named, those that a query finds, or all. MESSAGE is an ID, "
        "`latest` for the newest, or the number of a row of the list printed last on this terminal. If one "
        "of them does not exist, none is deleted. On a terminal it says how many were deleted.",
    .flags = COMMAND_HAS_TARGET,
    .max_words = G_MAXUINT,
    .options = options,
    .record_size = sizeof(RmOptions),
    .examples = examples,
    .run = run,
};
