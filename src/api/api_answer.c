#include "api/api_private.h"

typedef struct Making {
  Api *api;
  HttpRequest *request;
  ApiMakeFunc make;
  gpointer data;
  HttpResponse *response;
} Making;

static void made_cb(gpointer data) {
  Making *making = data;

  http_request_answer(making->request, making->response);
  g_free(making);
}

static void make_cb(gpointer data) {
  Making *making = data;

  making->response = making->make(http_request_budget(making->request), making->data);
  loop_queue_post(making->api->queue, made_cb, making);
}

void api_answer_later(Api *api, HttpRequest *request, ApiMakeFunc make, gpointer data) {
  Making *making = g_new0(Making, 1);

  *making = (Making){.api = api, .request = request, .make = make, .data = data};
  if (api->printers)
    strand_run(api->printers, make_cb, making);
  else
    make_cb(making); /* it stops: nobody listens */
}

typedef struct Asking {
  HttpRequest *request;
  ApiAskFunc make;
  gpointer data;
  GDestroyNotify free;
} Asking;

HttpResponse *api_abandoned_response(void) {
  return http_response_error(503, "the client has gone");
}

static gpointer ask_cb(InboxReader *reader, gpointer user_data, GError **error) {
  const Asking *asking = user_data;

  if (http_request_is_abandoned(asking->request))
    return api_abandoned_response();
  return asking->make(reader, http_request_budget(asking->request), asking->data, error);
}

static void asked_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autofree Asking *asking = user_data;

  http_request_answer(asking->request, error ? api_error_response(error) : answer);
  if (asking->free)
    asking->free(asking->data);
}

void api_ask(Api *api, HttpRequest *request, InboxLane lane, ApiAskFunc make, gpointer data, GDestroyNotify free) {
  Asking *asking = g_new(Asking, 1);

  *asking = (Asking){request, make, data, free};
  inbox_ask(api->inbox, lane, ask_cb, asked_cb, asking);
}

void api_answer_bad(HttpRequest *request, const GError *error) {
  http_request_answer(request, http_response_error(400, "%s", error->message));
}

HttpResponse *api_error_response(const GError *error) {
  if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NO_ROOM))
    return http_response_no_room();
  if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND))
    return http_response_error(404, "no such message; it may have been deleted");
  if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NO_SPACE))
    return http_response_error(507, "no space left on the disk");
  return http_response_error(500, "%s", error->message);
}

HttpResponse *api_json_response(HttpBudget *budget, guint status, json_t *value) {
  gsize n_bytes;
  g_autoptr(GBytes) json = json_print(budget, value, &n_bytes);

  if (json)
    return http_response_counted(http_response_json(status, json));
  return api_no_room(budget, n_bytes);
}

HttpResponse *api_no_room(HttpBudget *budget, guint64 n_bytes) {
  if (n_bytes > http_budget_max(budget))
    return http_response_error(507, "the response would be too large: request fewer messages, or /raw of one");
  return http_response_no_room();
}

HttpResponse *api_unread_response(StoredMail *stored, HttpBudget *budget) {
  if (stored_mail_size(stored) > INBOX_WHOLE_BYTES_MAX)
    return http_response_error(507,
                               "the message is larger than 64 MiB, too large to be shown; /raw has it as received");
  return api_no_room(budget, stored_mail_size(stored));
}

/* What fits a piece is counted and compressed like any answer. */
HttpResponse *api_raw_response(const char *content_type, StoredMail *taken, HttpBudget *budget) {
  g_autoptr(StoredMail) stored = taken;
  g_autoptr(GBytes) bytes = NULL;

  if (stored_mail_size(stored) <= HTTP_SOURCE_PIECE)
    bytes = stored_mail_read(stored, budget);

  if (bytes)
    return http_response_counted(http_response_hostile(content_type, bytes));
  bytes = g_bytes_new(NULL, 0);
  HttpResponse *response = http_response_hostile(content_type, bytes);
  const HttpSource source = stored_mail_source(g_steal_pointer(&stored));
  http_response_set_source(response, &source);
  return response;
}

void api_answer_json(HttpRequest *request, json_t *value) {
  http_request_answer(request, api_json_response(http_request_budget(request), 200, value));
}

void api_answer_changed(guint64 n_changed, const GError *error, gpointer request) {
  http_request_answer(request, error ? api_error_response(error) : http_response_text(200, "ok"));
}
