/* GET /wait: answered when the messages are there. */
#include "api/api_messages.h"
#include "api/api_request.h"
#include <math.h>
#include <string.h>

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
  char *after; /* the ID of a message; NULL: a cursor was given */
};

static void wait_free(ApiWait *wait) {
  search_query_free(wait->query);
  api_holding_unref(wait->holding);
  g_free(wait->after);
  g_free(wait);
}

static void answer(ApiWait *wait, HttpResponse *response) {
  g_ptr_array_remove_fast(wait->api->waits, wait);
  http_request_answer(wait->request, response);
  wait_free(wait);
}

/* What the answer is made with, on another thread. */
typedef struct Printing {
  HttpBudget *budget;
  guint count;
} Printing;

static void printing_free(gpointer data) {
  Printing *printing = data;

  http_budget_unref(printing->budget);
  g_free(printing);
}

static gpointer print_cb(const GPtrArray *messages, InboxCursor cursor, gpointer data) {
  const Printing *printing = data;
  json_t *head = json_object();

  json_object_set_new(head, "count", json_integer(messages->len));
  json_object_set_new(head, "wanted", json_integer(printing->count));
  json_object_set_new(head, "cursor", json_integer((json_int_t)cursor));
  return api_print_messages(printing->budget, messages->len >= printing->count ? 200 : 408, head, messages);
}

static void response_free(gpointer response) {
  http_response_free(response);
}

static void waited_cb(gpointer response, const GError *error, gpointer user_data) {
  ApiWait *wait = user_data;
  g_autoptr(GError) reason = error ? g_error_copy(error) : NULL;
  HttpResponse *rejection = error ? api_holding_rejection(wait->holding, &reason) : NULL;

  wait->wait = NULL;
  http_request_on_cancel(wait->request, NULL, NULL);
  answer(wait, response ? response : rejection ? rejection : api_error_response(reason));
}

static void start(ApiWait *wait, InboxCursor after) {
  Printing *printing = g_new(Printing, 1);

  *printing = (Printing){http_budget_ref(http_request_budget(wait->request)), wait->count};
  const InboxWaitRequest wanted = {
      .query = g_steal_pointer(&wait->query),
      .after = after,
      .count = wait->count,
      .timeout_ms = wait->timeout_ms,
      .hold = api_hold_ref(wait->holding),
      .make = print_cb,
      .make_data = printing,
      .make_data_free = printing_free,
      .answer_free = response_free,
  };
  wait->wait = inbox_wait(wait->api->inbox, &wanted, waited_cb, wait);
  if (!wait->wait)
    answer(wait, http_response_error(503, "%d requests are waiting already; try again later", INBOX_WAITS_MAX));
}

/* The client goes, or the server stops. */
static void end(ApiWait *wait) {
  if (wait->wait) {
    inbox_wait_cancel(g_steal_pointer(&wait->wait));
    answer(wait, http_response_error(503, "the server is stopping"));
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

static gpointer find_cb(InboxReader *reader, gpointer user_data, GError **error) {
  const ApiWait *wait = user_data;
  g_autoptr(InboxMail) mail = inbox_reader_find(reader, wait->after, NULL, error);

  return mail ? g_memdup2(&mail->cursor, sizeof mail->cursor) : NULL;
}

static void found_cb(gpointer found, const GError *error, gpointer user_data) {
  g_autofree InboxCursor *cursor = found;
  ApiWait *wait = user_data;

  if (wait->is_cancelled)
    answer(wait, http_response_error(503, "the server is stopping"));
  else if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND))
    answer(wait, http_response_error(404, "after: no message has this ID; give a cursor or the ID of a message"));
  else if (error)
    answer(wait, api_error_response(error));
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
    answer(wait, http_response_error(400, "%s", error->message));
    return;
  }
  http_request_on_cancel(request, cancelled_cb, wait);
  if (!after)
    start(wait, inbox_now(api->inbox));
  else if (g_ascii_string_to_unsigned(after, 10, 0, G_MAXINT64, &cursor, NULL))
    start(wait, cursor);
  else {
    wait->after = g_strdup(after);
    inbox_ask(api->inbox, INBOX_LANE_LISTS, find_cb, found_cb, wait);
  }
}

const HttpRoute api_wait_routes[] = {
    {.method = "GET", .pattern = "/api/v1/wait", .handler = get_wait},
    {.pattern = NULL},
};
