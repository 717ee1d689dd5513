#include "inbox/inbox_private.h"

struct InboxSubscription {
  Inbox *inbox;
  InboxEventFunc func;
  gpointer user_data;
};

void inbox_events_init(Inbox *inbox) {
  inbox->events.subscriptions = g_ptr_array_new_with_free_func(g_free);
}

void inbox_events_clear(Inbox *inbox) {
  g_queue_clear_full(&inbox->events.kept, (GDestroyNotify)inbox_event_free);
  g_ptr_array_unref(inbox->events.subscriptions);
}

static void tell_one(const InboxSubscription *subscription, const InboxEvent *event) {
  subscription->func(event, subscription->user_data);
}

static gsize bytes_of(const InboxEvent *event) {
  return event->mail ? inbox_mail_bytes(event->mail) : 0;
}

static void keep(InboxEvents *events, const InboxEvent *event) {
  InboxEvent *kept = inbox_event_new(event->kind, event->mail ? inbox_mail_ref(event->mail) : NULL, event->id);

  kept->number = event->number;
  g_queue_push_tail(&events->kept, kept);
  events->kept_bytes += bytes_of(kept);
  while (events->kept.length > INBOX_EVENTS_KEPT ||
         (events->kept.length > 1 && events->kept_bytes > INBOX_EVENTS_BYTES_MAX)) {
    InboxEvent *oldest = g_queue_pop_head(&events->kept);
    events->kept_bytes -= bytes_of(oldest);
    events->known_since = oldest->number;
    inbox_event_free(oldest);
  }
}

void inbox_events_tell(Inbox *inbox, const InboxReport *report) {
  InboxEvents *events = &inbox->events;
  const GPtrArray *told = report->events;
  gboolean any_new = FALSE;

  if (events->known_since == 0)
    events->known_since = told->len > 0 ? ((const InboxEvent *)told->pdata[0])->number - 1 : report->last_number;
  for (guint i = 0; i < told->len; i++) {
    const InboxEvent *event = g_ptr_array_index(told, i);
    keep(events, event);
    events->last_number = event->number;
    any_new |= event->kind == INBOX_EVENT_NEW;
    for (guint j = 0; j < events->subscriptions->len; j++)
      tell_one(g_ptr_array_index(events->subscriptions, j), event);
  }
  events->last_number = MAX(events->last_number, report->last_number);
  if (any_new)
    inbox_waits_look(inbox);
}

guint64 inbox_events_known_since(const Inbox *inbox) {
  return inbox->events.known_since;
}

gboolean inbox_remembers(const Inbox *inbox, guint64 after) {
  const InboxEvents *events = &inbox->events;

  return events->known_since > 0 && after >= events->known_since && after <= events->last_number;
}

/* Those after `after`. */
static void tell_again(Inbox *inbox, const InboxSubscription *subscription, guint64 after) {
  const InboxEvents *events = &inbox->events;

  if (!inbox_remembers(inbox, after)) {
    const InboxEvent many = {.kind = INBOX_EVENT_MANY, .number = inbox_last_event(inbox)};
    tell_one(subscription, &many);
    return;
  }
  for (GList *at = events->kept.head; at; at = at->next)
    if (((const InboxEvent *)at->data)->number > after)
      tell_one(subscription, at->data);
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

void inbox_follow(Inbox *inbox) {
  if (inbox->events.n_followers++ == 0)
    inbox_tell_awaited(inbox);
}

void inbox_unfollow(Inbox *inbox) {
  if (--inbox->events.n_followers == 0)
    inbox_tell_awaited(inbox);
}

guint64 inbox_last_event(const Inbox *inbox) {
  return MAX(inbox->events.last_number, 1);
}
