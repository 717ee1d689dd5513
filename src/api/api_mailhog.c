/* MailHog's API, versions 1 and 2, as its clients use it. What has the same address as something of ours, and is not
 * the same, is under /mailhog only. */
#include "api/api_request.h"
#include "api/mail_stream.h"
#include "api/mailhog_json.h"
#include <string.h>

enum { MAILHOG_PAGE_USUAL = 50, MAILHOG_PAGE_MAX = 250, MAILHOG_V1_MAX = 1000 };

/* --- lists */

typedef struct List {
  gboolean is_v1; /* nothing but the messages */
  guint64 start;
} List;

static HttpResponse *begin_list(const InboxPage *page, gpointer data) {
  const List *list = data;
  g_autofree char *head =
      list->is_v1 ? g_strdup("[")
                  : g_strdup_printf("{\"total\":%" G_GUINT64_FORMAT ",\"start\":%" G_GUINT64_FORMAT ",\"items\":[",
                                    page->n_matching, list->start);
  g_autoptr(GBytes) bytes = g_bytes_new(head, strlen(head));

  return http_response_bytes(200, "application/json", bytes);
}

static gboolean print_list_mail(const InboxMail *mail, StoredMail *stored, HttpBudget *budget, gpointer data,
                                GBytes **out) {
  *out = mailhog_json_print(mail, stored, budget);
  return *out != NULL;
}

static GBytes *print_comma(gpointer data) {
  return g_bytes_new_static(",", 1);
}

static GBytes *end_list(guint64 n_messages, gpointer data) {
  const List *list = data;
  g_autofree char *tail =
      list->is_v1 ? g_strdup("]") : g_strdup_printf("],\"count\":%" G_GUINT64_FORMAT "}", n_messages);

  return g_bytes_new(tail, strlen(tail));
}

static const MailStreamFormat list_format = {
    .begin = begin_list, .begin_mail = print_list_mail, .between = print_comma, .end = end_list, .free = g_free};

/* Takes the query. */
static void start_list(Api *api, HttpRequest *request, SearchQuery *query) {
  List *list = g_new0(List, 1);

  list->start = api_query_number(request, "start", 0);
  const InboxListRequest wanted = {
      .query = query,
      .start = list->start,
      .limit = MIN(api_query_number(request, "limit", MAILHOG_PAGE_USUAL), MAILHOG_PAGE_MAX),
  };
  mail_stream_start(api, request, &wanted, FALSE, &list_format, list);
}

static void get_v1_messages(HttpRequest *request, gpointer user_data) {
  List *list = g_new0(List, 1);
  const InboxListRequest wanted = {.limit = MAILHOG_V1_MAX};

  list->is_v1 = TRUE;
  mail_stream_start(user_data, request, &wanted, FALSE, &list_format, list);
}

static void get_v2_messages(HttpRequest *request, gpointer user_data) {
  start_list(user_data, request, NULL);
}

/* MailHog looks for one text as it is. */
static void get_v2_search(HttpRequest *request, gpointer user_data) {
  static const char *const kinds[][2] = {{"from", "from:"}, {"to", "rcpt:"}, {"containing", ""}};
  const char *kind = http_request_query(request, "kind");
  const char *text = http_request_query(request, "query");
  const char *field = NULL;
  g_autoptr(GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (kind && strcmp(kind, kinds[i][0]) == 0)
      field = kinds[i][1];
  if (!field || !text || *text == '\0') {
    http_request_answer(request,
                        http_response_error(400, "kind must be from, to or containing, and query must not be empty"));
    return;
  }
  g_autofree char *unquoted = g_strdelimit(g_strdup(text), "\"", ' ');
  g_autofree char *words = g_strdup_printf("%s\"%s\"", field, unquoted);
  SearchQuery *query = api_search_parse(request, words, &error);
  if (query)
    start_list(user_data, request, query);
  else
    api_answer_bad(request, error);
}

/* --- one message */

static HttpResponse *make_message(const InboxMail *mail, StoredMail *taken, const ApiRead *read) {
  g_autoptr(StoredMail) stored = taken;
  g_autoptr(GBytes) json = mailhog_json_print(mail, stored, read->budget);

  if (json)
    return http_response_counted(http_response_json(200, json));
  return api_unread_response(stored, read->budget);
}

static HttpResponse *make_download(const InboxMail *mail, StoredMail *stored, const ApiRead *read) {
  HttpResponse *response = api_raw_response("message/rfc822", stored, read->budget);
  g_autofree char *name = g_strconcat(mail->id, ".eml", NULL);

  http_response_set_disposition(response, TRUE, name);
  return response;
}

static HttpResponse *make_part(const ApiMail *mail, const ApiRead *read) {
  guint64 number = 0;
  gboolean is_number = g_ascii_string_to_unsigned(read->part_id, 10, 0, G_MAXUINT, &number, NULL);
  const MessagePart *part = is_number ? mailhog_json_part(mail->message, number) : NULL;

  if (!part)
    return http_response_error(404, "the message has no such part");
  g_autoptr(GBytes) bytes = message_part_decode(mail->message, part);
  HttpResponse *response = http_response_hostile(part->content_type, bytes);
  http_response_set_disposition(response, TRUE, part->file_name);
  return response;
}

static void get_message(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make_of_file = make_message});
}

static void get_download(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make_of_file = make_download});
}

static void get_part(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_part});
}

/* --- deleting: its clients take any text that comes back for JSON */

static void delete_message(HttpRequest *request, gpointer user_data) {
  GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);

  g_ptr_array_add(ids, g_strdup(http_request_param(request, "id")));
  api_delete(user_data, request, (InboxSelection){.ids = ids}, "");
}

static void delete_messages(HttpRequest *request, gpointer user_data) {
  api_delete(user_data, request, (InboxSelection){.ids = NULL}, "");
}

#define V2_ROUTES(prefix)                                                                                              \
  {.method = "GET", .pattern = prefix "/api/v2/messages", .handler = get_v2_messages},                                 \
      {.method = "GET", .pattern = prefix "/api/v2/search", .handler = get_v2_search},                                 \
      {.method = "GET", .pattern = prefix "/api/v1/messages/{id}", .handler = get_message},                            \
      {.method = "DELETE", .pattern = prefix "/api/v1/messages/{id}", .handler = delete_message},                      \
      {.method = "GET", .pattern = prefix "/api/v1/messages/{id}/download", .handler = get_download}, {                \
    .method = "GET", .pattern = prefix "/api/v1/messages/{id}/mime/part/{part}/download", .handler = get_part          \
  }

const HttpRoute api_mailhog_routes[] = {
    V2_ROUTES(""),
    V2_ROUTES("/mailhog"),
    {.method = "GET", .pattern = "/mailhog/api/v1/messages", .handler = get_v1_messages},
    {.method = "DELETE", .pattern = "/mailhog/api/v1/messages", .handler = delete_messages},
    {.pattern = NULL},
};
