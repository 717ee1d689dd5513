/* GET /mailhog/api/v1/events: each new message, whole, as a server-sent event. */
#include "api/event_cache.h"
#include "api/mailhog_json.h"
#include "http/event_stream.h"

enum { QUEUE_MAX = 1000 };

/* A message that listeners are to be told. */
typedef struct NewMail {
  guint64 number; /* of the event */
  char *id;
} NewMail;

struct ApiMailhogEvents {
  Api *api;
  InboxSubscription *subscription;
  GPtrArray *listeners; /* Listener * */
  EventCache *printed;
  GPtrArray *readings; /* Reading *, under way */
};

/* One client, and which messages it has not been told yet. */
typedef struct Listener {
  ApiMailhogEvents *hub;
  EventStream *stream;
  HttpBudget *budget;
  GQueue messages; /* NewMail * */
  gboolean is_full;
} Listener;

/* A message that is being read and printed, once for all who wait for it. It outlives the hub when that is stopped. */
typedef struct Reading {
  ApiMailhogEvents *hub; /* NULL: stopped */
  HttpBudget *budget;
  guint64 number;
  char *id;
} Reading;

static void new_mail_free(gpointer data) {
  NewMail *mail = data;

  g_free(mail->id);
  g_free(mail);
}

static void go_on(Listener *listener);

/* --- reading and printing, on a reader thread */

static gpointer print_cb(InboxReader *reader, gpointer user_data, GError **error) {
  const Reading *reading = user_data;
  g_autoptr(InboxMail) mail = NULL;
  guint64 size_bytes = 0;
  int fd = inbox_reader_open(reader, reading->id, NULL, &mail, &size_bytes, error);

  if (fd < 0)
    return NULL;
  g_autoptr(StoredMail) stored = stored_mail_new(fd, size_bytes);
  g_autoptr(GBytes) json = mailhog_json_print(mail, stored, reading->budget);
  GBytes *printed =
      json ? event_stream_print(reading->budget, NULL, NULL, g_bytes_get_data(json, NULL), g_bytes_get_size(json))
           : NULL;
  if (!printed)
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_NO_ROOM, "there is no room for the message");
  return printed;
}

/* What is told next to a listener that waits for this message: it, or nothing when it was deleted. One that cannot be
 * told for lack of room has to come again, and lists. */
static void take_mail(Listener *listener, GBytes *printed, gboolean is_gone) {
  if (printed)
    listener->is_full = !event_stream_send(listener->stream, printed);
  else if (!is_gone)
    event_stream_close(listener->stream);
  new_mail_free(g_queue_pop_head(&listener->messages));
}

static void printed_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autoptr(GBytes) printed = answer;
  g_autofree Reading *reading = user_data;
  ApiMailhogEvents *hub = reading->hub;

  http_budget_unref(reading->budget);
  g_free(reading->id);
  if (!hub)
    return;
  g_ptr_array_remove_fast(hub->readings, reading);
  if (printed)
    event_cache_add(hub->printed, reading->number, printed);
  for (guint i = 0; i < hub->listeners->len; i++) {
    Listener *listener = g_ptr_array_index(hub->listeners, i);
    const NewMail *next = g_queue_peek_head(&listener->messages);
    if (next && next->number == reading->number && !listener->is_full)
      take_mail(listener, printed, error && !g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NO_ROOM));
  }
  for (guint i = 0; i < hub->listeners->len; i++)
    go_on(g_ptr_array_index(hub->listeners, i));
}

static gboolean is_being_read(const ApiMailhogEvents *hub, guint64 number) {
  for (guint i = 0; i < hub->readings->len; i++)
    if (((const Reading *)g_ptr_array_index(hub->readings, i))->number == number)
      return TRUE;
  return FALSE;
}

