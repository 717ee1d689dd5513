#include "inbox/inbox_private.h"

struct InboxSubscription {
  Inbox *inbox;
  InboxEventFunc func;
  gpointer user_data;
};

void inbox_events_init(Inbox *inbox) {
  inbox->events.last_number = 1; /* so that the place before the first event is not 0, which means none */
  inbox->events.subscriptions = g_ptr_array_new_with_free_func(g_free);
}

void inbox_events_clear(Inbox *inbox) {
  g_queue_clear_full(&inbox->events.kept, (GDestroyNotify)inbox_event_free);
  g_ptr_array_unref(inbox->events.subscriptions);
}

static void tell_one(const InboxSubscription *subscription, const InboxEvent *event, guint64 number) {
  InboxEvent told = *event;

  told.number = number;
  subscription->func(&told, subscription->user_data);
}

static gsize bytes_of(const InboxEvent *event) {
  return event->mail ? inbox_mail_bytes(event->mail) : 0;
}

static void keep(InboxEvents *events, const InboxEvent *event) {
  InboxEvent *kept = inbox_event_new(event->kind, event->mail ? inbox_mail_ref(event->mail) : NULL, event->id);

  g_queue_push_tail(&events->kept, kept);
  events->kept_bytes += bytes_of(kept);
  while (events->kept.length > INBOX_EVENTS_KEPT ||
         (events->kept.length > 1 && events->kept_bytes > INBOX_EVENTS_BYTES_MAX)) {
    InboxEvent *oldest = g_queue_pop_head(&events->kept);
    events->kept_bytes -= bytes_of(oldest);
    inbox_event_free(oldest);
  }
}

void inbox_events_tell(Inbox *inbox, const GPtrArray *index_events) {
  InboxEvents *events = &inbox->events;
  gboolean any_new = FALSE;

  for (guint i = 0; i < index_events->len; i++) {
    const InboxEvent *event = g_ptr_array_index(index_events, i);
    keep(events, event);
    events->last_number++;
    any_new |= event->kind == INBOX_EVENT_NEW;
    for (guint j = 0; j < events->subscriptions->len; j++)
      tell_one(g_ptr_array_index(events->subscriptions, j), event, events->last_number);
  }
  if (any_new)
    inbox_waits_look(inbox);
}

/* Those after `after`, which is not 0. */
static void tell_again(Inbox *inbox, const InboxSubscription *subscription, guint64 after) {
  const InboxEvents *events = &inbox->events;
  guint64 first = events->last_number - events->kept.length + 1;

  if (after > events->last_number || after + 1 < first) { /* of another run, or too long ago */
    const InboxEvent many = {.kind = INBOX_EVENT_MANY};
    tell_one(subscription, &many, events->last_number);
    return;
  }
  guint64 number = after + 1;
  for (GList *at = g_queue_peek_nth_link((GQueue *)&events->kept, (guint)(number - first)); at; at = at->next)
    tell_one(subscription, at->data, number++);
}

InboxSubscription *inbox_subscribe(Inbox *inbox, guint64 after, InboxEventFunc func, gpointer user_data) {
  InboxSubscription *subscription = g_new(InboxSubscription, 1);

  *subscription = (InboxSubscription){inbox, func, user_data};
  g_ptr_array_add(inbox->events.subscriptions, subscription);
  if (after > 0)
    tell_again(inbox, subscription, after);
  return subscription;
}

void inbox_unsubscribe(InboxSubscription *subscription) {
  if (subscription)
    g_ptr_array_remove_fast(subscription->inbox->events.subscriptions, subscription);
}

guint64 inbox_last_event(const Inbox *inbox) {
  return inbox->events.last_number;
}
