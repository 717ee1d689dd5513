/* Lists and searches. */
#include "api/api_messages.h"
#include "api/api_request.h"

/* A list under way: the names of all tags, which it holds too, are asked for first. */
typedef struct List {
  Api *api;
  HttpRequest *request;
  InboxListRequest wanted;
  GPtrArray *tags; /* char * */
  ApiHolding *holding;
} List;

static void list_free(List *list) {
  g_clear_pointer(&list->tags, g_ptr_array_unref);
  search_query_free(list->wanted.query);
  api_holding_unref(list->holding);
  g_free(list);
}

static json_t *print_head(const List *list, const InboxPage *page) {
  json_t *object = json_object();

  json_object_set_new(object, "total", json_integer((json_int_t)page->n_total));
  json_object_set_new(object, "unread", json_integer((json_int_t)page->n_unread));
  json_object_set_new(object, "count", json_integer(page->messages->len));
  json_object_set_new(object, "messages_count", json_integer((json_int_t)page->n_matching));
  json_object_set_new(object, "messages_unread", json_integer((json_int_t)page->n_matching_unread));
  json_object_set_new(object, "start", json_integer((json_int_t)list->wanted.start));
  json_object_set_new(object, "cursor", json_integer((json_int_t)page->cursor));
  json_object_set_new(object, "tags", json_texts(list->tags));
  return object;
}

static void fail(List *list, HttpResponse *response) {
  http_request_answer(list->request, response);
  list_free(list);
}

static void listed_cb(const InboxPage *page, const GError *error, gpointer user_data) {
  List *list = user_data;

  if (error) {
    fail(list, api_holding_error(list->holding, error));
    return;
  }
  api_answer_messages(list->api, list->request, 200, print_head(list, page), page->messages,
                      g_steal_pointer(&list->holding));
  list_free(list);
}

static void tags_listed_cb(const GPtrArray *tags, const GError *error, gpointer user_data) {
  List *list = user_data;

  if (error || !list->api->inbox) {
    fail(list, error ? api_error_response(error) : http_response_error(503, "the server is stopping"));
    return;
  }
  for (guint i = 0; tags && i < tags->len; i++)
    g_ptr_array_add(list->tags, g_strdup(((const InboxTag *)g_ptr_array_index(tags, i))->name));
  InboxListRequest wanted = list->wanted;
  list->wanted.query = NULL;
  inbox_list(list->api->inbox, &wanted, listed_cb, list);
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
  list->api = api;
  list->request = request;
  list->tags = g_ptr_array_new_with_free_func(g_free);
  list->holding = api_holding_new(http_request_budget(request));
  list->wanted = (InboxListRequest){
      .query = query,
      .start = api_query_number(request, "start", 0),
      .limit = api_query_limit(request),
      .after = after,
      .hold = api_hold(list->holding),
      .counts_threads = api_query_number(request, "threads", 0) != 0,
  };
  inbox_tags(api->inbox, tags_listed_cb, list);
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
