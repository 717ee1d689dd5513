/* POST /send: a message described in JSON. Its errors are JSON, too. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "api/send_request.h"
#include <string.h>

enum { SEND_BODY_MAX = 64 * 1024 * 1024 };

/* A message on its way: read on a helper thread, for it may be large. */
typedef struct Sending {
  Api *api;
  HttpRequest *request;
  GBytes *body;
  ApiDelivery mail;
  GPtrArray *tags; /* to be set once it is stored; NULL: none */
  char *id;        /* as the API has it; NULL: not stored yet */
  gboolean has_no_room;
  GError *error;
} Sending;

static void sending_free(Sending *sending) {
  g_bytes_unref(sending->body);
  api_delivery_clear(&sending->mail);
  g_clear_pointer(&sending->tags, g_ptr_array_unref);
  g_free(sending->id);
  g_clear_error(&sending->error);
  g_free(sending);
}

static HttpResponse *error_response(const Sending *sending, guint status, const char *problem) {
  json_t *object = json_object();

  json_object_set_new(object, "Error", json_text(problem));
  return api_json_response(http_request_budget(sending->request), status, object);
}

static void finish(Sending *sending, HttpResponse *response) {
  http_request_answer(sending->request, response);
  sending_free(sending);
}

/* --- sent */

static void tagged_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  Sending *sending = user_data;

  finish(sending, error ? error_response(sending, 500, error->message)
                        : api_json_response(http_request_budget(sending->request), 200, json_id(sending->id)));
}

/* X-Tags alone would do, were it not ignored. */
static void set_tags(Sending *sending) {
  InboxSelection selection = {.ids = g_ptr_array_new_with_free_func(g_free)};

  g_ptr_array_add(selection.ids, g_strdup(sending->id));
  inbox_tag_set(sending->api->inbox, selection, g_steal_pointer(&sending->tags), tagged_cb, sending);
}

static void stored_cb(const IntakeVerdict *verdict, const char *id, gpointer user_data) {
  Sending *sending = user_data;

  if (!id) {
    finish(sending, error_response(sending, api_status_of(verdict), verdict->detail));
    return;
  }
  sending->id = g_strdup(id);
  if (sending->tags && sending->api->inbox)
    set_tags(sending);
  else
    tagged_cb(1, NULL, sending);
}

/* --- read and made */

static void made_cb(gpointer data) {
  Sending *sending = data;
  Api *api = sending->api;

  if (sending->has_no_room) {
    finish(sending, http_response_no_room());
    return;
  }
  if (sending->error) {
    finish(sending, error_response(sending, 400, sending->error->message));
    return;
  }
  IntakeVerdict verdict = api_delivery_judge(api, sending->mail.envelope);
  if (verdict.outcome == INTAKE_ACCEPT)
    verdict = intake_measure(api->host->intake, sending->mail.size_bytes);
  if (verdict.outcome == INTAKE_ACCEPT)
    api_deliver(api, &sending->mail, stored_cb, sending);
  else
    finish(sending, error_response(sending, api_status_of(&verdict), verdict.text));
}

/* The message and its envelope. */
static void make(const SendRequest *wanted, ApiDelivery *mail) {
  Envelope *envelope = mail->envelope;

  mail->bytes = compose_print(wanted->mail);
  mail->size_bytes = g_bytes_get_size(mail->bytes);
  mail->subject = g_strdup(wanted->mail->subject);
  envelope->reverse_path = g_strdup(wanted->mail->from->address);
  for (guint i = 0; i < wanted->recipients->len; i++)
    g_ptr_array_add(envelope->forward_paths, g_strdup(g_ptr_array_index(wanted->recipients, i)));
}

static SendRequest *read_wanted(Sending *sending) {
  g_autoptr(json_t) body = api_json_read(sending->body, &sending->error);

  return body ? send_request_read(body, &sending->error) : NULL;
}

/* What is in the body is there as JSON and as what that says, then as that and as a message, in which attachments are
 * in Base64. */
static gsize cost_of(const Sending *sending) {
  enum { BESIDE_TEXTS = 64 * 1024 };

  return g_bytes_get_size(sending->body) / 2 * 5 + BESIDE_TEXTS;
}

static void make_cb(gpointer data) {
  Sending *sending = data;
  g_autoptr(HttpCharge) charge = http_charge_new(http_request_budget(sending->request), cost_of(sending));
  SendRequest *wanted = charge ? read_wanted(sending) : NULL;

  sending->has_no_room = !charge;
  if (wanted)
    make(wanted, &sending->mail);
  if (wanted && wanted->tags->len > 0 && sending->api->host->ignores_x_tags)
    sending->tags = g_ptr_array_ref(wanted->tags);
  send_request_free(wanted);
  if (sending->mail.bytes)
    sending->mail.bytes = http_charge_attach(g_steal_pointer(&charge), sending->mail.bytes);
  loop_queue_post(sending->api->queue, made_cb, sending);
}

static void post_send(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  Sending *sending = g_new0(Sending, 1);

  *sending = (Sending){
      .api = api,
      .request = request,
      .body = g_bytes_ref(http_request_body(request)),
      .mail = {.envelope = api_envelope_new(request)},
  };
  strand_run(api->printers, make_cb, sending);
}

const HttpRoute api_send_routes[] = {
    {.method = "POST", .pattern = "/api/v1/send", .handler = post_send, .body_max_bytes = SEND_BODY_MAX},
    {.pattern = NULL},
};
