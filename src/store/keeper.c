/* The table by which an inbox asks its store. */
#include "store/store_private.h"

static Index *index_of(InboxKeeper *keeper) {
  return ((Store *)keeper)->index;
}

static Handover *handover_of(InboxKeeper *keeper) {
  return ((Store *)keeper)->handover;
}

static void change(InboxKeeper *keeper, InboxChange *asked, InboxChanged changed, gpointer user_data) {
  index_change(index_of(keeper), asked, changed, user_data);
}

static void set_limits(InboxKeeper *keeper, const InboxLimits *limits) {
  handover_set_limits(handover_of(keeper), limits);
}

static void retention_step(InboxKeeper *keeper, InboxRetentionDone done, gpointer user_data) {
  handover_retention_step(handover_of(keeper), done, user_data);
}

static void keep_transcript(InboxKeeper *keeper, const char *id, char *transcript) {
  index_keep_transcript(index_of(keeper), id, transcript);
}

static void keep_attempt(InboxKeeper *keeper, InboxAttempt *attempt) {
  index_keep_attempt(index_of(keeper), attempt);
}

static void set_awaited(InboxKeeper *keeper, InboxAwaited awaited) {
  handover_set_awaited(handover_of(keeper), awaited);
}

static InboxCursor now(InboxKeeper *keeper) {
  return index_now(index_of(keeper));
}

static gboolean read_records(InboxKeeper *keeper, const char *place, InboxRecordFound found, gpointer user_data,
                             GError **error) {
  g_autoptr(GPtrArray) records = store_read_records((Store *)keeper, place, error);

  for (guint i = 0; records && i < records->len; i++) {
    const DeliveryRecord *record = g_ptr_array_index(records, i);
    found(record->name, record->bytes, user_data);
  }
  return records != NULL;
}

static gboolean delete_record(InboxKeeper *keeper, const char *place, const char *name, GError **error) {
  return store_delete_record((Store *)keeper, place, name, error);
}

static void count(InboxKeeper *keeper, InboxCounted counted, gpointer user_data) {
  store_count((Store *)keeper, counted, user_data);
}

static void measure_space(InboxKeeper *keeper, InboxSpaceMeasured measured, gpointer user_data) {
  store_measure_space((Store *)keeper, measured, user_data);
}

static InboxPace pace(InboxKeeper *keeper) {
  return (InboxPace){index_backlog(index_of(keeper)), handover_stats(handover_of(keeper))};
}

static const char *location(const InboxKeeper *keeper) {
  return ((const Store *)keeper)->parts.maildir->path;
}

static void leave(InboxKeeper *keeper) {
  maildir_leave(((Store *)keeper)->parts.maildir);
}

static void close_keeper(InboxKeeper *keeper, JobFunc closed, gpointer user_data) {
  store_close((Store *)keeper, closed, user_data);
}

const InboxKeeperTable store_keeper_table = {
    .begin = store_draft_new,
    .append = store_draft_append,
    .commit = store_draft_commit,
    .discard = store_draft_discard,
    .add_record = store_draft_add_record,
    .read_records = read_records,
    .delete_record = delete_record,
    .ask = store_ask,
    .change = change,
    .set_limits = set_limits,
    .retention_step = retention_step,
    .keep_transcript = keep_transcript,
    .keep_attempt = keep_attempt,
    .set_awaited = set_awaited,
    .now = now,
    .count = count,
    .measure_space = measure_space,
    .pace = pace,
    .location = location,
    .leave = leave,
    .close = close_keeper,
};
