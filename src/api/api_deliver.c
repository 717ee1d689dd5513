/* Mails that come by the API into the inbox. */
#include "api/api_private.h"
#include <string.h>

enum { APPEND_OCTETS = 64 * 1024 };

typedef struct ApiDelivery {
  Api *api;
  Envelope *envelope;
  GBytes *octets;
  gsize n_appended;
  InboxDraft *draft;
  InboxDelivered delivered;
  gpointer user_data;
} ApiDelivery;

static void delivery_free(ApiDelivery *delivery) {
  envelope_free(delivery->envelope);
  g_bytes_unref(delivery->octets);
  g_free(delivery);
}

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  ApiDelivery *delivery = user_data;

  delivery->delivered(id, error, delivery->user_data);
  delivery_free(delivery);
}

/* As far as the disk follows. */
static void append_cb(gpointer data) {
  ApiDelivery *delivery = data;
  gsize len;
  const guint8 *octets = g_bytes_get_data(delivery->octets, &len);

  while (delivery->n_appended < len) {
    gsize at = delivery->n_appended;
    gsize n = MIN(len - at, APPEND_OCTETS);
    delivery->n_appended += n;
    if (!inbox_draft_append(delivery->draft, octets + at, n))
      return;
  }
  g_ptr_array_remove_fast(delivery->api->deliveries, delivery);
  inbox_draft_commit(g_steal_pointer(&delivery->draft), NULL, delivered_cb, delivery);
}

void api_deliver(Api *api, Envelope *envelope, GBytes *octets, InboxDelivered delivered, gpointer user_data) {
  ApiDelivery *delivery = g_new0(ApiDelivery, 1);

  *delivery = (ApiDelivery){
      .api = api,
      .envelope = envelope,
      .octets = g_bytes_ref(octets),
      .delivered = delivered,
      .user_data = user_data,
  };
  delivery->draft = inbox_draft_new(api->inbox, envelope, append_cb, delivery);
  g_ptr_array_add(api->deliveries, delivery);
  append_cb(delivery);
}

void api_drop_deliveries(Api *api) {
  g_autoptr(GError) error = g_error_new_literal(INBOX_ERROR, INBOX_ERROR_FAILED, "the server is stopping");

  for (guint i = 0; i < api->deliveries->len; i++) {
    ApiDelivery *delivery = g_ptr_array_index(api->deliveries, i);
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
