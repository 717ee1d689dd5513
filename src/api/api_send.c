/* POST /send: a mail described in JSON. Its errors are JSON, too. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "api/send_request.h"
#include <string.h>

enum { SEND_BODY_MAX = 64 * 1024 * 1024 };

/* A mail on its way: read on a helper thread, for it may be large. */
typedef struct Sending {
  Api *api;
  HttpRequest *request;
  GBytes *body;
  SendRequest *wanted;
  GBytes *octets;
  Envelope *envelope;
  GError *error;
} Sending;

static void sending_free(Sending *sending) {
  g_bytes_unref(sending->body);
  send_request_free(sending->wanted);
  g_clear_pointer(&sending->octets, g_bytes_unref);
  envelope_free(sending->envelope);
  g_clear_error(&sending->error);
  g_free(sending);
}

static HttpResponse *error_response(guint status, const char *problem) {
  json_t *object = json_object();

  json_object_set_new(object, "Error", json_text(problem));
  g_autoptr(GBytes) json = json_print(object);
  return http_response_json(status, json);
}

static void finish(Sending *sending, HttpResponse *response) {
  http_request_answer(sending->request, response);
  sending_free(sending);
}

/* --- sent */

static void log_sent(const Sending *sending, const char *id) {
  const Compose *mail = sending->wanted->mail;
  const char *peer = http_request_peer(sending->request);
  g_autoptr(GPtrArray) recipients = g_ptr_array_new();

  for (guint i = 0; i < sending->wanted->recipients->len; i++)
    g_ptr_array_add(recipients, g_ptr_array_index(sending->wanted->recipients, i));
  g_ptr_array_add(recipients, NULL);
  g_autofree char *joined = g_strjoinv(", ", (char **)recipients->pdata);
  g_autofree char *line =
      g_strdup_printf("%s: %s -> %s [%s] (by HTTP)", peer, mail->from->address, joined, mail->subject);
  const LogField fields[] = {
      LOG_TEXT("peer", peer),
      LOG_TEXT("from", mail->from->address),
      LOG_LIST("to", (const char *const *)recipients->pdata),
      LOG_TEXT("subject", mail->subject),
      LOG_NUMBER("size", (gint64)g_bytes_get_size(sending->octets)),
      LOG_TEXT("id", id),
  };
  log_event(sending->api->host->log, LOG_LEVEL_INFO, "mail", line, fields, G_N_ELEMENTS(fields));
}

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  Sending *sending = user_data;

  if (error) {
    gboolean is_full = g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NO_SPACE);
    log_say(sending->api->host->log, LOG_LEVEL_ERROR, "store-failed", "%s: %s", http_request_peer(sending->request),
            error->message);
    finish(sending, error_response(is_full ? 507 : 500, error->message));
    return;
  }
  log_sent(sending, id);
  json_t *object = json_object();
  g_autofree char *api_id = index_mail_id(id);
  json_object_set_new(object, "ID", json_text(api_id));
  finish(sending, api_json_response(object));
}

/* --- read and made */

static void made_cb(gpointer data) {
  Sending *sending = data;
  Api *api = sending->api;
  guint64 max = api->host->max_mail_octets;

  if (sending->error) {
    finish(sending, error_response(400, sending->error->message));
  } else if (max > 0 && g_bytes_get_size(sending->octets) > max) {
    finish(sending, error_response(413, "the mail is longer than --max-size allows"));
  } else if (!api->inbox) {
    finish(sending, error_response(503, "the server is stopping"));
  } else {
    Envelope *envelope = g_steal_pointer(&sending->envelope);
    envelope->reverse_path = g_strdup(sending->wanted->mail->from->address);
    for (guint i = 0; i < sending->wanted->recipients->len; i++)
      g_ptr_array_add(envelope->forward_paths, g_strdup(g_ptr_array_index(sending->wanted->recipients, i)));
    api_deliver(api, envelope, sending->octets, delivered_cb, sending);
  }
}

static void make_cb(gpointer data) {
  Sending *sending = data;
  g_autoptr(json_t) body = api_json_read(sending->body, &sending->error);

  sending->wanted = body ? send_request_read(body, &sending->error) : NULL;
  if (sending->wanted)
    sending->octets = compose_print(sending->wanted->mail);
  loop_queue_post(sending->api->queue, made_cb, sending);
}

static void post_send(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  Sending *sending = g_new0(Sending, 1);

  *sending = (Sending){
      .api = api,
      .request = request,
      .body = g_bytes_ref(http_request_body(request)),
      .envelope = api_envelope_new(request),
  };
  job_pool_run(api->printers, make_cb, sending);
}

const HttpRoute api_send_routes[] = {
    {.method = "POST", .pattern = "/api/v1/send", .handler = post_send, .body_max_octets = SEND_BODY_MAX},
    {.pattern = NULL},
};
