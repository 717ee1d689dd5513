/* GET /api/v1/events: what happens to the inbox as server-sent events, with ids to go on from. */
#include "api/api_private.h"
#include "api/event_cache.h"
#include "http/event_stream.h"
#include <string.h>

struct ApiSse {
  Api *api;
  InboxSubscription *subscription;
  GPtrArray *listeners; /* Listener * */
  EventCache *printed;
};

/* One client. What it does not take at once stays with the inbox, and is asked for again when it has read. */
typedef struct Listener {
  Api *api;
  EventStream *stream;
  HttpBudget *budget;
  guint64 last_number; /* of what was sent */
  const char *place;   /* the name of the event by which it learns its place; NULL: it had one */
  gboolean is_full;
  gboolean is_reading; /* what it missed, from the history; full until then */
  gboolean is_closed;  /* and still reading */
} Listener;

enum { HISTORY_STEP = 500 /* events read at a time */ };

/* --- printing: once for all listeners, and not again for those that come after it within the cache */

/* Takes the data. The caller unrefs; NULL: there is no room. */
static GBytes *print_named(const Listener *listener, guint64 number, const char *name, json_t *data) {
  g_autoptr(GBytes) json = json_print(listener->budget, data, NULL);
  g_autofree char *id = g_strdup_printf("%" G_GUINT64_FORMAT, number);

  if (!json)
    return NULL;
  return event_stream_print(listener->budget, id, name, g_bytes_get_data(json, NULL), g_bytes_get_size(json));
}

static json_t *print_totals(const InboxStats *stats) {
  json_t *totals = json_object();

  json_object_set_new(totals, "Total", json_integer((json_int_t)stats->n_messages));
  json_object_set_new(totals, "Unread", json_integer((json_int_t)stats->n_unread));
  json_object_set_new(totals, "Flagged", json_integer((json_int_t)stats->n_flagged));
  return totals;
}

/* With the totals of the inbox, so that whoever follows need not list because of a mark. */
static json_t *print_data(const Api *api, const InboxEvent *event) {
  InboxStats stats = inbox_stats(api->inbox);
  json_t *data = event->kind == INBOX_EVENT_NEW       ? json_summary(event->mail)
                 : event->kind == INBOX_EVENT_CHANGED ? json_change(event->mail)
                 : event->kind == INBOX_EVENT_DELETED ? json_id(event->id)
                                                      : json_object();

  if (event->kind <= INBOX_EVENT_CLEARED)
    json_object_set_new(data, "Totals", print_totals(&stats));
  return data;
}

/* A client that is told that much happened has the number of the last event, which then is another. */
static GBytes *print_event(const Listener *listener, const InboxEvent *event) {
  static const char *const names[] = {
      [INBOX_EVENT_NEW] = "new",
      [INBOX_EVENT_CHANGED] = "update",
      [INBOX_EVENT_DELETED] = "delete",
      [INBOX_EVENT_CLEARED] = "truncate",
      [INBOX_EVENT_MANY] = "reset",
      [INBOX_EVENT_REJECTED] = "attempt",
      [INBOX_EVENT_ATTEMPTS_CLEARED] = "attempts-deleted",
  };
  EventCache *cache = listener->api->sse->printed;
  gboolean is_kept = event->kind != INBOX_EVENT_MANY;
  GBytes *printed = is_kept ? event_cache_find(cache, event->number) : NULL;

  if (printed)
    return printed;
  printed = print_named(listener, event->number, names[event->kind], print_data(listener->api, event));
  if (printed && is_kept)
    event_cache_add(cache, event->number, printed);
  return printed;
}

/* --- sending */

/* Without room for it the client is let go; it comes again with the id of what it has. */
static void send_event(Listener *listener, guint64 number, GBytes *printed) {
  if (!printed) {
    listener->is_full = TRUE;
    event_stream_close(listener->stream);
    return;
  }
  listener->last_number = number;
  listener->is_full = !event_stream_send(listener->stream, printed);
}

static void inbox_event_cb(const InboxEvent *event, gpointer user_data) {
  ApiSse *sse = user_data;
  g_autoptr(GBytes) printed = NULL;

  for (guint i = 0; i < sse->listeners->len; i++) {
    Listener *listener = g_ptr_array_index(sse->listeners, i);
    if (listener->is_full)
      continue;
    if (!printed)
      printed = print_event(listener, event);
    send_event(listener, event->number, printed);
  }
}

static void missed_event_cb(const InboxEvent *event, gpointer user_data) {
  Listener *listener = user_data;

  if (listener->is_full)
    return;
  g_autoptr(GBytes) printed = print_event(listener, event);
  send_event(listener, event->number, printed);
}

