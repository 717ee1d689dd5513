#include "index/pacing.h"

#include "index/updater.h"
#include <event2/event.h>

enum { LOOK_US = 500 * 1000 /* while messages are held */ };

struct Pacing {
  PacingAdmit admit;
  gpointer admit_data;
  InboxSlowed slowed; /* NULL: not wanted */
  gpointer slowed_data;
  Backlog backlog;
  gboolean is_unbounded;
  GQueue held; /* Delivery * */
  guint64 held_bytes;
  struct event *timer;
  gint64 begun_us; /* when the first was held; 0: none was lately */
  gint64 held_us;  /* when the last one was */
  gboolean is_slowed;
  InboxSlowReason reason;
  Histogram delays;
};

static void timer_cb(evutil_socket_t fd, short what, void *user_data);

Pacing *pacing_new(struct event_base *base, PacingAdmit admit, gpointer user_data) {
  Pacing *intake = g_new0(Pacing, 1);

  intake->admit = admit;
  intake->admit_data = user_data;
  intake->timer = evtimer_new(base, timer_cb, intake);
  return intake;
}

void pacing_free(Pacing *intake) {
  if (!intake)
    return;
  g_queue_clear_full(&intake->held, (GDestroyNotify)delivery_free);
  backlog_clear(&intake->backlog);
  event_free(intake->timer);
  g_free(intake);
}

void pacing_set_slowed(Pacing *intake, InboxSlowed slowed, gpointer user_data) {
  intake->slowed = slowed;
  intake->slowed_data = user_data;
}

void pacing_set_bounded(Pacing *intake, gboolean is_bounded) {
  intake->is_unbounded = !is_bounded;
}

Backlog *pacing_backlog(Pacing *intake) {
  return &intake->backlog;
}

static gsize bytes_of(const Delivery *delivery) {
  return delivery->block ? delivery->block->len + delivery->body->len : 0;
}

/* --- passing on */

static void pass_on(Pacing *intake, Delivery *delivery) {
  guint64 n_bytes = delivery->n_bytes;
  guint64 ticket = intake->admit(delivery, intake->admit_data);

  backlog_add(&intake->backlog, ticket, n_bytes, g_get_monotonic_time());
  delivery_report(delivery);
}

static InboxSlowReason reason_to_hold(const Pacing *intake) {
  return intake->is_unbounded ? INBOX_NOT_SLOW : backlog_reason(&intake->backlog, g_get_monotonic_time());
}

static void wait_to_look(Pacing *intake) {
  static const struct timeval pause = {.tv_usec = LOOK_US};

  if (!event_pending(intake->timer, EV_TIMEOUT, NULL))
    event_add(intake->timer, &pause);
}

static void hold(Pacing *intake, Delivery *delivery, InboxSlowReason reason) {
  gint64 now_us = g_get_monotonic_time();
  gboolean keeps = intake->held_bytes + bytes_of(delivery) <= UPDATER_BACKLOG_BYTES;

  if (!keeps)
    delivery_drop_bytes(delivery);
  intake->held_bytes += bytes_of(delivery);
  delivery->held_since_us = now_us;
  g_queue_push_tail(&intake->held, delivery);
  intake->reason = reason;
  intake->held_us = now_us;
  if (intake->begun_us == 0)
    intake->begun_us = now_us;
  wait_to_look(intake);
}

void pacing_offer(Pacing *intake, Delivery *delivery) {
  InboxSlowReason reason = reason_to_hold(intake);

  if (!g_queue_is_empty(&intake->held)) /* in their order */
    reason = reason == INBOX_NOT_SLOW ? intake->reason : reason;
  if (reason == INBOX_NOT_SLOW)
    pass_on(intake, delivery);
  else
    hold(intake, delivery, reason);
}

static void release_first(Pacing *intake) {
  Delivery *delivery = g_queue_pop_head(&intake->held);

  histogram_add(&intake->delays, g_get_monotonic_time() - delivery->held_since_us);
  intake->held_bytes -= bytes_of(delivery);
  pass_on(intake, delivery);
}

void pacing_look(Pacing *intake) {
  while (!g_queue_is_empty(&intake->held) && reason_to_hold(intake) == INBOX_NOT_SLOW)
    release_first(intake);
}

/* A report may bring the next one, which is then not for this call. */
Delivery *pacing_steal(Pacing *intake) {
  Delivery *first = NULL;

  for (Delivery *delivery; (delivery = g_queue_pop_tail(&intake->held));) {
    delivery->next = first;
    first = delivery;
  }
  intake->held_bytes = 0;
  return first;
}

/* --- whether it is slow */

static void set_slowed(Pacing *intake, gboolean is_slowed) {
  intake->is_slowed = is_slowed;
  const InboxIntake stats = pacing_stats(intake);
  if (intake->slowed)
    intake->slowed(&stats, intake->slowed_data);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  Pacing *intake = user_data;
  gint64 now_us = g_get_monotonic_time();

  pacing_look(intake); /* time alone may let them go */
  gboolean is_held = !g_queue_is_empty(&intake->held);
  if (is_held)
    intake->held_us = now_us;
  if (!intake->is_slowed && now_us - intake->begun_us >= PACING_BEGIN_US && now_us - intake->held_us < PACING_BEGIN_US)
    set_slowed(intake, TRUE);
  if (now_us - intake->held_us < PACING_END_US) {
    wait_to_look(intake);
    return;
  }
  intake->begun_us = 0;
  if (intake->is_slowed)
    set_slowed(intake, FALSE);
}

InboxIntake pacing_stats(const Pacing *intake) {
  gint64 now_us = g_get_monotonic_time();

  return (InboxIntake){
      .n_waiting = intake->backlog.waiting.length,
      .n_waiting_bytes = intake->backlog.n_bytes,
      .n_waiting_max = backlog_messages_max(&intake->backlog, now_us),
      .n_waiting_bytes_max = backlog_bytes_max(&intake->backlog, now_us),
      .n_held = intake->held.length,
      .is_slowed = intake->is_slowed,
      .reason = intake->reason,
      .delays = intake->delays,
  };
}
