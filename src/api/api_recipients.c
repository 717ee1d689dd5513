/* GET /api/v1/recipients: the recipients of messages, and how many messages each has. */
#include "api/api_private.h"
#include "api/api_request.h"

enum { RECIPIENTS_DEFAULT = 50 };

static json_t *print_recipient(const InboxRecipient *recipient) {
  json_t *object = json_object();

  json_object_set_new(object, "Address", json_text(recipient->address));
  json_object_set_new(object, "Messages", json_integer((json_int_t)recipient->n_messages));
  json_object_set_new(object, "Unread", json_integer((json_int_t)recipient->n_unread));
  return object;
}

typedef struct Asked {
  char *text; /* NULL: all */
  guint64 start;
  guint64 limit;
} Asked;

static void asked_free(gpointer data) {
  Asked *asked = data;

  g_free(asked->text);
  g_free(asked);
}

static HttpResponse *make_recipients(InboxReader *reader, HttpBudget *budget, gpointer data, GError **error) {
  const Asked *asked = data;
  g_auto(InboxRecipientPage) page = {0};

  if (!inbox_reader_recipients(reader, asked->text, asked->start, asked->limit, &page, error))
    return NULL;
  json_t *object = json_object();
  json_t *list = json_array();
  for (guint i = 0; i < page.recipients->len; i++)
    json_array_append_new(list, print_recipient(g_ptr_array_index(page.recipients, i)));
  json_object_set_new(object, "total", json_integer((json_int_t)page.n_total));
  json_object_set_new(object, "matching", json_integer((json_int_t)page.n_matching));
  json_object_set_new(object, "recipients", list);
  return api_json_response(budget, 200, object);
}

static void get_recipients(HttpRequest *request, gpointer user_data) {
  Asked *asked = g_new(Asked, 1);

  *asked = (Asked){
      .text = g_strdup(http_request_query(request, "address")),
      .start = api_query_number(request, "start", 0),
      .limit = api_query_number(request, "limit", RECIPIENTS_DEFAULT),
  };
  api_ask(user_data, request, INBOX_LANE_LISTS, make_recipients, asked, asked_free);
}

const HttpRoute api_recipients_routes[] = {
    {.method = "GET", .pattern = "/api/v1/recipients", .handler = get_recipients},
    {.pattern = NULL},
};
