/* What was said by SMTP: with a mail, and with what was refused. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "syntax/dialogue.h"

enum { ATTEMPTS_DEFAULT = 50 };

/* --- JSON */

static const char *side_name(char side) {
  return side == 'C' ? "client" : side == 'S' ? "server" : "connection";
}

static json_t *session_json(const char *dialogue) {
  json_t *lines = json_array();
  DialogueLine line;

  for (const char *cursor = dialogue; dialogue_next(&cursor, &line);) {
    g_autofree char *text = g_strndup(line.text, line.len);
    json_array_append_new(lines, json_pack("{s:f, s:s, s:o}", "Milliseconds", (double)line.time_us / 1000, "Side",
                                           side_name(line.side), "Text", json_text(text)));
  }
  return lines;
}

static json_t *paths_json(char *const *paths) {
  json_t *list = json_array();

  for (; *paths; paths++)
    json_array_append_new(list, json_text(*paths));
  return list;
}

static json_t *attempt_json(const InboxAttempt *attempt) {
  return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "Number", (json_int_t)attempt->number, "Time",
                   json_time(attempt->time_us), "Peer", json_text(attempt->peer), "Helo", json_text(attempt->helo),
                   "From", attempt->reverse_path ? json_text(attempt->reverse_path) : json_null(), "To",
                   paths_json(attempt->forward_paths), "Command", json_text(attempt->command), "Reply",
                   json_text(attempt->reply), "Session", session_json(attempt->dialogue));
}

/* --- routes */

static void dialogue_cb(const char *dialogue, const GError *error, gpointer user_data) {
  HttpRequest *request = user_data;

  if (error)
    http_request_answer(request, api_error_response(error));
  else if (!dialogue)
    http_request_answer(request,
                        http_response_error(404, "the message has no session transcript; it did not arrive by SMTP"));
  else
    api_answer_json(request, json_pack("{s:o}", "Session", session_json(dialogue)));
}

static void get_session(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  ApiNamed named;

  if (api_read_name(request, &named))
    inbox_dialogue(api->inbox, named.id, named.query, dialogue_cb, request);
}

static void attempts_cb(const GPtrArray *attempts, const GError *error, gpointer user_data) {
  HttpRequest *request = user_data;

  if (error) {
    http_request_answer(request, api_error_response(error));
    return;
  }
  json_t *list = json_array();
  for (guint i = 0; i < attempts->len; i++)
    json_array_append_new(list, attempt_json(g_ptr_array_index(attempts, i)));
  api_answer_json(request, json_pack("{s:o}", "attempts", list));
}

static void get_attempts(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  guint64 before = api_query_number(request, "before", 0);
  guint64 limit = api_query_number(request, "limit", ATTEMPTS_DEFAULT);

  inbox_attempts(api->inbox, before, (guint)MIN(limit, INDEX_ATTEMPTS_MAX), attempts_cb, request);
}

const HttpRoute api_session_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/session", .handler = get_session},
    {.method = "GET", .pattern = "/api/v1/attempts", .handler = get_attempts},
    {.pattern = NULL},
};
