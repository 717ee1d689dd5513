/* GET /api/v1/events: what happens to the inbox as server-sent events, with ids to go on from. */
#include "api/api_private.h"
#include "http/event_stream.h"
#include <string.h>

/* Who listens. What it does not take at once stays with the inbox, and is asked for again when it has. */
typedef struct Listener {
  Api *api;
  EventStream *stream;
  InboxSubscription *subscription;
  guint64 last_number; /* of what was sent */
  gboolean is_full;
} Listener;

/* Takes the data. */
static void send_event(Listener *listener, guint64 number, const char *name, json_t *data) {
  g_autoptr(GBytes) json = json_print(data);
  g_autofree char *text = g_strndup(g_bytes_get_data(json, NULL), g_bytes_get_size(json));
  g_autofree char *id = g_strdup_printf("%s-%" G_GUINT64_FORMAT, listener->api->run, number);

  listener->last_number = number;
  listener->is_full = !event_stream_send(listener->stream, id, name, text);
}

static json_t *print_event(const InboxEvent *event) {
  switch (event->kind) {
  case INBOX_EVENT_NEW:
    return json_summary(event->mail);
  case INBOX_EVENT_CHANGED:
    return json_change(event->mail);
  case INBOX_EVENT_DELETED:
    return json_id(event->id);
  case INBOX_EVENT_CLEARED:
  case INBOX_EVENT_MANY:
  case INBOX_EVENT_REFUSED:
    break;
  }
  return json_object();
}

static void inbox_event_cb(const InboxEvent *event, gpointer user_data) {
  static const char *const names[] = {
      [INBOX_EVENT_NEW] = "new",          [INBOX_EVENT_CHANGED] = "update", [INBOX_EVENT_DELETED] = "delete",
      [INBOX_EVENT_CLEARED] = "truncate", [INBOX_EVENT_MANY] = "reset",     [INBOX_EVENT_REFUSED] = "attempt",
  };
  Listener *listener = user_data;

  if (!listener->is_full)
    send_event(listener, event->number, names[event->kind], print_event(event));
}

static void go_on(Listener *listener) {
  inbox_unsubscribe(g_steal_pointer(&listener->subscription));
  listener->subscription = inbox_subscribe(listener->api->inbox, listener->last_number, inbox_event_cb, listener);
}

static void writable_cb(EventStream *stream, gpointer user_data) {
  Listener *listener = user_data;

  if (listener->is_full) {
    listener->is_full = FALSE;
    go_on(listener);
  }
}

static void closed_cb(EventStream *stream, gpointer user_data) {
  Listener *listener = user_data;

  inbox_unsubscribe(listener->subscription);
  g_free(listener);
}

/* The number in an id of this run; 0: it is of another, or no id. */
static guint64 read_id(const Api *api, const char *id) {
  guint64 number = 0;

  if (g_str_has_prefix(id, api->run) && id[strlen(api->run)] == '-')
    g_ascii_string_to_unsigned(id + strlen(api->run) + 1, 10, 1, G_MAXINT64, &number, NULL);
  return number;
}

/* Whoever comes for the first time learns its place, so that it misses nothing from here on; so does whoever comes
 * from another run, and has to list again. */
static void get_events(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  const char *header = http_request_header(request, "Last-Event-ID");
  g_autofree char *last_id = g_strdup(header ? header : http_request_query(request, "last_event_id"));
  Listener *listener = g_new0(Listener, 1);

  listener->api = api;
  listener->last_number = last_id ? read_id(api, last_id) : 0;
  listener->stream = event_stream_open(request, closed_cb, listener);
  if (!listener->stream) {
    g_free(listener);
    return;
  }
  event_stream_on_writable(listener->stream, writable_cb);
  if (listener->last_number == 0)
    send_event(listener, inbox_last_event(api->inbox), last_id ? "reset" : "ready", json_object());
  go_on(listener);
}

const HttpRoute api_sse_routes[] = {
    {.method = "GET", .pattern = "/api/v1/events", .handler = get_events},
    {.pattern = NULL},
};
