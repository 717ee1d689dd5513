/* Messages that come by the API into the inbox. */
#include "api/api_private.h"
#include <string.h>

enum { APPEND_BYTES = 64 * 1024 };

typedef struct Delivery {
  GBytes *bytes; /* lent */
  gsize n_appended;
  IntakeArrival arrival;
  IntakeMail *mail;
  IntakeStored stored;
  gpointer user_data;
} Delivery;

void api_delivery_clear(ApiDelivery *mail) {
  g_clear_pointer(&mail->envelope, envelope_free);
  g_clear_pointer(&mail->bytes, g_bytes_unref);
  g_clear_pointer(&mail->bare_lf, g_free);
  g_clear_pointer(&mail->subject, g_free);
  g_clear_pointer(&mail->asker, g_free);
}

static void stored_cb(const IntakeVerdict *verdict, const char *id, gpointer user_data) {
  g_autofree Delivery *delivery = user_data;

  delivery->stored(verdict, id, delivery->user_data);
}

/* As far as the disk follows. */
static void append_cb(gpointer data) {
  Delivery *delivery = data;
  gsize len;
  const guint8 *bytes = g_bytes_get_data(delivery->bytes, &len);

  while (delivery->n_appended < len) {
    gsize at = delivery->n_appended;
    gsize n = MIN(len - at, APPEND_BYTES);
    delivery->n_appended += n;
    if (!intake_mail_append(delivery->mail, bytes + at, n))
      return;
  }
  intake_mail_commit(delivery->mail, &delivery->arrival, stored_cb, delivery);
}

guint api_status_of(const IntakeVerdict *verdict) {
  static const guint statuses[INTAKE_REASONS_N] = {
      [INTAKE_OK] = 200,
      [INTAKE_CLOSED] = 503,
      [INTAKE_NO_ROOM] = 507,
      [INTAKE_RECIPIENT_REJECTED] = 403,
      [INTAKE_RECIPIENT_NOT_ALLOWED] = 403,
      [INTAKE_RECIPIENT_UNDECIDED] = 503,
      [INTAKE_TOO_LARGE] = 413,
      [INTAKE_BAD_CONTENT] = 400,
      [INTAKE_DISK_FULL] = 507,
      [INTAKE_NOT_STORED] = 500,
      [INTAKE_LOGINS_BUSY] = 429,
      [INTAKE_LOGINS_BLOCKED] = 429,
  };

  return statuses[verdict->why];
}

IntakeVerdict api_delivery_judge(const Api *api, const Envelope *envelope) {
  IntakeQuestion question = {.step = INTAKE_STEP_MAIL, .peer = envelope->peer, .envelope = envelope};
  IntakeVerdict verdict = intake_ask(api->host->intake, &question);

  question.step = INTAKE_STEP_RCPT;
  for (guint i = 0; i < envelope->forward_paths->len && verdict.outcome == INTAKE_ACCEPT; i++) {
    question.what = g_ptr_array_index(envelope->forward_paths, i);
    verdict = intake_ask(api->host->intake, &question);
  }
  return verdict;
}

void api_deliver(Api *api, const ApiDelivery *mail, IntakeStored stored, gpointer user_data) {
  Delivery *delivery = g_new0(Delivery, 1);

  delivery->bytes = mail->bytes;
  delivery->arrival = (IntakeArrival){
      .peer = mail->asker ? mail->asker : mail->envelope->peer,
      .envelope = mail->envelope,
      .subject = mail->subject,
      .size_bytes = mail->size_bytes,
      .bare_lf = mail->bare_lf,
  };
  delivery->stored = stored;
  delivery->user_data = user_data;
  delivery->mail = intake_mail_new(api->host->intake, INTAKE_BY_HTTP, mail->envelope, append_cb, delivery);
  append_cb(delivery);
}

/* "127.0.0.1:5000" is "[127.0.0.1]", "[::1]:5000" is "[IPv6:::1]"; NULL for what has no address. */
static char *literal_of(const char *peer) {
  const char *colon = strrchr(peer, ':');

  if (!colon || g_str_has_prefix(peer, "unix:"))
    return NULL;
  if (peer[0] == '[')
    return g_strdup_printf("[IPv6:%.*s", (int)(colon - peer - 1), peer + 1);
  return g_strdup_printf("[%.*s]", (int)(colon - peer), peer);
}

Envelope *api_envelope_new(const HttpRequest *request) {
  Envelope *envelope = envelope_new();

  envelope->peer = g_strdup(http_request_peer(request));
  envelope->peer_literal = literal_of(envelope->peer);
  envelope->protocol = "HTTP";
  envelope->received_us = g_get_real_time();
  return envelope;
}
