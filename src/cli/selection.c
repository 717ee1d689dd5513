#include "cli/selection.h"
#include "cli/json_member.h"
#include <string.h>

static char *find_latest(Client *client, GError **error) {
  json_t *list = client_list_one(client, NULL, error);
  const json_t *newest = json_array_get(json_object_get(list, "messages"), 0);
  char *id = newest ? g_strdup(json_member_text(newest, "ID")) : NULL;

  if (list && !id)
    cli_fail(error, EXIT_CODE_FAILED, "there is no mail");
  json_decref(list);
  return id;
}

static gboolean check_id(Client *client, const char *id, GError **error) {
  g_autofree char *path = client_path_of("/api/v1/message/", id, "/raw");
  const ClientQuestion question = {.method = "HEAD", .path = path, .answered_as_well = 404};
  g_auto(ClientAnswer) answer = {0};

  if (!client_ask(client, &question, &answer, error))
    return FALSE;
  if (answer.status == 404)
    return cli_fail(error, EXIT_CODE_FAILED, "there is no mail %s", id);
  return TRUE;
}

static gboolean read_ids(const CommandCall *call, Client *client, json_t *ids, GError **error) {
  for (char **word = call->words; *word; word++) {
    g_autofree char *latest = NULL;
    if (strcmp(*word, "latest") == 0)
      latest = find_latest(client, error);
    else if (!check_id(client, *word, error))
      return FALSE;
    if (!latest && *error)
      return FALSE;
    json_array_append_new(ids, json_string(latest ? latest : *word));
  }
  return TRUE;
}

static gboolean check_query(Client *client, const char *query, GError **error) {
  json_t *list = client_list_one(client, query, error);
  gboolean found = json_member_number(list, "messages_count") > 0;

  if (list && !found)
    cli_fail(error, EXIT_CODE_FAILED, "no mail is found by %s", query);
  json_decref(list);
  return found;
}

gboolean selection_read(const CommandCall *call, Client *client, const char *query, json_t *body, GError **error) {
  json_t *ids = json_array();

  if ((call->n_words > 0) == (query != NULL)) {
    json_decref(ids);
    return cli_fail(error, EXIT_CODE_USAGE, "say which mails, by their IDs or by --query%s", query ? ", not both" : "");
  }
  if (query) {
    json_decref(ids);
    json_object_set_new(body, "Search", json_string(query));
    return check_query(client, query, error);
  }
  json_object_set_new(body, "IDs", ids);
  return read_ids(call, client, ids, error);
}

gboolean selection_change(const CommandCall *call, const char *path, const char *query, json_t *body, GError **error) {
  g_autofree char *search_path = client_search_path(path);
  const ClientQuestion question = {.method = "PUT", .path = search_path, .json = body};
  g_auto(ClientAnswer) answer = {0};
  g_autoptr(Client) client = client_open(call, error);

  return client && selection_read(call, client, query, body, error) && client_ask(client, &question, &answer, error);
}
