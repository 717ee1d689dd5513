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

  making->response = making->make(making->data);
  loop_queue_post(making->api->queue, made_cb, making);
}

void api_answer_later(Api *api, HttpRequest *request, ApiMakeFunc make, gpointer data) {
  Making *making = g_new0(Making, 1);

  *making = (Making){.api = api, .request = request, .make = make, .data = data};
  if (api->printers)
    job_pool_run(api->printers, make_cb, making);
  else
    make_cb(making); /* it stops: nobody listens */
}

void api_answer_bad(HttpRequest *request, const GError *error) {
  http_request_answer(request, http_response_error(400, "%s", error->message));
}

HttpResponse *api_error_response(const GError *error) {
  if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND))
    return http_response_error(404, "there is no such mail");
  if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NO_SPACE))
    return http_response_error(507, "there is no space left on the disk");
  return http_response_error(500, "%s", error->message);
}

HttpResponse *api_json_response(guint status, json_t *value) {
  g_autoptr(GBytes) json = json_print(value);

  return json ? http_response_json(status, json)
              : http_response_error(507, "this is too long to be told in JSON; /raw has the mail as it is");
}

void api_answer_json(HttpRequest *request, json_t *value) {
  http_request_answer(request, api_json_response(200, value));
}

void api_answer_changed(guint64 n_changed, const GError *error, gpointer request) {
  http_request_answer(request, error ? api_error_response(error) : http_response_text(200, "ok"));
}
