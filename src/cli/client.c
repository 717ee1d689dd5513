#include "cli/client.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_PATIENCE_MS = 30 * 1000 }; /* for the answer, after the time that the server waits */

struct Client {
  Target *target;
  HttpClient *http; /* NULL: not connected */
  /* of the question that is asked */
  const ClientQuestion *question;
  ClientAnswer *answer;
  gboolean has_ended;
  gboolean is_too_long;
  GError *failure; /* NULL: the answer is whole */
};

void client_answer_clear(ClientAnswer *answer) {
  if (answer->bytes)
    g_string_free(answer->bytes, TRUE);
  g_free(answer->content_type);
  *answer = (ClientAnswer){0};
}

/* --- paths */

static void append_pair(GString *path, const char *name, const char *value) {
  if (!value)
    return;
  g_string_append_printf(path, "%c%s=", strchr(path->str, '?') ? '&' : '?', name);
  g_string_append_uri_escaped(path, value, NULL, FALSE);
}

static char *append_pairs(GString *path, va_list pairs) {
  for (const char *name; (name = va_arg(pairs, const char *));)
    append_pair(path, name, va_arg(pairs, const char *));
  return g_string_free(path, FALSE);
}

char *client_path(const char *path, ...) {
  va_list pairs;

  va_start(pairs, path);
  char *whole = append_pairs(g_string_new(path), pairs);
  va_end(pairs);
  return whole;
}

static void append_search(GString *path) {
  g_autoptr(GTimeZone) zone = g_time_zone_new_local();

  append_pair(path, "strict", "1");
  append_pair(path, "tz", g_time_zone_get_identifier(zone));
}

char *client_search_path(const char *path) {
  GString *whole = g_string_new(path);

  append_search(whole);
  return g_string_free(whole, FALSE);
}

char *client_query_path(const char *path, const char *query, ...) {
  GString *whole = g_string_new(path);
  va_list pairs;

  append_pair(whole, "query", query);
  if (query)
    append_search(whole);
  va_start(pairs, query);
  char *all = append_pairs(whole, pairs);
  va_end(pairs);
  return all;
}

char *client_list_path(const char *query, guint start, guint limit) {
  g_autofree char *start_text = g_strdup_printf("%u", start);
  g_autofree char *limit_text = g_strdup_printf("%u", limit);

  return client_query_path(query ? "/api/v1/search" : "/api/v1/messages", query, "start", start_text, "limit",
                           limit_text, NULL);
}

char *client_path_of(const char *before, const char *segment, const char *after) {
  g_autofree char *escaped = g_uri_escape_string(segment, NULL, FALSE);

  return g_strconcat(before, escaped, after, NULL);
}

/* --- answers as they come */

static void headed_cb(const HttpHead *head, gpointer user_data) {
  Client *client = user_data;
  const char *content_type = http_head_header(head, "Content-Type");

  client->answer->status = head->status;
  client->answer->content_type = g_strdup(content_type ? content_type : "");
}

static void came_cb(const char *bytes, gsize len, gpointer user_data) {
  Client *client = user_data;
  ClientAnswer *answer = client->answer;

  if (answer->is_cut || client->is_too_long)
    return;
  if (client->question->came && answer->status < 300)
    answer->is_cut = !client->question->came(bytes, len, client->question->user_data);
  else if (len > CLIENT_ANSWER_MAX - answer->bytes->len)
    client->is_too_long = TRUE;
  else
    g_string_append_len(answer->bytes, bytes, (gssize)len);
}

static void ended_cb(const GError *error, gpointer user_data) {
  Client *client = user_data;

  client->has_ended = TRUE;
  client->failure = error ? g_error_copy(error) : NULL;
}

static const HttpClientEvents events = {.headed = headed_cb, .came = came_cb, .ended = ended_cb};

/* --- asking */

static void wait_for_answer(Client *client) {
  const Interrupt *interrupt = client->question->interrupt;

  while (!client->has_ended && !client->answer->is_cut && !client->is_too_long) {
    if (interrupt && interrupt_came(interrupt)) /* which may have been while connecting */
      client->answer->is_cut = TRUE;
    else
      event_base_loop(target_base(client->target), EVLOOP_ONCE);
  }
  if (!client->has_ended) /* it would go on to come */
    g_clear_pointer(&client->http, http_client_free);
}

static gboolean check_whole(Client *client, GError **error) {
  g_autoptr(GError) failure = g_steal_pointer(&client->failure);

  if (client->is_too_long)
    return cli_fail(error, EXIT_CODE_FAILED, "%s: the answer is larger than %d MiB; narrow the query",
                    target_name(client->target), CLIENT_ANSWER_MAX / 1024 / 1024);
  if (failure)
    return cli_fail(error, EXIT_CODE_NO_SERVER, "%s: %s", target_name(client->target), failure->message);
  return TRUE;
}