static void tell_place(Listener *listener) {
  guint64 number = inbox_last_event(listener->api->inbox);
  g_autoptr(GBytes) printed = print_named(listener, number, listener->place ? listener->place : "reset", json_object());

  listener->place = NULL;
  send_event(listener, number, printed);
}

static void catch_up(Listener *listener);

/* All that is in memory now is in the history as well, and what is not was in the page. */
static void history_cb(const InboxHistoryPage *page, const GError *error, gpointer user_data) {
  Listener *listener = user_data;

  if (listener->is_closed) {
    g_free(listener);
    return;
  }
  const Inbox *inbox = listener->api->inbox;
  listener->is_reading = listener->is_full = FALSE;
  if (listener->place || error || page->is_forgotten || listener->last_number > inbox_last_event(inbox)) {
    tell_place(listener);
    return;
  }
  for (guint i = 0; i < page->events->len; i++)
    missed_event_cb(g_ptr_array_index(page->events, i), listener);
  if (listener->is_full)
    return;
  if (!page->has_more)
    listener->last_number = MAX(listener->last_number, inbox_events_known_since(inbox));
  catch_up(listener);
}

/* Tells what happened since the last event the client has, until it is full again. Right after the start nothing is
 * known of events yet, and the history is waited for. */
static void catch_up(Listener *listener) {
  Inbox *inbox = listener->api->inbox;

  if (listener->place && inbox_events_known_since(inbox) > 0) {
    tell_place(listener);
    return;
  }
  if (!listener->place && inbox_remembers(inbox, listener->last_number)) {
    inbox_unsubscribe(inbox_subscribe(inbox, listener->last_number, missed_event_cb, listener));
    return;
  }
  listener->is_reading = listener->is_full = TRUE;
  inbox_read_history(inbox, listener->last_number, HISTORY_STEP, history_cb, listener);
}

static void writable_cb(EventStream *stream, gpointer user_data) {
  Listener *listener = user_data;

  if (listener->is_full && !listener->is_reading && listener->api->sse) {
    listener->is_full = FALSE;
    catch_up(listener);
  }
}

static void closed_cb(EventStream *stream, gpointer user_data) {
  Listener *listener = user_data;

  if (listener->api->sse) {
    g_ptr_array_remove_fast(listener->api->sse->listeners, listener);
    inbox_unfollow(listener->api->inbox);
  }
  http_budget_unref(listener->budget);
  listener->is_closed = TRUE;
  if (!listener->is_reading)
    g_free(listener);
}

/* --- coming */

/* 0: it is no id. */
static guint64 read_id(const char *id) {
  guint64 number = 0;

  g_ascii_string_to_unsigned(id, 10, 1, G_MAXINT64, &number, NULL);
  return number;
}

/* Whoever comes for the first time learns its place, so that it misses nothing from here on; so does whoever has
 * an id that is none, and has to list again. */
static void get_events(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  const char *header = http_request_header(request, "Last-Event-ID");
  g_autofree char *last_id = g_strdup(header ? header : http_request_query(request, "last_event_id"));
  Listener *listener = g_new0(Listener, 1);

  listener->api = api;
  listener->budget = http_budget_ref(http_request_budget(request));
  listener->last_number = last_id ? read_id(last_id) : 0;
  listener->stream = event_stream_open(request, closed_cb, listener);
  if (!listener->stream) {
    http_budget_unref(listener->budget);
    g_free(listener);
    return;
  }
  event_stream_on_writable(listener->stream, writable_cb);
  g_ptr_array_add(api->sse->listeners, listener);
  inbox_follow(api->inbox);
  if (listener->last_number == 0)
    listener->place = last_id ? "reset" : "ready";
  catch_up(listener);
}

/* --- life */

ApiSse *api_sse_new(Api *api) {
  ApiSse *sse = g_new0(ApiSse, 1);

  sse->api = api;
  sse->listeners = g_ptr_array_new();
  sse->printed = event_cache_new();
  sse->subscription = inbox_subscribe(api->inbox, 0, inbox_event_cb, sse);
  return sse;
}

void api_sse_free(ApiSse *sse) {
  if (!sse)
    return;
  inbox_unsubscribe(sse->subscription);
  g_ptr_array_unref(sse->listeners);
  event_cache_free(sse->printed);
  g_free(sse);
}

const HttpRoute api_sse_routes[] = {
    {.method = "GET", .pattern = "/api/v1/events", .handler = get_events},
    {.pattern = NULL},
};
