#include "store/pacing.h"

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
  Pacing *pacing = g_new0(Pacing, 1);

  pacing->admit = admit;
  pacing->admit_data = user_data;
  pacing->timer = evtimer_new(base, timer_cb, pacing);
  return pacing;
}

void pacing_free(Pacing *pacing) {
  if (!pacing)
    return;
  g_queue_clear_full(&pacing->held, (GDestroyNotify)delivery_free);
  backlog_clear(&pacing->backlog);
  event_free(pacing->timer);
  g_free(pacing);
}

void pacing_set_slowed(Pacing *pacing, InboxSlowed slowed, gpointer user_data) {
  pacing->slowed = slowed;
  pacing->slowed_data = user_data;
}

void pacing_set_bounded(Pacing *pacing, gboolean is_bounded) {
  pacing->is_unbounded = !is_bounded;
}

Backlog *pacing_backlog(Pacing *pacing) {
  return &pacing->backlog;
}

static gsize bytes_of(const Delivery *delivery) {
  return delivery->block ? delivery->block->len + delivery->body->len : 0;
}

/* --- passing on */

static void pass_on(Pacing *pacing, Delivery *delivery) {
  guint64 n_bytes = delivery->n_bytes;
  guint64 ticket = pacing->admit(delivery, pacing->admit_data);

  backlog_add(&pacing->backlog, ticket, n_bytes, g_get_monotonic_time());
  delivery_report(delivery);
}

static InboxSlowReason reason_to_hold(const Pacing *pacing) {
  return pacing->is_unbounded ? INBOX_NOT_SLOW : backlog_reason(&pacing->backlog, g_get_monotonic_time());
}

static void wait_to_look(Pacing *pacing) {
  static const struct timeval pause = {.tv_usec = LOOK_US};

  if (!event_pending(pacing->timer, EV_TIMEOUT, NULL))
    event_add(pacing->timer, &pause);
}

static void hold(Pacing *pacing, Delivery *delivery, InboxSlowReason reason) {
  gint64 now_us = g_get_monotonic_time();
  gboolean keeps = pacing->held_bytes + bytes_of(delivery) <= UPDATER_BACKLOG_BYTES;

  if (!keeps)
    delivery_drop_bytes(delivery);
  pacing->held_bytes += bytes_of(delivery);
  delivery->held_since_us = now_us;
  g_queue_push_tail(&pacing->held, delivery);
  pacing->reason = reason;
  pacing->held_us = now_us;
  if (pacing->begun_us == 0)
    pacing->begun_us = now_us;
  wait_to_look(pacing);
}

void pacing_offer(Pacing *pacing, Delivery *delivery) {
  InboxSlowReason reason = reason_to_hold(pacing);

  if (!g_queue_is_empty(&pacing->held)) /* in their order */
    reason = reason == INBOX_NOT_SLOW ? pacing->reason : reason;
  if (reason == INBOX_NOT_SLOW)
    pass_on(pacing, delivery);
  else
    hold(pacing, delivery, reason);
}

static void release_first(Pacing *pacing) {
  Delivery *delivery = g_queue_pop_head(&pacing->held);

  histogram_add(&pacing->delays, g_get_monotonic_time() - delivery->held_since_us);
  pacing->held_bytes -= bytes_of(delivery);
  pass_on(pacing, delivery);
}

void pacing_look(Pacing *pacing) {
  while (!g_queue_is_empty(&pacing->held) && reason_to_hold(pacing) == INBOX_NOT_SLOW)
    release_first(pacing);
}

/* A report may bring the next one, which is then not for this call. */
Delivery *pacing_steal(Pacing *pacing) {
  Delivery *first = NULL;

  for (Delivery *delivery; (delivery = g_queue_pop_tail(&pacing->held));) {
    delivery->next = first;
    first = delivery;
  }
  pacing->held_bytes = 0;
  return first;
}

/* --- whether it is slow */

static void set_slowed(Pacing *pacing, gboolean is_slowed) {
  pacing->is_slowed = is_slowed;
  const InboxIntake stats = pacing_stats(pacing);
  if (pacing->slowed)
    pacing->slowed(&stats, pacing->slowed_data);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  Pacing *pacing = user_data;
  gint64 now_us = g_get_monotonic_time();

  pacing_look(pacing); /* time alone may let them go */
  gboolean is_held = !g_queue_is_empty(&pacing->held);
  if (is_held)
    pacing->held_us = now_us;
  if (!pacing->is_slowed && now_us - pacing->begun_us >= PACING_BEGIN_US && now_us - pacing->held_us < PACING_BEGIN_US)
    set_slowed(pacing, TRUE);
  if (now_us - pacing->held_us < PACING_END_US) {
    wait_to_look(pacing);
    return;
  }
  pacing->begun_us = 0;
  if (pacing->is_slowed)
    set_slowed(pacing, FALSE);
}

InboxIntake pacing_stats(const Pacing *pacing) {
  gint64 now_us = g_get_monotonic_time();

  return (InboxIntake){
      .n_waiting = pacing->backlog.waiting.length,
      .n_waiting_bytes = pacing->backlog.n_bytes,
      .n_waiting_max = backlog_messages_max(&pacing->backlog, now_us),
      .n_waiting_bytes_max = backlog_bytes_max(&pacing->backlog, now_us),
      .n_held = pacing->held.length,
      .is_slowed = pacing->is_slowed,
      .reason = pacing->reason,
      .delays = pacing->delays,
  };
}
