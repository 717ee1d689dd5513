#include "cli/selection.h"
#include "cli/json_member.h"
#include "cli/row_numbers.h"
#include <string.h>

static char *find_latest(Client *client, GError **error) {
  json_t *list = client_list_one(client, NULL, error);
  const json_t *newest = json_array_get(json_object_get(list, "messages"), 0);
  char *id = newest ? g_strdup(json_member_text(newest, "ID")) : NULL;

  if (list && !id)
    cli_fail(error, EXIT_CODE_FAILED, "there is no message");
  json_decref(list);
  return id;
}

/* `word` is what the ID was given by. */
static gboolean check_id(Client *client, const char *id, const char *word, GError **error) {
  g_autofree char *path = client_path_of("/api/v1/message/", id, "/raw");
  const ClientQuestion question = {.method = "HEAD", .path = path, .answered_as_well = 404};
  g_auto(ClientAnswer) answer = {0};

  if (!client_ask(client, &question, &answer, error))
    return FALSE;
  if (answer.status == 404)
    return cli_fail(error, EXIT_CODE_FAILED, "there is no message %s", word);
  return TRUE;
}

char *selection_find(Client *client, const char *word, GError **error) {
  if (strcmp(word, "latest") == 0)
    return find_latest(client, error);
  g_autofree char *id = row_numbers_resolve(target_key(client_target(client)), word, error);
  return id && check_id(client, id, word, error) ? g_steal_pointer(&id) : NULL;
}

/* A message that is named twice is one. */
static gboolean read_ids(const CommandCall *call, Client *client, json_t *ids, GError **error) {
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (char **word = call->words; *word; word++) {
    char *id = selection_find(client, *word, error);
    if (!id)
      return FALSE;
    if (g_hash_table_add(known, id))
      json_array_append_new(ids, json_string(id));
  }
  return TRUE;
}

/* How many messages a query finds, or there are (NULL); -1: an error. */
static gint64 count(Client *client, const char *query, GError **error) {
  json_t *list = client_list_one(client, query, error);
  gint64 n_found = list ? json_member_number(list, "messages_count") : -1;

  json_decref(list);
  return n_found;
}

gboolean selection_read(const CommandCall *call, Client *client, const char *query, json_t *body, gint64 *out_n,
                        GError **error) {
  json_t *ids = json_array();

  if ((call->n_words > 0) == (query != NULL)) {
    json_decref(ids);
    return cli_fail(error, EXIT_CODE_USAGE, "say which messages, by their IDs or by --query%s",
                    query ? ", not both" : "");
  }
  if (query) {
    json_decref(ids);
    json_object_set_new(body, "Search", json_string(query));
    *out_n = count(client, query, error);
    return *out_n == 0 ? cli_fail(error, EXIT_CODE_FAILED, "%s finds no message", query) : *out_n > 0;
  }
  json_object_set_new(body, "IDs", ids);
  gboolean is_read = read_ids(call, client, ids, error);
  *out_n = (gint64)json_array_size(ids);
  return is_read;
}

gboolean selection_read_all(Client *client, gint64 *out_n, GError **error) {
  *out_n = count(client, NULL, error);
  return *out_n >= 0;
}

void selection_report(const CommandCall *call, const char *done, gint64 n_messages) {
  if (!output_is_terminal(call->output))
    return;
  g_autofree char *line =
      g_strdup_printf("%s %" G_GINT64_FORMAT " message%s\n", done, n_messages, n_messages == 1 ? "" : "s");
  output_text(call->output, line);
}

gboolean selection_change(const CommandCall *call, const char *path, const char *query, json_t *body, const char *done,
                          GError **error) {
  g_autofree char *search_path = client_search_path(path);
  const ClientQuestion question = {.method = "PUT", .path = search_path, .json = body};
  g_auto(ClientAnswer) answer = {0};
  g_autoptr(Client) client = client_open(call, error);
  gint64 n_messages;

  if (!client || !selection_read(call, client, query, body, &n_messages, error) ||
      !client_ask(client, &question, &answer, error))
    return FALSE;
  selection_report(call, done, n_messages);
  return TRUE;
}