/* The error of the API: a line of text, or a member of JSON. NULL: a proxy's page or the like. The caller frees. */
static char *error_line(const ClientAnswer *answer) {
  if (g_str_has_prefix(answer->content_type, "text/plain"))
    return g_strchomp(g_strdup(answer->bytes->str));
  json_t *json = json_loadb(answer->bytes->str, answer->bytes->len, 0, NULL);
  char *line = g_strdup(json_string_value(json_object_get(json, "Error")));
  json_decref(json);
  return line;
}

static gboolean check_status(const Client *client, const ClientQuestion *question, const ClientAnswer *answer,
                             GError **error) {
  if (answer->is_cut || answer->status == question->answered_as_well)
    return TRUE;
  const char *name = target_name(client->target);
  if (answer->status < 300)
    return TRUE;
  g_autofree char *line = error_line(answer);
  if (answer->status == 401)
    return cli_fail(error, EXIT_CODE_FAILED,
                    "%s requires a login; put it into the URL, as in DSMTPD_URL=http://name:password@host:8025", name);
  if (answer->status == 400 && line)
    return cli_fail(error, EXIT_CODE_USAGE, "%s", line);
  if (line)
    return cli_fail(error, EXIT_CODE_FAILED, "%s", line);
  return cli_fail(error, EXIT_CODE_FAILED, "%s: the answer has status %u; is it a dsmtpd?", name, answer->status);
}

static gboolean ask(Client *client, const ClientQuestion *question, GBytes *body, ClientAnswer *answer,
                    GError **error) {
  g_autofree char *target = g_strconcat(target_prefix(client->target), question->path, NULL);
  const HttpQuestion http_question = {
      .method = question->method ? question->method : "GET",
      .target = target,
      .content_type = question->content_type ? question->content_type : "application/json",
      .body = body,
      .patience_ms = question->patience_ms > 0 ? question->patience_ms : CLIENT_PATIENCE_MS,
  };

  client_answer_clear(answer);
  if (!target_connect_again(client->target, &client->http, &events, client, error))
    return FALSE;
  answer->bytes = g_string_new(NULL);
  client->question = question;
  client->answer = answer;
  client->has_ended = client->is_too_long = FALSE;
  http_client_ask(client->http, &http_question);
  wait_for_answer(client);
  return check_whole(client, error) && check_status(client, question, answer, error);
}

gboolean client_ask(Client *client, const ClientQuestion *question, ClientAnswer *out_answer, GError **error) {
  char *text = question->json ? json_dumps(question->json, JSON_COMPACT) : NULL;
  g_autoptr(GBytes) body = NULL;

  if (text)
    body = g_bytes_new_with_free_func(text, strlen(text), free, text);
  else if (question->body)
    body = g_bytes_ref(question->body);
  return ask(client, question, body, out_answer, error);
}

gboolean client_show(Client *client, const char *path, Output *output, GError **error) {
  const ClientQuestion question = {.path = path};
  g_auto(ClientAnswer) answer = {0};
  gboolean is_answered = client_ask(client, &question, &answer, error);

  if (is_answered)
    output_passage(output, answer.bytes->str, answer.bytes->len);
  return is_answered;
}

json_t *client_get_json(Client *client, const char *path, GError **error) {
  const ClientQuestion question = {.path = path};
  g_auto(ClientAnswer) answer = {0};

  if (!client_ask(client, &question, &answer, error))
    return NULL;
  return client_answer_json(client, &answer, error);
}

json_t *client_list_one(Client *client, const char *query, GError **error) {
  g_autofree char *path = client_list_path(query, 0, 1);

  return client_get_json(client, path, error);
}

gboolean client_wait(Client *client, const ClientWait *wait, ClientAnswer *out_answer, GError **error) {
  g_autofree char *count = g_strdup_printf("%u", wait->count);
  g_autofree char *timeout = g_strdup_printf("%ums", wait->timeout_ms);
  g_autofree char *path =
      client_query_path("/api/v1/wait", wait->query, "timeout", timeout, "count", count, "after", wait->after, NULL);
  const ClientQuestion question = {
      .path = path,
      .patience_ms = wait->timeout_ms + WAIT_PATIENCE_MS,
      .answered_as_well = 408,
      .interrupt = wait->interrupt,
  };

  return client_ask(client, &question, out_answer, error);
}

json_t *client_answer_json(const Client *client, const ClientAnswer *answer, GError **error) {
  json_t *json = json_loadb(answer->bytes->str, answer->bytes->len, 0, NULL);

  if (!json)
    cli_fail(error, EXIT_CODE_FAILED, "%s: the answer is not JSON; is it a dsmtpd?", target_name(client->target));
  return json;
}

/* --- life */

Client *client_new(Target *target) {
  Client *client = g_new0(Client, 1);

  client->target = target;
  return client;
}

Client *client_open(const CommandCall *call, GError **error) {
  Target *target = target_find(call, error);

  return target ? client_new(target) : NULL;
}

void client_free(Client *client) {
  if (!client)
    return;
  http_client_free(client->http);
  target_free(client->target);
  g_clear_error(&client->failure);
  g_free(client);
}

Target *client_target(Client *client) {
  return client->target;
}