static void read_mail(Listener *listener, const NewMail *mail) {
  ApiMailhogEvents *hub = listener->hub;
  Reading *reading = g_new(Reading, 1);

  *reading = (Reading){hub, http_budget_ref(listener->budget), mail->number, g_strdup(mail->id)};
  g_ptr_array_add(hub->readings, reading);
  inbox_ask(hub->api->inbox, INBOX_LANE_MESSAGES, print_cb, printed_cb, reading);
}

/* --- telling */

/* Sends what others had printed, as far as the client takes it, and has what is next read. */
static void go_on(Listener *listener) {
  while (!listener->is_full && !g_queue_is_empty(&listener->messages)) {
    const NewMail *next = g_queue_peek_head(&listener->messages);
    g_autoptr(GBytes) printed = event_cache_find(listener->hub->printed, next->number);
    if (!printed) {
      if (!is_being_read(listener->hub, next->number))
        read_mail(listener, next);
      return;
    }
    take_mail(listener, printed, FALSE);
  }
}

static void inbox_event_cb(const InboxEvent *event, gpointer user_data) {
  ApiMailhogEvents *hub = user_data;

  if (event->kind != INBOX_EVENT_NEW)
    return;
  for (guint i = 0; i < hub->listeners->len; i++) {
    Listener *listener = g_ptr_array_index(hub->listeners, i);
    if (listener->messages.length >= QUEUE_MAX) {
      event_stream_close(listener->stream);
      continue;
    }
    NewMail *mail = g_new(NewMail, 1);
    *mail = (NewMail){event->number, g_strdup(event->id)};
    g_queue_push_tail(&listener->messages, mail);
    go_on(listener);
  }
}

static void writable_cb(EventStream *stream, gpointer user_data) {
  Listener *listener = user_data;

  listener->is_full = FALSE;
  if (listener->hub)
    go_on(listener);
}

/* --- coming and going */

static void closed_cb(EventStream *stream, gpointer user_data) {
  Listener *listener = user_data;

  if (listener->hub) {
    g_ptr_array_remove_fast(listener->hub->listeners, listener);
    inbox_unfollow(listener->hub->api->inbox);
  }
  g_queue_clear_full(&listener->messages, new_mail_free);
  http_budget_unref(listener->budget);
  g_free(listener);
}

static void get_events(HttpRequest *request, gpointer user_data) {
  Api *api = user_data;
  Listener *listener = g_new0(Listener, 1);

  listener->hub = api->mailhog_events;
  listener->budget = http_budget_ref(http_request_budget(request));
  listener->stream = event_stream_open(request, closed_cb, listener);
  if (!listener->stream) {
    http_budget_unref(listener->budget);
    g_free(listener);
    return;
  }
  event_stream_on_writable(listener->stream, writable_cb);
  g_ptr_array_add(api->mailhog_events->listeners, listener);
  inbox_follow(api->inbox);
}

/* --- life */

ApiMailhogEvents *api_mailhog_events_new(Api *api) {
  ApiMailhogEvents *hub = g_new0(ApiMailhogEvents, 1);

  hub->api = api;
  hub->listeners = g_ptr_array_new();
  hub->readings = g_ptr_array_new();
  hub->printed = event_cache_new();
  hub->subscription = inbox_subscribe(api->inbox, 0, inbox_event_cb, hub);
  return hub;
}

void api_mailhog_events_free(ApiMailhogEvents *hub) {
  if (!hub)
    return;
  inbox_unsubscribe(hub->subscription);
  for (guint i = 0; i < hub->readings->len; i++)
    ((Reading *)g_ptr_array_index(hub->readings, i))->hub = NULL;
  for (guint i = 0; i < hub->listeners->len; i++)
    ((Listener *)g_ptr_array_index(hub->listeners, i))->hub = NULL;
  g_ptr_array_unref(hub->listeners);
  g_ptr_array_unref(hub->readings);
  event_cache_free(hub->printed);
  g_free(hub);
}

const HttpRoute api_mailhog_events_routes[] = {
    {.method = "GET", .pattern = "/mailhog/api/v1/events", .handler = get_events},
    {.pattern = NULL},
};
