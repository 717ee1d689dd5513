/* Lists and searches. */
#include "api/api_messages.h"
#include "api/api_request.h"

typedef struct List {
  InboxListRequest wanted;
  GPtrArray *tags; /* InboxTag *, all there are; while it is made */
} List;

static void list_free(gpointer data) {
  List *list = data;

  search_query_free(list->wanted.query);
  g_free(list);
}

static json_t *print_head(const InboxPage *page, gpointer data) {
  const List *list = data;
  json_t *object = json_object();

  json_object_set_new(object, "total", json_integer((json_int_t)page->n_total));
  json_object_set_new(object, "unread", json_integer((json_int_t)page->n_unread));
  json_object_set_new(object, "count", json_integer(page->messages->len));
  json_object_set_new(object, "messages_count", json_integer((json_int_t)page->n_matching));
  json_object_set_new(object, "messages_unread", json_integer((json_int_t)page->n_matching_unread));
  json_object_set_new(object, "start", json_integer((json_int_t)list->wanted.start));
  json_object_set_new(object, "cursor", json_integer((json_int_t)page->cursor));
  json_object_set_new(object, "tags", json_tags(list->tags));
  return object;
}

static HttpResponse *make_list(InboxReader *reader, HttpBudget *budget, gpointer data, GError **error) {
  List *list = data;
  g_autoptr(GPtrArray) tags = inbox_reader_tags(reader, error);

  list->tags = tags;
  return tags ? api_print_list(reader, budget, &list->wanted, print_head, list, error) : NULL;
}

/* Takes the query. */
static void start_list(Api *api, HttpRequest *request, SearchQuery *query) {
  g_autoptr(GError) error = NULL;
  InboxCursor after;

  if (!api_query_after(request, &after, &error)) {
    search_query_free(query);
    api_answer_bad(request, error);
    return;
  }
  List *list = g_new0(List, 1);
  list->wanted = (InboxListRequest){
      .query = query,
      .start = api_query_number(request, "start", 0),
      .limit = api_query_limit(request),
      .after = after,
      .counts_threads = api_query_number(request, "threads", 0) != 0,
  };
  api_ask(api, request, INBOX_LANE_LISTS, make_list, list, list_free);
}

static void get_messages(HttpRequest *request, gpointer user_data) {
  start_list(user_data, request, NULL);
}

/* NULL: answered. */
static SearchQuery *parse_search(HttpRequest *request) {
  const char *text = http_request_query(request, "query");
  g_autofree char *stripped = text ? g_strstrip(g_strdup(text)) : NULL;
  g_autoptr(GError) error = NULL;

  if (!stripped || *stripped == '\0') {
    http_request_answer(request, http_response_error(400, "the query is missing: give ?query="));
    return NULL;
  }
  SearchQuery *query = api_search_parse(request, stripped, &error);
  if (!query)
    api_answer_bad(request, error);
  return query;
}

static void get_search(HttpRequest *request, gpointer user_data) {
  SearchQuery *query = parse_search(request);

  if (query)
    start_list(user_data, request, query);
}

static void delete_search(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  SearchQuery *query = parse_search(request);

  if (query)
    api_delete(api, request, (InboxSelection){.query = query}, "ok");
}

const HttpRoute api_list_routes[] = {
    {.method = "GET", .pattern = "/api/v1/messages", .handler = get_messages},
    {.method = "GET", .pattern = "/api/v1/search", .handler = get_search},
    {.method = "DELETE", .pattern = "/api/v1/search", .handler = delete_search},
    {.pattern = NULL},
};
