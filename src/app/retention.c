#include "app/retention.h"

#include <string.h>

enum { URGENT_SHARE = 40, URGENT_LEAST = 32 /* over the limits, above which nothing is put off */ };

struct Retention {
  Inbox *inbox; /* NULL: closed */
  Log *log;
  InboxLimits limits;
  InboxSubscription *subscription;
  struct event *timer;
  gint64 age_due_us;    /* when the next mail gets too old, since 1970 */
  gboolean is_asking;   /* an answer is to come */
  guint delay_ms;       /* what the timer was set to */
  gboolean has_changed; /* there is something that was not there when the inbox was asked */
  gboolean has_failed;  /* the last time; the log says so */
  gboolean was_held_up; /* likewise */
  InboxRemoved trimmed; /* what the log does not say yet */
};

/* --- the log */

static const char *const option_names[] = {
    [INBOX_LIMIT_AGE] = "--max-age",
    [INBOX_LIMIT_MESSAGES] = "--max-messages",
    [INBOX_LIMIT_BYTES] = "--max-disk",
};

static char *explain(const InboxLimits *limits, InboxLimit limit) {
  if (limit == INBOX_LIMIT_AGE)
    return g_strdup_printf("older than %" G_GUINT64_FORMAT " s", limits->max_age_us / G_USEC_PER_SEC);
  if (limit == INBOX_LIMIT_MESSAGES)
    return g_strdup_printf("more than %" G_GUINT64_FORMAT " messages", limits->max_messages);
  return g_strdup_printf("more than %" G_GUINT64_FORMAT " bytes", limits->max_bytes);
}

static void log_removed(const Retention *retention, InboxLimit limit) {
  guint64 n_messages = retention->trimmed.removed[limit].n_messages;
  guint64 n_bytes = retention->trimmed.removed[limit].n_bytes;
  g_autofree char *why = explain(&retention->limits, limit);

  log_event(retention->log, LOG_LEVEL_INFO, "retention",
            "deleted the oldest messages, <mails> with <octets> bytes: <why> (--<limit>)",
            LOG_TEXT("limit", option_names[limit] + strlen("--")), LOG_NUMBER("mails", (gint64)n_messages),
            LOG_NUMBER("octets", (gint64)n_bytes), LOG_SAID("why", why));
}

static void log_all(Retention *retention) {
  for (InboxLimit limit = 0; limit < INBOX_LIMITS_N; limit++)
    if (retention->trimmed.removed[limit].n_messages > 0)
      log_removed(retention, limit);
  retention->trimmed = (InboxRemoved){0};
}

static void log_held_up(Retention *retention, gboolean is_held_up) {
  if (is_held_up && !retention->was_held_up)
    log_say(
        retention->log, LOG_LEVEL_WARNING, "retention-held-up",
        "flagged messages, which are kept, use all that --max-messages or --max-disk allows, so each new message is "
        "deleted again; delete or unflag some, or raise the limit");
  retention->was_held_up = is_held_up;
}

static void log_failed(Retention *retention, const GError *error) {
  if (error && !retention->has_failed)
    log_say(retention->log, LOG_LEVEL_ERROR, "retention-failed",
            "messages over the limits cannot be deleted: %s; trying again", error->message);
  retention->has_failed = error != NULL;
}

/* --- asking */

static gboolean is_passed(const Retention *retention, const InboxStats *stats) {
  const InboxLimits *limits = &retention->limits;

  return (limits->max_messages > 0 && stats->n_messages > limits->max_messages) ||
         (limits->max_bytes > 0 && stats->n_bytes > limits->max_bytes);
}

static gboolean is_far_over(guint64 n, guint64 limit) {
  return limit > 0 && n > limit && n - limit > MAX(limit / URGENT_SHARE, URGENT_LEAST);
}

/* Nothing is put off when so much is to be removed that the next messages would have to wait for it. */
static guint soon_ms(const Retention *retention) {
  InboxStats stats = inbox_stats(retention->inbox);
  gboolean is_urgent = is_far_over(stats.n_messages, retention->limits.max_messages) ||
                       is_far_over(stats.n_bytes, retention->limits.max_bytes);

  return is_urgent ? 0 : RETENTION_DELAY_MS;
}

static gboolean is_due(const Retention *retention) {
  InboxStats stats = inbox_stats(retention->inbox);

  if (!stats.is_whole || retention->is_asking)
    return FALSE;
  return (retention->has_changed && is_passed(retention, &stats)) || g_get_real_time() >= retention->age_due_us;
}

