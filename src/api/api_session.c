/* What was said by SMTP: with a message, and with what was rejected. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "syntax/transcript.h"
#include <string.h>

enum { ATTEMPTS_DEFAULT = 50 };

/* --- JSON */

static const char *side_name(char side) {
  return side == 'C' ? "client" : side == 'S' ? "server" : "connection";
}

static json_t *session_json(const char *transcript) {
  json_t *lines = json_array();
  TranscriptLine line;

  for (const char *cursor = transcript; transcript_next(&cursor, &line);) {
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
                   json_text(attempt->reply), "Session", session_json(attempt->transcript));
}

/* --- routes */

static HttpResponse *make_session(InboxReader *reader, HttpBudget *budget, gpointer data, GError **error) {
  const ApiNamed *named = data;
  g_autoptr(InboxMail) mail = inbox_reader_find(reader, named->id, named->query, error);
  g_autofree char *transcript = NULL;

  if (!mail || !inbox_reader_transcript(reader, mail->id, &transcript, error))
    return NULL;
  if (!transcript)
    return http_response_error(404, "the message has no session transcript; it did not arrive by SMTP");
  return api_json_response(budget, 200, json_pack("{s:o}", "Session", session_json(transcript)));
}

static void get_session(HttpRequest *request, gpointer user_data) {
  api_ask_named(user_data, request, make_session);
}

typedef struct Asked {
  char *code; /* what replies begin with; NULL: any */
  guint64 before;
  guint64 limit;
} Asked;

static void asked_free(gpointer data) {
  Asked *asked = data;

  g_free(asked->code);
  g_free(asked);
}

static HttpResponse *make_attempts(InboxReader *reader, HttpBudget *budget, gpointer data, GError **error) {
  const Asked *asked = data;
  g_auto(InboxAttemptPage) page = {0};

  if (!inbox_reader_attempts(reader, asked->code, asked->before, (guint)MIN(asked->limit, INBOX_ATTEMPTS_MAX), &page,
                             error))
    return NULL;
  json_t *list = json_array();
  for (guint i = 0; i < page.attempts->len; i++)
    json_array_append_new(list, attempt_json(g_ptr_array_index(page.attempts, i)));
  json_t *codes = json_object();
  for (guint i = 0; i < page.codes->len; i++) {
    const InboxAttemptCode *code = &g_array_index(page.codes, InboxAttemptCode, i);
    json_object_set_new(codes, code->code, json_integer((json_int_t)code->n_attempts));
  }
  return api_json_response(budget, 200, json_pack("{s:o, s:o}", "attempts", list, "codes", codes));
}

/* `code`: 550, or 5xx for a class; it becomes what the reply begins with, and NULL where it is not given. FALSE: it is
 * neither. */
static gboolean read_code(const HttpRequest *request, char **out_prefix, GError **error) {
  const char *code = http_request_query(request, "code");
  gsize n_digits = code ? strspn(code, "0123456789") : 0;

  *out_prefix = NULL;
  if (!code || !*code)
    return TRUE;
  if (!(n_digits == 3 && !code[3]) && !(n_digits == 1 && g_ascii_strcasecmp(code + 1, "xx") == 0))
    return api_set_error(error, "code: expected a reply code such as 550, or a class such as 5xx");
  *out_prefix = g_strndup(code, n_digits);
  return TRUE;
}

static void get_attempts(HttpRequest *request, gpointer user_data) {
  g_autoptr(GError) error = NULL;
  char *code;

  if (!read_code(request, &code, &error)) {
    api_answer_bad(request, error);
    return;
  }
  Asked *asked = g_new(Asked, 1);
  *asked = (Asked){
      .code = code,
      .before = api_query_number(request, "before", 0),
      .limit = api_query_number(request, "limit", ATTEMPTS_DEFAULT),
  };
  api_ask(user_data, request, INBOX_LANE_LISTS, make_attempts, asked, asked_free);
}

static void delete_attempts(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;

  /* Whoever names some does not mean all. */
  if (http_request_query(request, "code") || http_request_query(request, "before"))
    http_request_answer(
        request, http_response_error(400, "all rejected attempts are deleted together; leave out code= and before="));
  else
    inbox_clear_attempts(api->inbox, api_answer_changed, request);
}

const HttpRoute api_session_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/session", .handler = get_session},
    {.method = "GET", .pattern = "/api/v1/attempts", .handler = get_attempts},
    {.method = "DELETE", .pattern = "/api/v1/attempts", .handler = delete_attempts},
    {.pattern = NULL},
};
