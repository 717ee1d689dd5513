/* GET /message/{id}/thread: the conversation a message is part of. */
#include "api/api_messages.h"
#include <unistd.h>

enum { THREAD_MAX = 1000 };

typedef struct Thread {
  Api *api;
  HttpRequest *request;
  ApiHolding *holding;
} Thread;

static void answer(Thread *thread, HttpResponse *response) {
  http_request_answer(thread->request, response);
  api_holding_unref(thread->holding);
  g_free(thread);
}

static void listed_cb(const InboxPage *page, const GError *error, gpointer user_data) {
  Thread *thread = user_data;

  if (error) {
    answer(thread, api_holding_error(thread->holding, error));
    return;
  }
  json_t *head = json_object();
  json_object_set_new(head, "count", json_integer(page->messages->len));
  json_object_set_new(head, "messages_count", json_integer((json_int_t)page->n_matching));
  json_object_set_new(head, "cursor", json_integer((json_int_t)page->cursor));
  api_answer_messages(thread->api, thread->request, 200, head, page->messages, thread->holding);
  g_free(thread);
}

static gpointer find_cb(const InboxMail *mail, int fd, guint64 size_bytes, gpointer user_data) {
  close(fd);
  return g_strdup(mail->id);
}

static void found_cb(gpointer id, const GError *error, gpointer user_data) {
  Thread *thread = user_data;
  g_autofree char *text = g_strdup_printf("thread:%s", (const char *)id);
  g_free(id);
  if (error || !thread->api->inbox) {
    answer(thread, error ? api_error_response(error) : http_response_error(503, "the server is stopping"));
    return;
  }
  const InboxListRequest wanted = {
      .query = search_query_parse(text, &(SearchQueryOptions){.strict = TRUE}, NULL),
      .limit = THREAD_MAX,
      .oldest_first = TRUE,
      .hold = api_hold(thread->holding),
  };
  inbox_list(thread->api->inbox, &wanted, listed_cb, thread);
}

static void get_thread(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  ApiNamed named;

  if (!api_read_name(request, &named))
    return;
  Thread *thread = g_new0(Thread, 1);
  *thread = (Thread){.api = api, .request = request, .holding = api_holding_new(http_request_budget(request))};
  inbox_read_file(api->inbox, named.id, named.query, find_cb, found_cb, thread);
}

const HttpRoute api_thread_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/thread", .handler = get_thread},
    {.pattern = NULL},
};
