#include "store/intake.h"

#include "store/indexer.h"
#include <event2/event.h>

enum { LOOK_US = 500 * 1000 /* while messages are held */ };

struct Intake {
  IntakeAdmit admit;
  gpointer admit_data;
  IntakeSlowed slowed; /* NULL: not wanted */
  gpointer slowed_data;
  Backlog backlog;
  gboolean is_unbounded;
  GQueue held; /* Delivery * */
  guint64 held_octets;
  struct event *timer;
  gint64 begun_us; /* when the first was held; 0: none was lately */
  gint64 held_us;  /* when the last one was */
  gboolean is_slowed;
  BacklogReason reason;
  Histogram delays;
};

static void timer_cb(evutil_socket_t fd, short what, void *user_data);

Intake *intake_new(struct event_base *base, IntakeAdmit admit, gpointer user_data) {
  Intake *intake = g_new0(Intake, 1);
  intake->admit = admit;
  intake->admit_data = user_data;
  intake->timer = evtimer_new(base, timer_cb, intake);
  return intake;
}

void intake_free(Intake *intake) {
  if (!intake)
    return;
  g_queue_clear_full(&intake->held, (GDestroyNotify)delivery_free);
  backlog_clear(&intake->backlog);
  event_free(intake->timer);
  g_free(intake);
}

void intake_set_slowed(Intake *intake, IntakeSlowed slowed, gpointer user_data) {
  intake->slowed = slowed;
  intake->slowed_data = user_data;
}

void intake_set_bounded(Intake *intake, gboolean is_bounded) {
  intake->is_unbounded = !is_bounded;
}

Backlog *intake_backlog(Intake *intake) {
  return &intake->backlog;
}

static gsize octets_of(const Delivery *delivery) {
  return delivery->block ? delivery->block->len + delivery->body->len : 0;
}

/* Passing on */

static void pass_on(Intake *intake, Delivery *delivery) {
  guint64 n_octets = delivery->n_octets;
  guint64 ticket = intake->admit(delivery, intake->admit_data);
  backlog_add(&intake->backlog, ticket, n_octets, g_get_monotonic_time());
  delivery_report(delivery);
}

static BacklogReason reason_to_hold(const Intake *intake) {
  return intake->is_unbounded ? BACKLOG_FLOWS : backlog_reason(&intake->backlog, g_get_monotonic_time());
}

static void wait_to_look(Intake *intake) {
  static const struct timeval pause = {.tv_usec = LOOK_US};
  if (!event_pending(intake->timer, EV_TIMEOUT, NULL))
    event_add(intake->timer, &pause);
}

static void hold(Intake *intake, Delivery *delivery, BacklogReason reason) {
  gint64 now_us = g_get_monotonic_time();
  gboolean keeps = intake->held_octets + octets_of(delivery) <= INDEXER_BACKLOG_OCTETS;
  if (!keeps)
    delivery_drop_octets(delivery);
  intake->held_octets += octets_of(delivery);
  delivery->held_since_us = now_us;
  g_queue_push_tail(&intake->held, delivery);
  intake->reason = reason;
  intake->held_us = now_us;
  if (intake->begun_us == 0)
    intake->begun_us = now_us;
  wait_to_look(intake);
}

void intake_offer(Intake *intake, Delivery *delivery) {
  BacklogReason reason = reason_to_hold(intake);
  if (!g_queue_is_empty(&intake->held)) /* in their order */
    reason = reason == BACKLOG_FLOWS ? intake->reason : reason;
  if (reason == BACKLOG_FLOWS)
    pass_on(intake, delivery);
  else
    hold(intake, delivery, reason);
}

static void release_first(Intake *intake) {
  Delivery *delivery = g_queue_pop_head(&intake->held);
  histogram_add(&intake->delays, g_get_monotonic_time() - delivery->held_since_us);
  intake->held_octets -= octets_of(delivery);
  pass_on(intake, delivery);
}

void intake_look(Intake *intake) {
  while (!g_queue_is_empty(&intake->held) && reason_to_hold(intake) == BACKLOG_FLOWS)
    release_first(intake);
}

/* A report may bring the next one, which is then not for this call. */
Delivery *intake_steal(Intake *intake) {
  Delivery *first = NULL;
  for (Delivery *delivery; (delivery = g_queue_pop_tail(&intake->held));) {
    delivery->next = first;
    first = delivery;
  }
  intake->held_octets = 0;
  return first;
}

/* Whether it is slow */

static void set_slowed(Intake *intake, gboolean is_slowed) {
  intake->is_slowed = is_slowed;
  const IntakeStats stats = intake_stats(intake);
  if (intake->slowed)
    intake->slowed(&stats, intake->slowed_data);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  Intake *intake = user_data;
  gint64 now_us = g_get_monotonic_time();
  intake_look(intake); /* time alone may let them go */
  gboolean is_held = !g_queue_is_empty(&intake->held);
  if (is_held)
    intake->held_us = now_us;
  if (!intake->is_slowed && now_us - intake->begun_us >= INTAKE_BEGIN_US && now_us - intake->held_us < INTAKE_BEGIN_US)
    set_slowed(intake, TRUE);
  if (now_us - intake->held_us < INTAKE_END_US) {
    wait_to_look(intake);
    return;
  }
  intake->begun_us = 0;
  if (intake->is_slowed)
    set_slowed(intake, FALSE);
}

IntakeStats intake_stats(const Intake *intake) {
  gint64 now_us = g_get_monotonic_time();
  return (IntakeStats){
      .n_waiting = intake->backlog.waiting.length,
      .n_waiting_octets = intake->backlog.n_octets,
      .n_waiting_max = backlog_mails_max(&intake->backlog, now_us),
      .n_waiting_octets_max = backlog_octets_max(&intake->backlog, now_us),
      .n_held = intake->held.length,
      .is_slowed = intake->is_slowed,
      .reason = intake->reason,
      .delays = intake->delays,
  };
}
