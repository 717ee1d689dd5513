#include "inbox/inbox_private.h"

#include "store/journal.h"

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
  if (!inbox->troubled || g_strcmp0(trouble, inbox->trouble) == 0)
    return;
  g_free(inbox->trouble);
  inbox->trouble = g_strdup(trouble);
  inbox->troubled(trouble, inbox->troubled_data);
}

static void reported_cb(const InboxReport *report, guint64 done_ticket, gpointer user_data) {
  Inbox *inbox = user_data;
  time_indexing(inbox, report->events);
  tell_trouble(inbox, report);
  inbox_events_tell(inbox, report->events);
}

static void storage_changed_cb(const InboxStorageChange *change, gpointer user_data) {
  Inbox *inbox = user_data;
  g_free(inbox->storage_trouble);
  inbox->storage_trouble = g_strdup(change->trouble);
  if (inbox->storage_changed)
    inbox->storage_changed(change, inbox->storage_changed_data);
}

static SummaryIgnored ignored_of(InboxAutoTags tags) {
  static const SummaryIgnored ignored[] = {
      [INBOX_AUTO_TAGS_ALL] = 0,
      [INBOX_AUTO_TAGS_X_TAGS] = SUMMARY_IGNORE_PLUS,
      [INBOX_AUTO_TAGS_PLUS] = SUMMARY_IGNORE_X_TAGS,
      [INBOX_AUTO_TAGS_OFF] = SUMMARY_IGNORE_PLUS | SUMMARY_IGNORE_X_TAGS,
  };
  return ignored[tags];
}

Inbox *inbox_open(const InboxOptions *options, LoopQueue *queue, guint *out_recovered, GError **error) {
  Inbox *inbox = g_new0(Inbox, 1);
  const StoreOptions store_options = {
      .place = options->place,
      .making = (MaildirMaking)options->making,
      .visits = options->visits,
      .file_mode = options->file_mode,
      .durable = options->sync == INBOX_SYNC_ALWAYS,
      .ignored = ignored_of(options->auto_tags),
      .io = store_io_system(),
      .reported = reported_cb,
      .reported_data = inbox,
      .noticed = options->noticed,
      .noticed_data = options->noticed_data,
      .storage_changed = storage_changed_cb,
      .storage_changed_data = inbox,
  };
  inbox->troubled = options->troubled;
  inbox->troubled_data = options->troubled_data;
  inbox->storage_changed = options->storage_changed;
  inbox->storage_changed_data = options->storage_changed_data;
  inbox->store = store_open(&store_options, queue, out_recovered, error);
  if (!inbox->store) {
    g_free(inbox);
    return NULL;
  }
  index_set_slowed(store_index(inbox->store), options->slowed, options->slowed_data);
  inbox_events_init(inbox);
  inbox->commit = g_rc_box_new0(Histogram);
  inbox->first_cursor = (guint64)g_get_real_time();
  inbox->waits = g_ptr_array_new();
  return inbox;
}

guint inbox_held_descriptors(guint64 limit) {
  return journal_held_max(limit);
}

void inbox_leave(Inbox *inbox) {
  maildir_leave(store_maildir(inbox->store));
}

void inbox_close(Inbox *inbox) {
  if (!inbox)
    return;
  inbox_waits_clear(inbox);
  store_close(inbox->store);
  inbox_events_clear(inbox);
  g_ptr_array_unref(inbox->waits);
  g_rc_box_release(inbox->commit);
  g_free(inbox->trouble);
  g_free(inbox->storage_trouble);
  g_free(inbox);
}

InboxStats inbox_stats(Inbox *inbox) {
  const InboxReport *report = index_report(store_index(inbox->store));
  return (InboxStats){
      .n_messages = report->totals.n_messages,
      .n_unread = report->totals.n_unread,
      .n_flagged = report->totals.n_flagged,
      .n_bytes = report->totals.n_bytes,
      .n_waiting = index_backlog(store_index(inbox->store)),
      .is_whole = report->is_whole,
      .is_in_memory = report->is_in_memory,
      .storage_trouble = inbox->storage_trouble,
      .intake = index_intake(store_index(inbox->store)),
      .trouble = report->trouble,
      .commit = *inbox->commit,
      .indexing = inbox->indexing,
  };
}

const char *inbox_slow_reason_name(InboxSlowReason reason) {
  static const char *const names[INBOX_SLOW_REASONS_N] = {
      [INBOX_SLOW_FULL] = "full", [INBOX_SLOW_READING] = "reading", [INBOX_SLOW_LIMITS] = "limits"};

  return names[reason];
}

InboxCursor inbox_now(Inbox *inbox) {
  return index_now(store_index(inbox->store));
}

const char *inbox_place(const Inbox *inbox) {
  return store_path(inbox->store);
}

void inbox_count(Inbox *inbox, InboxCounted counted, gpointer user_data) {
  store_count(inbox->store, counted, user_data);
}

void inbox_measure_space(Inbox *inbox, InboxSpaceMeasured measured, gpointer user_data) {
  store_measure_space(inbox->store, measured, user_data);
}
