#include "inbox/inbox_private.h"

InboxDraft *inbox_draft_new(Inbox *inbox, const Envelope *envelope, JobFunc resume, gpointer resume_data) {
  InboxDraft *draft = inbox->keeper->table->begin(inbox->keeper, envelope, resume, resume_data);

  draft->inbox = inbox;
  return draft;
}

gboolean inbox_draft_append(InboxDraft *draft, const guint8 *bytes, gsize n_bytes) {
  return draft->keeper->table->append(draft, bytes, n_bytes);
}

static gboolean fail_without_records(const char *place, GError **error) {
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_INVALID, "records of %s are not kept here", place);
  return FALSE;
}

gboolean inbox_draft_add_record(InboxDraft *draft, const char *place, const char *name, GBytes *bytes, GError **error) {
  const InboxKeeperTable *table = draft->keeper->table;

  return table->add_record ? table->add_record(draft, place, name, bytes, error) : fail_without_records(place, error);
}

gboolean inbox_read_records(Inbox *inbox, const char *place, InboxRecordFound found, gpointer user_data,
                            GError **error) {
  const InboxKeeperTable *table = inbox->keeper->table;

  return table->read_records ? table->read_records(inbox->keeper, place, found, user_data, error)
                             : fail_without_records(place, error);
}

gboolean inbox_delete_record(Inbox *inbox, const char *place, const char *name, GError **error) {
  const InboxKeeperTable *table = inbox->keeper->table;

  return table->delete_record ? table->delete_record(inbox->keeper, place, name, error)
                              : fail_without_records(place, error);
}

/* Who waits for a delivery. */
typedef struct Receipt {
  Inbox *inbox;
  gint64 start_us; /* monotonic */
  InboxDelivered delivered;
  gpointer user_data;
} Receipt;

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  g_autofree Receipt *receipt = user_data;

  if (!error)
    histogram_add(&receipt->inbox->commit, g_get_monotonic_time() - receipt->start_us);
  receipt->delivered(id, error, receipt->user_data);
}

void inbox_draft_commit(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data) {
  Receipt *receipt = g_new(Receipt, 1);

  *receipt = (Receipt){draft->inbox, g_get_monotonic_time(), delivered, user_data};
  draft->keeper->table->commit(draft, bare_lf, delivered_cb, receipt);
}

void inbox_draft_discard(InboxDraft *draft) {
  if (draft)
    draft->keeper->table->discard(draft);
}
