/* Messages that come by the API into the inbox. */
#include "api/api_private.h"
#include <string.h>

enum { APPEND_BYTES = 64 * 1024 };

static GError *stopping_error(void) {
  return g_error_new_literal(INBOX_ERROR, INBOX_ERROR_FAILED, "the server is stopping");
}

typedef struct Delivery {
  Api *api;
  const ApiDelivery *mail;
  gsize n_appended;
  InboxDraft *draft;
  InboxDelivered delivered;
  gpointer user_data;
} Delivery;

void api_delivery_clear(ApiDelivery *mail) {
  g_clear_pointer(&mail->envelope, envelope_free);
  g_clear_pointer(&mail->bytes, g_bytes_unref);
  g_clear_pointer(&mail->bare_lf, g_free);
  g_clear_pointer(&mail->subject, g_free);
  g_clear_pointer(&mail->asker, g_free);
}

static const char *asker_of(const ApiDelivery *mail) {
  return mail->asker ? mail->asker : mail->envelope->peer;
}

static void log_mail(const Delivery *delivery, const char *id) {
  const ApiDelivery *mail = delivery->mail;
  const Envelope *envelope = mail->envelope;
  const char *subject = mail->subject ? mail->subject : "";
  g_autoptr(GPtrArray) recipients = g_ptr_array_new();

  for (guint i = 0; i < envelope->forward_paths->len; i++)
    g_ptr_array_add(recipients, g_ptr_array_index(envelope->forward_paths, i));
  g_ptr_array_add(recipients, NULL);
  g_autofree char *joined = g_strjoinv(", ", (char **)recipients->pdata);
  const char *sender = *envelope->reverse_path != '\0' ? envelope->reverse_path : "<>";
  g_autofree char *line = g_strdup_printf("%s: %s -> %s [%s] (by HTTP)", asker_of(mail), sender, joined, subject);
  const LogField fields[] = {
      LOG_TEXT("peer", asker_of(mail)),
      LOG_TEXT("from", envelope->reverse_path),
      LOG_LIST("to", (const char *const *)recipients->pdata),
      LOG_TEXT("subject", subject),
      LOG_NUMBER("size", (gint64)mail->size_bytes),
      LOG_TEXT("id", id),
  };
  log_event(delivery->api->host->log, LOG_LEVEL_INFO, "mail", line, fields, G_N_ELEMENTS(fields));
}

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  g_autofree Delivery *delivery = user_data;

  if (error)
    log_say(delivery->api->host->log, LOG_LEVEL_ERROR, "store-failed", "%s: %s", asker_of(delivery->mail),
            error->message);
  else
    log_mail(delivery, id);
  delivery->delivered(id, error, delivery->user_data);
}

/* As far as the disk follows. */
static void append_cb(gpointer data) {
  Delivery *delivery = data;
  gsize len;
  const guint8 *bytes = g_bytes_get_data(delivery->mail->bytes, &len);

  while (delivery->n_appended < len) {
    gsize at = delivery->n_appended;
    gsize n = MIN(len - at, APPEND_BYTES);
    delivery->n_appended += n;
    if (!inbox_draft_append(delivery->draft, bytes + at, n))
      return;
  }
  g_ptr_array_remove_fast(delivery->api->deliveries, delivery);
  inbox_draft_commit(g_steal_pointer(&delivery->draft), delivery->mail->bare_lf, delivered_cb, delivery);
}

static guint status_of(const SmtpReply *reply) {
  static const struct {
    guint code, status;
  } rows[] = {{452, 507}, {451, 503}, {550, 403}};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (rows[i].code == reply->code)
      return rows[i].status;
  return 500;
}

const char *api_delivery_rejection(const Api *api, const Envelope *envelope, guint *out_status) {
  const ApiHost *host = api->host;
  if (!host->smtp_handler)
    return NULL;
  const SmtpReply *reply = host->smtp_handler->check(host->smtp_handler_data, SMTP_STEP_MAIL, envelope, NULL);
  for (guint i = 0; i < envelope->forward_paths->len && !reply; i++)
    reply = host->smtp_handler->check(host->smtp_handler_data, SMTP_STEP_RCPT, envelope,
                                      g_ptr_array_index(envelope->forward_paths, i));
  *out_status = reply ? status_of(reply) : 200;
  return reply ? reply->text : NULL;
}

void api_deliver(Api *api, const ApiDelivery *mail, InboxDelivered delivered, gpointer user_data) {
  Delivery *delivery = g_new0(Delivery, 1);

  *delivery = (Delivery){.api = api, .mail = mail, .delivered = delivered, .user_data = user_data};
  if (!api->inbox) {
    g_autoptr(GError) error = stopping_error();
    delivered_cb(NULL, error, delivery);
    return;
  }
  delivery->draft = inbox_draft_new(api->inbox, mail->envelope, append_cb, delivery);
  g_ptr_array_add(api->deliveries, delivery);
  append_cb(delivery);
}

void api_drop_deliveries(Api *api) {
  g_autoptr(GError) error = stopping_error();

  for (guint i = 0; i < api->deliveries->len; i++) {
    Delivery *delivery = g_ptr_array_index(api->deliveries, i);
    inbox_draft_discard(g_steal_pointer(&delivery->draft));
    delivered_cb(NULL, error, delivery);
  }
  g_ptr_array_set_size(api->deliveries, 0);
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