static void wait_for(Retention *retention, guint delay_ms) {
  const struct timeval delay = {.tv_sec = delay_ms / 1000, .tv_usec = delay_ms % 1000 * 1000};

  retention->delay_ms = delay_ms;
  event_add(retention->timer, &delay);
}

static void ask(Retention *retention);

static void add_up(Retention *retention, const InboxRemoved *trimmed) {
  for (InboxLimit limit = 0; limit < INBOX_LIMITS_N; limit++) {
    retention->trimmed.removed[limit].n_messages += trimmed->removed[limit].n_messages;
    retention->trimmed.removed[limit].n_bytes += trimmed->removed[limit].n_bytes;
  }
}

static gboolean removed_any(const InboxRemoved *trimmed) {
  for (InboxLimit limit = 0; limit < INBOX_LIMITS_N; limit++)
    if (trimmed->removed[limit].n_messages > 0)
      return TRUE;
  return FALSE;
}

/* What came while the inbox was at work may get too old before what it had then. */
static void note_age(Retention *retention, const InboxRemoved *trimmed) {
  if (retention->limits.max_age_us == 0 || trimmed->is_partial || trimmed->oldest_us == 0)
    return;
  retention->age_due_us = MIN(retention->age_due_us, trimmed->oldest_us + (gint64)retention->limits.max_age_us);
}

static void trimmed_cb(const InboxRemoved *trimmed, const GError *error, gpointer user_data) {
  Retention *retention = user_data;

  retention->is_asking = FALSE;
  add_up(retention, trimmed);
  if (retention->inbox && !error && trimmed->is_partial && removed_any(trimmed)) {
    ask(retention);
    return;
  }
  log_all(retention);
  log_failed(retention, error);
  if (!retention->inbox) {
    g_free(retention);
    return;
  }
  if (error || trimmed->is_partial) { /* to be asked again */
    retention->has_changed = TRUE;
    retention->age_due_us = retention->limits.max_age_us > 0 ? 0 : G_MAXINT64;
  } else {
    log_held_up(retention, trimmed->is_held_up);
    note_age(retention, trimmed);
  }
  guint delay_ms = is_due(retention) ? soon_ms(retention) : RETENTION_WATCH_MS;
  wait_for(retention, error ? RETENTION_RETRY_MS : delay_ms);
}

static void ask(Retention *retention) {
  retention->is_asking = TRUE;
  retention->has_changed = FALSE;
  retention->age_due_us = G_MAXINT64;
  inbox_retention_step(retention->inbox, trimmed_cb, retention);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  Retention *retention = user_data;

  if (is_due(retention))
    ask(retention);
  else
    wait_for(retention, RETENTION_WATCH_MS);
}

/* --- what happens in the inbox */

static void note_mail(Retention *retention, const InboxEvent *event) {
  if (retention->limits.max_age_us == 0)
    return;
  if (!event->mail) /* any may be the oldest now */
    retention->age_due_us = 0;
  else if (!event->mail->is_flagged)
    retention->age_due_us = MIN(retention->age_due_us, event->mail->received_us + (gint64)retention->limits.max_age_us);
}

static void event_cb(const InboxEvent *event, gpointer user_data) {
  Retention *retention = user_data;

  if (event->kind == INBOX_EVENT_DELETED || event->kind == INBOX_EVENT_CLEARED)
    return;
  retention->has_changed = TRUE;
  note_mail(retention, event);
  guint delay_ms = soon_ms(retention);
  if (delay_ms < retention->delay_ms && !retention->has_failed && is_due(retention))
    wait_for(retention, delay_ms);
}

/* --- the whole */

Retention *retention_new(struct event_base *base, Inbox *inbox, Log *log, const InboxLimits *limits) {
  if (limits->max_messages == 0 && limits->max_age_us == 0 && limits->max_bytes == 0)
    return NULL;
  Retention *retention = g_new0(Retention, 1);

  retention->inbox = inbox;
  retention->log = log;
  retention->limits = *limits;
  retention->has_changed = TRUE;
  retention->age_due_us = limits->max_age_us > 0 ? 0 : G_MAXINT64;
  retention->timer = event_new(base, -1, 0, timer_cb, retention);
  inbox_set_limits(inbox, limits);
  retention->subscription = inbox_subscribe(inbox, 0, event_cb, retention);
  wait_for(retention, RETENTION_DELAY_MS);
  return retention;
}

/* Who asks gets an answer, and frees it then. */
void retention_close(Retention *retention) {
  if (!retention)
    return;
  inbox_unsubscribe(retention->subscription);
  retention->inbox = NULL;
  g_clear_pointer(&retention->timer, event_free);
  if (!retention->is_asking)
    g_free(retention);
}
