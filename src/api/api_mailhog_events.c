/* GET /mailhog/api/v1/events: each new mail, whole, as a server-sent event. */
#include "api/mailhog_json.h"
#include "http/event_stream.h"

enum { QUEUE_MAX = 1000 };

/* Who listens, and which mails it has not been told yet; one at a time is read. */
typedef struct Listener {
  Api *api;
  EventStream *stream; /* NULL: gone */
  InboxSubscription *subscription;
  GQueue ids; /* char * */
  gboolean is_reading;
  gboolean is_full;
} Listener;

static void listener_free(Listener *listener) {
  g_queue_clear_full(&listener->ids, g_free);
  g_free(listener);
}

static gpointer print_cb(const InboxMail *mail, GBytes *stored_octets, gpointer user_data) {
  json_t *object = mailhog_json_mail(mail, stored_octets);

  return object ? json_print(object) : NULL;
}

static void go_on(Listener *listener);

static void printed_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autoptr(GBytes) json = answer;
  Listener *listener = user_data;

  listener->is_reading = FALSE;
  if (!listener->stream) {
    listener_free(listener);
    return;
  }
  if (json) {
    g_autofree char *text = g_strndup(g_bytes_get_data(json, NULL), g_bytes_get_size(json));
    listener->is_full = !event_stream_send(listener->stream, NULL, NULL, text);
  }
  go_on(listener);
}

static void go_on(Listener *listener) {
  g_autofree char *id = NULL;

  if (listener->is_reading || listener->is_full)
    return;
  id = g_queue_pop_head(&listener->ids);
  if (!id)
    return;
  listener->is_reading = TRUE;
  inbox_read(listener->api->inbox, id, NULL, print_cb, printed_cb, listener);
}

static void inbox_event_cb(const InboxEvent *event, gpointer user_data) {
  Listener *listener = user_data;

  if (event->kind != INBOX_EVENT_NEW)
    return;
  if (listener->ids.length >= QUEUE_MAX) {
    event_stream_close(listener->stream);
    return;
  }
  g_queue_push_tail(&listener->ids, g_strdup(event->id));
  go_on(listener);
}

static void writable_cb(EventStream *stream, gpointer user_data) {
  Listener *listener = user_data;

  listener->is_full = FALSE;
  go_on(listener);
}

static void closed_cb(EventStream *stream, gpointer user_data) {
  Listener *listener = user_data;

  inbox_unsubscribe(listener->subscription);
  listener->stream = NULL;
  if (!listener->is_reading)
    listener_free(listener);
}

static void get_events(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  Listener *listener = g_new0(Listener, 1);

  listener->api = api;
  listener->stream = event_stream_open(request, closed_cb, listener);
  if (!listener->stream) {
    g_free(listener);
    return;
  }
  event_stream_on_writable(listener->stream, writable_cb);
  listener->subscription = inbox_subscribe(api->inbox, 0, inbox_event_cb, listener);
}

const HttpRoute api_mailhog_events_routes[] = {
    {.method = "GET", .pattern = "/mailhog/api/v1/events", .handler = get_events},
    {.pattern = NULL},
};
