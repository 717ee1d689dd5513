/* GET /message/{id}/thread: the conversation a message is part of. */
#include "api/api_messages.h"

enum { THREAD_MAX = 1000 };

static json_t *print_head(const InboxPage *page, gpointer data) {
  json_t *head = json_object();

  json_object_set_new(head, "count", json_integer(page->messages->len));
  json_object_set_new(head, "messages_count", json_integer((json_int_t)page->n_matching));
  json_object_set_new(head, "cursor", json_integer((json_int_t)page->cursor));
  return head;
}

static HttpResponse *make_thread(InboxReader *reader, HttpBudget *budget, gpointer data, GError **error) {
  const ApiNamed *named = data;
  g_autoptr(InboxMail) mail = inbox_reader_find(reader, named->id, named->query, error);

  if (!mail)
    return NULL;
  g_autofree char *text = g_strdup_printf("thread:%s", mail->id);
  g_autoptr(SearchQuery) query = search_query_parse(text, &(SearchQueryOptions){.strict = TRUE}, NULL);
  const InboxListRequest wanted = {.query = query, .limit = THREAD_MAX, .oldest_first = TRUE};
  return api_print_list(reader, budget, &wanted, print_head, NULL, error);
}

static void get_thread(HttpRequest *request, gpointer user_data) {
  api_ask_named(user_data, request, make_thread);
}

const HttpRoute api_thread_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/thread", .handler = get_thread},
    {.pattern = NULL},
};
