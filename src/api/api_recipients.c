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

static void listed_cb(const InboxRecipientPage *page, const GError *error, gpointer user_data) {
  HttpRequest *request = user_data;

  if (error) {
    http_request_answer(request, api_error_response(error));
    return;
  }
  json_t *object = json_object();
  json_t *list = json_array();
  for (guint i = 0; i < page->recipients->len; i++)
    json_array_append_new(list, print_recipient(g_ptr_array_index(page->recipients, i)));
  json_object_set_new(object, "total", json_integer((json_int_t)page->n_total));
  json_object_set_new(object, "matching", json_integer((json_int_t)page->n_matching));
  json_object_set_new(object, "recipients", list);
  api_answer_json(request, object);
}

static void get_recipients(HttpRequest *request, gpointer user_data) {
  const Api *api = user_data;

  inbox_recipients(api->inbox, http_request_query(request, "address"), api_query_number(request, "start", 0),
                   api_query_number(request, "limit", RECIPIENTS_DEFAULT), listed_cb, request);
}

const HttpRoute api_recipients_routes[] = {
    {.method = "GET", .pattern = "/api/v1/recipients", .handler = get_recipients},
    {.pattern = NULL},
};
