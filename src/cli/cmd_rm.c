/* rm: deletes mails. */
#include "cli/selection.h"

typedef struct RmOptions {
  CommandCommon common;
  char *query; /* NULL: none */
  gboolean all;
} RmOptions;

#define FIELD(name) .offset = G_STRUCT_OFFSET(RmOptions, name)

static const Option options[] = {
    {
        .name = "query",
        .value_name = "QUERY",
        .noun = "query",
        .type = OPTION_WORDS,
        .help = "delete what this finds",
        FIELD(query),
    },
    {
        .name = "all",
        .noun = "switch",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "delete all mails",
        FIELD(all),
    },
    {.name = NULL},
};

static gboolean delete_all(Client *client, GError **error) {
  const ClientQuestion question = {.method = "DELETE", .path = "/api/v1/messages"};
  g_auto(ClientAnswer) answer = {0};

  return client_ask(client, &question, &answer, error);
}

static gboolean delete_some(const CommandCall *call, Client *client, GError **error) {
  const RmOptions *given = call->options;
  json_t *body = json_object();
  g_autofree char *path =
      given->query ? client_query_path("/api/v1/search", given->query, NULL) : g_strdup("/api/v1/messages");
  const ClientQuestion question = {.method = "DELETE", .path = path, .json = given->query ? NULL : body};
  g_auto(ClientAnswer) answer = {0};
  gboolean deleted =
      selection_read(call, client, given->query, body, error) && client_ask(client, &question, &answer, error);

  json_decref(body);
  return deleted;
}

static ExitCode run(const CommandCall *call, GError **error) {
  const RmOptions *given = call->options;

  if (given->all && (given->query || call->n_words > 0)) {
    cli_fail(error, EXIT_CODE_USAGE, "--all means all mails: give it alone");
    return EXIT_CODE_USAGE;
  }
  g_autoptr(Client) client = client_open(call, error);
  if (client && given->all)
    delete_all(client, error);
  else if (client)
    delete_some(call, client, error);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd rm latest", "the mail that came last"},
    {"dsmtpd rm --query 'before:2026-01-31 -tag:keep'", "old ones"},
    {"dsmtpd rm --all", "all mails"},
    {.line = NULL},
};

const Command cmd_rm = {
    .name = "rm",
    .summary = "delete mails",
    .synopsis = "[ID]...",
    .description =
        "Deletes mails for good: those with these IDs (`latest` is the one that came last), those that a query "
        "finds, or all. When an ID is that of no mail, none is deleted.",
    .flags = COMMAND_HAS_TARGET,
    .max_words = G_MAXUINT,
    .options = options,
    .record_size = sizeof(RmOptions),
    .examples = examples,
    .run = run,
};
