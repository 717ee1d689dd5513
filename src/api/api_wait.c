/* GET /wait: answered when the messages are there. */
#include "api/api_messages.h"
#include "api/api_request.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_COUNT_MAX = 1000, WAIT_TIMEOUT_MAX_MS = 600 * 1000, WAIT_TIMEOUT_USUAL_MS = 30 * 1000 };

/* Somebody waits: until the place that `after` names is known, then in the inbox. */
struct ApiWait {
  Api *api;
  HttpRequest *request;
  SearchQuery *query;
  guint count;
  guint timeout_ms;
  InboxWait *wait; /* NULL: the place is being looked up */
  gboolean is_cancelled;
  ApiHolding *holding;
};

static void wait_free(ApiWait *wait) {
  search_query_free(wait->query);
  api_holding_unref(wait->holding);
  g_free(wait);
}

static json_t *print_head(const ApiWait *wait, guint n_messages, InboxCursor cursor) {
  json_t *object = json_object();

  json_object_set_new(object, "count", json_integer(n_messages));
  json_object_set_new(object, "wanted", json_integer(wait->count));
  json_object_set_new(object, "cursor", json_integer((json_int_t)cursor));
  return object;
}

/* Answers without messages. */
static void fail(ApiWait *wait, HttpResponse *response) {
  g_ptr_array_remove_fast(wait->api->waits, wait);
  http_request_answer(wait->request, response);
  wait_free(wait);
}

static void waited_cb(const GPtrArray *messages, InboxCursor cursor, const GError *error, gpointer user_data) {
  ApiWait *wait = user_data;

  wait->wait = NULL;
  if (error) {
    fail(wait, api_holding_error(wait->holding, error));
    return;
  }
  g_ptr_array_remove_fast(wait->api->waits, wait);
  http_request_on_cancel(wait->request, NULL, NULL);
  api_answer_messages(wait->api, wait->request, messages->len >= wait->count ? 200 : 408,
                      print_head(wait, messages->len, cursor), messages, g_steal_pointer(&wait->holding));
  wait_free(wait);
}

static void start(ApiWait *wait, InboxCursor after) {
  wait->wait = inbox_wait(wait->api->inbox, g_steal_pointer(&wait->query), after, wait->count, wait->timeout_ms,
                          api_hold_ref(wait->holding), waited_cb, wait);
  if (!wait->wait)
    fail(wait, http_response_error(503, "%d requests are waiting already; try again later", INBOX_WAITS_MAX));
}

/* The client goes, or the server stops. */
static void end(ApiWait *wait) {
  if (wait->wait) {
    inbox_wait_cancel(g_steal_pointer(&wait->wait));
    fail(wait, http_response_error(503, "the server is stopping"));
  } else {
    wait->is_cancelled = TRUE;
  }
}

static void cancelled_cb(gpointer user_data) {
  end(user_data);
}

void api_end_waits(Api *api) {
  for (guint i = api->waits->len; i > 0; i--)
    end(g_ptr_array_index(api->waits, i - 1));
}

/* --- behind which mail */

static gpointer find_cb(const InboxMail *mail, int fd, guint64 size_bytes, gpointer user_data) {
  close(fd);
  return g_memdup2(&mail->cursor, sizeof mail->cursor);
}

static void found_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autofree InboxCursor *cursor = answer;
  ApiWait *wait = user_data;

  if (wait->is_cancelled)
    fail(wait, http_response_error(503, "the server is stopping"));
  else if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND))
    fail(wait, http_response_error(404, "after: no message has this ID; give a cursor or the ID of a message"));
  else if (error)
    fail(wait, api_error_response(error));
  else
    start(wait, *cursor);
}

/* --- what is asked for */

static gboolean read_count(const HttpRequest *request, guint *out_count, GError **error) {
  const char *text = http_request_query(request, "count");
  guint64 count = 1;

  if (text && !g_ascii_string_to_unsigned(text, 10, 1, WAIT_COUNT_MAX, &count, NULL))
    return api_set_error(error, "count must be a number from 1 to %d", WAIT_COUNT_MAX);
  *out_count = (guint)count;
  return TRUE;
}

/* Seconds, or with a unit. */
static gboolean read_timeout(const HttpRequest *request, guint *out_timeout_ms, GError **error) {
  const char *text = http_request_query(request, "timeout");
  char *unit;
  double number = text ? g_ascii_strtod(text, &unit) : 0;

  *out_timeout_ms = WAIT_TIMEOUT_USUAL_MS;
  if (!text)
    return TRUE;
  double factor = strcmp(unit, "ms") == 0 ? 1 : *unit == '\0' || strcmp(unit, "s") == 0 ? 1000 : NAN;
  double timeout_ms = ceil(number * factor);
  if (unit == text || !(timeout_ms >= 0 && timeout_ms <= WAIT_TIMEOUT_MAX_MS))
    return api_set_error(error, "timeout must be a number of seconds from 0 to %d", WAIT_TIMEOUT_MAX_MS / 1000);
  *out_timeout_ms = (guint)timeout_ms;
  return TRUE;
}

static gboolean read_wait(const HttpRequest *request, ApiWait *wait, GError **error) {
  const char *text = http_request_query(request, "query");

  if (!read_count(request, &wait->count, error) || !read_timeout(request, &wait->timeout_ms, error))
    return FALSE;
  wait->query = text ? api_search_parse(request, text, error) : NULL;
  return wait->query || !text;
}

static void get_wait(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  ApiWait *wait = g_new0(ApiWait, 1);
  const char *after = http_request_query(request, "after");
  g_autoptr(GError) error = NULL;
  guint64 cursor;

  *wait = (ApiWait){.api = api, .request = request, .holding = api_holding_new(http_request_budget(request))};
  g_ptr_array_add(api->waits, wait);
  if (!read_wait(request, wait, &error)) {
    fail(wait, http_response_error(400, "%s", error->message));
    return;
  }
  http_request_on_cancel(request, cancelled_cb, wait);
  if (!after)
    start(wait, inbox_now(api->inbox));
  else if (g_ascii_string_to_unsigned(after, 10, 0, G_MAXINT64, &cursor, NULL))
    start(wait, cursor);
  else
    inbox_read_file(api->inbox, after, NULL, find_cb, found_cb, wait);
}

const HttpRoute api_wait_routes[] = {
    {.method = "GET", .pattern = "/api/v1/wait", .handler = get_wait},
    {.pattern = NULL},
};
