#include "inbox/inbox_private.h"

/* A new message's cursor is when it was reported to whoever sent it. */
static void time_indexing(Inbox *inbox, const GPtrArray *events) {
  gint64 now_us = g_get_real_time();

  for (guint i = 0; i < events->len; i++) {
    const InboxEvent *event = g_ptr_array_index(events, i);
    if (event->kind == INBOX_EVENT_NEW && event->mail->cursor >= inbox->first_cursor)
      histogram_add(&inbox->indexing, now_us - (gint64)event->mail->cursor);
  }
}

static void tell_trouble(Inbox *inbox, const InboxReport *report) {
  const char *trouble = report->trouble   ? report->trouble
                        : report->problem ? report->problem
                        : report->is_in_memory
                            ? "the index cannot be kept on disk, and is in memory until the next start"
                            : NULL;

  if (!inbox->options.troubled || g_strcmp0(trouble, inbox->trouble) == 0)
    return;
  g_free(inbox->trouble);
  inbox->trouble = g_strdup(trouble);
  inbox->options.troubled(trouble, inbox->options.user_data);
}

static void reported_cb(const InboxReport *report, gpointer user_data) {
  Inbox *inbox = user_data;

  g_free(inbox->report.trouble);
  inbox->report = *report;
  inbox->report.trouble = g_strdup(report->trouble);
  inbox->report.problem = NULL;
  inbox->report.events = NULL;
  time_indexing(inbox, report->events);
  tell_trouble(inbox, report);
  inbox_events_tell(inbox, report);
}

static void storage_changed_cb(const InboxStorageChange *change, gpointer user_data) {
  Inbox *inbox = user_data;

  g_free(inbox->storage_trouble);
  inbox->storage_trouble = g_strdup(change->trouble);
  if (inbox->options.storage_changed)
    inbox->options.storage_changed(change, inbox->options.user_data);
}

static void noticed_cb(const char *text, gpointer user_data) {
  const Inbox *inbox = user_data;

  if (inbox->options.noticed)
    inbox->options.noticed(text, inbox->options.user_data);
}

static void slowed_cb(const InboxIntake *intake, gpointer user_data) {
  const Inbox *inbox = user_data;

  if (inbox->options.slowed)
    inbox->options.slowed(intake, inbox->options.user_data);
}

typedef struct Farewell {
  JobFunc closed;
  gpointer user_data;
} Farewell;

Inbox *inbox_new(InboxKeeper *keeper, LoopQueue *queue, const InboxOptions *options) {
  Inbox *inbox = g_new0(Inbox, 1);

  inbox->keeper = keeper;
  inbox->queue = queue;
  if (options)
    inbox->options = *options;
  inbox->first_cursor = (guint64)g_get_real_time();
  inbox->waits = g_ptr_array_new();
  inbox->farewells = g_array_new(FALSE, FALSE, sizeof(Farewell));
  inbox_events_init(inbox);
  keeper->callbacks = (InboxKeeperCallbacks){
      .reported = reported_cb,
      .storage_changed = storage_changed_cb,
      .noticed = noticed_cb,
      .slowed = slowed_cb,
      .user_data = inbox,
  };
  return inbox;
}

void inbox_add_farewell(Inbox *inbox, JobFunc closed, gpointer user_data) {
  const Farewell farewell = {closed, user_data};

  g_array_append_val(inbox->farewells, farewell);
}

void inbox_leave(Inbox *inbox) {
  inbox->keeper->table->leave(inbox->keeper);
}

static void closed_cb(gpointer data) {
  Inbox *inbox = data;
  JobFunc closed = inbox->closed;
  gpointer user_data = inbox->closed_data;

  for (guint i = 0; i < inbox->farewells->len; i++) {
    const Farewell *farewell = &g_array_index(inbox->farewells, Farewell, i);
    farewell->closed(farewell->user_data);
  }
  inbox_events_clear(inbox);
  g_array_unref(inbox->farewells);
  g_ptr_array_unref(inbox->waits);
  g_free(inbox->report.trouble);
  g_free(inbox->trouble);
  g_free(inbox->storage_trouble);
  g_free(inbox);
  closed(user_data);
}

void inbox_close(Inbox *inbox, JobFunc closed, gpointer user_data) {
  inbox_waits_end(inbox);
  inbox->closed = closed;
  inbox->closed_data = user_data;
  inbox->keeper->callbacks = (InboxKeeperCallbacks){0};
  inbox->keeper->table->close(inbox->keeper, closed_cb, inbox);
}

static void ended_cb(gpointer is_closed) {
  *(gboolean *)is_closed = TRUE;
}

void inbox_end(Inbox *inbox) {
  if (!inbox)
    return;
  struct event_base *base = loop_queue_base(inbox->queue);
  gboolean is_closed = FALSE;
  inbox_close(inbox, ended_cb, &is_closed);
  while (!is_closed)
    event_base_loop(base, EVLOOP_ONCE);
}

InboxStats inbox_stats(Inbox *inbox) {
  const InboxReport *report = &inbox->report;
  const InboxPace pace = inbox->keeper->table->pace(inbox->keeper);

  return (InboxStats){
      .n_messages = report->totals.n_messages,
      .n_unread = report->totals.n_unread,
      .n_flagged = report->totals.n_flagged,
      .n_bytes = report->totals.n_bytes,
      .n_waiting = pace.n_waiting,
      .is_whole = report->is_whole,
      .is_in_memory = report->is_in_memory,
      .storage_trouble = inbox->storage_trouble,
      .intake = pace.intake,
      .trouble = report->trouble,
      .commit = inbox->commit,
      .indexing = inbox->indexing,
  };
}

const char *inbox_slow_reason_name(InboxSlowReason reason) {
  static const char *const names[INBOX_SLOW_REASONS_N] = {
      [INBOX_SLOW_FULL] = "full", [INBOX_SLOW_READING] = "reading", [INBOX_SLOW_LIMITS] = "limits"};

  return names[reason];
}

InboxCursor inbox_now(Inbox *inbox) {
  return inbox->keeper->table->now(inbox->keeper);
}

const char *inbox_place(const Inbox *inbox) {
  return inbox->keeper->table->location(inbox->keeper);
}

void inbox_count(Inbox *inbox, InboxCounted counted, gpointer user_data) {
  inbox->keeper->table->count(inbox->keeper, counted, user_data);
}

void inbox_measure_space(Inbox *inbox, InboxSpaceMeasured measured, gpointer user_data) {
  inbox->keeper->table->measure_space(inbox->keeper, measured, user_data);
}

void inbox_ask(Inbox *inbox, InboxLane lane, InboxWork work, InboxAnswered answered, gpointer user_data) {
  inbox->keeper->table->ask(inbox->keeper, lane, work, answered, user_data);
}

void inbox_keep_transcript(Inbox *inbox, const char *id, char *transcript) {
  inbox->keeper->table->keep_transcript(inbox->keeper, id, transcript);
}

void inbox_keep_attempt(Inbox *inbox, InboxAttempt *attempt) {
  inbox->keeper->table->keep_attempt(inbox->keeper, attempt);
}

void inbox_set_limits(Inbox *inbox, const InboxLimits *limits) {
  inbox->keeper->table->set_limits(inbox->keeper, limits);
}

void inbox_retention_step(Inbox *inbox, InboxRetentionDone done, gpointer user_data) {
  inbox->keeper->table->retention_step(inbox->keeper, done, user_data);
}
