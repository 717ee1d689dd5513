/* GET /api/events: a WebSocket that tells what happens to the inbox. */
#include "api/api_private.h"
#include "http/websocket.h"
#include <event2/event.h>
#include <string.h>

enum { STATS_PAUSE_MS = 250, WEBSOCKET_TRY_AGAIN = 1013 /* IANA, WebSocket Close Code Number Registry */ };

/* Who listens. Totals are told when something changed, but not with each message of a burst. */
struct ApiEvents {
  Api *api;
  InboxSubscription *subscription;
  GPtrArray *sockets; /* WebSocket * */
  HttpBudget *budget; /* NULL: nobody came yet */
  struct event *stats_timer;
};

/* Takes the data. The caller unrefs. NULL: there is no room for it. */
static GBytes *print_frame(const ApiEvents *events, const char *type, json_t *data) {
  json_t *object = json_object();

  json_object_set_new(object, "Type", json_text(type));
  json_object_set_new(object, "Data", data);
  g_autoptr(GBytes) json = json_print(events->budget, object, NULL);
  return json ? websocket_frame(events->budget, g_bytes_get_data(json, NULL), g_bytes_get_size(json)) : NULL;
}

/* A client that cannot be told by one has to come again, and lists then. */
static void send_frame(WebSocket *socket, GBytes *frame) {
  if (frame)
    websocket_send(socket, frame);
  else
    websocket_close(socket, WEBSOCKET_TRY_AGAIN, "out of memory for events; reconnect");
}

/* The frame is made once, whoever listens. Takes the data. */
static void broadcast(const ApiEvents *events, const char *type, json_t *data) {
  g_autoptr(GBytes) frame = print_frame(events, type, data);

  for (guint i = 0; i < events->sockets->len; i++)
    send_frame(g_ptr_array_index(events->sockets, i), frame);
}

static json_t *print_stats(const ApiEvents *events) {
  InboxStats stats = inbox_stats(events->api->inbox);
  json_t *data = json_object();

  json_object_set_new(data, "Total", json_integer((json_int_t)stats.n_messages));
  json_object_set_new(data, "Unread", json_integer((json_int_t)stats.n_unread));
  json_object_set_new(data, "Version", json_text(DSMTPD_VERSION));
  return data;
}

static void stats_cb(evutil_socket_t fd, short what, void *user_data) {
  ApiEvents *events = user_data;

  broadcast(events, "stats", print_stats(events));
}

static void schedule_stats(ApiEvents *events) {
  static const struct timeval pause = {.tv_usec = STATS_PAUSE_MS * 1000};

  if (!event_pending(events->stats_timer, EV_TIMEOUT, NULL))
    event_add(events->stats_timer, &pause);
}

static void inbox_event_cb(const InboxEvent *event, gpointer user_data) {
  ApiEvents *events = user_data;

  if (events->sockets->len == 0)
    return;
  switch (event->kind) {
  case INBOX_EVENT_NEW:
    broadcast(events, "new", json_summary(event->mail));
    break;
  case INBOX_EVENT_CHANGED:
    broadcast(events, "update", json_change(event->mail));
    break;
  case INBOX_EVENT_DELETED:
    broadcast(events, "delete", json_id(event->id));
    break;
  case INBOX_EVENT_CLEARED:
    broadcast(events, "truncate", json_null());
    break;
  case INBOX_EVENT_MANY:
    broadcast(events, "prune", json_null());
    break;
  case INBOX_EVENT_REJECTED: /* Mailpit has no such types */
  case INBOX_EVENT_ATTEMPTS_CLEARED:
    return;
  }
  schedule_stats(events);
}

static void closed_cb(WebSocket *socket, gpointer user_data) {
  Api *api = user_data;

  if (api->events) {
    g_ptr_array_remove_fast(api->events->sockets, socket);
    inbox_unfollow(api->inbox);
  }
}

static void get_events(HttpRequest *request, gpointer user_data) {
  static const WebSocketEvents socket_events = {.closed = closed_cb};
  Api *api = user_data;

  if (!api->events->budget)
    api->events->budget = http_budget_ref(http_request_budget(request));
  WebSocket *socket = websocket_accept(request, &socket_events, api);

  if (!socket)
    return;
  g_ptr_array_add(api->events->sockets, socket);
  inbox_follow(api->inbox);
  g_autoptr(GBytes) frame = print_frame(api->events, "stats", print_stats(api->events));
  send_frame(socket, frame);
}

ApiEvents *api_events_new(Api *api) {
  ApiEvents *events = g_new0(ApiEvents, 1);

  events->api = api;
  events->sockets = g_ptr_array_new();
  events->stats_timer = evtimer_new(loop_queue_base(api->queue), stats_cb, events);
  events->subscription = inbox_subscribe(api->inbox, 0, inbox_event_cb, events);
  return events;
}

void api_events_free(ApiEvents *events) {
  if (!events)
    return;
  inbox_unsubscribe(events->subscription);
  event_free(events->stats_timer);
  g_ptr_array_unref(events->sockets);
  http_budget_unref(events->budget);
  g_free(events);
}

const HttpRoute api_events_routes[] = {
    {.method = "GET", .pattern = "/api/events", .handler = get_events},
    {.pattern = NULL},
};
