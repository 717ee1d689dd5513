#include "inbox/inbox_private.h"

typedef struct Change {
  InboxChanged changed;
  gpointer user_data;
} Change;

static void changed_cb(guint64 n_changed, const GError *store_error, gpointer user_data) {
  g_autofree Change *change = user_data;
  g_autoptr(GError) error = inbox_error_from_store(store_error);
  change->changed(n_changed, error, change->user_data);
}

static void make(Inbox *inbox, IndexChange *index_change_made, InboxChanged changed, gpointer user_data) {
  Change *change = g_new(Change, 1);
  *change = (Change){changed, user_data};
  index_change(store_index(inbox->store), index_change_made, changed_cb, change);
}

static MailFlags flags_from(InboxMarks marks) {
  return (marks & INBOX_MARK_READ ? MAIL_FLAG_SEEN : 0) | (marks & INBOX_MARK_FLAGGED ? MAIL_FLAG_FLAGGED : 0);
}

void inbox_mark(Inbox *inbox, InboxSelection selection, InboxMarks set, InboxMarks clear, InboxChanged changed,
                gpointer user_data) {
  const IndexSelection selected = {selection.ids, selection.query};
  make(inbox, index_change_mark(selected, flags_from(set), flags_from(clear)), changed, user_data);
}

void inbox_delete(Inbox *inbox, InboxSelection selection, InboxChanged changed, gpointer user_data) {
  const IndexSelection selected = {selection.ids, selection.query};
  make(inbox, index_change_delete(selected), changed, user_data);
}

void inbox_tag_set(Inbox *inbox, InboxSelection selection, GPtrArray *tags, InboxChanged changed, gpointer user_data) {
  const IndexSelection selected = {selection.ids, selection.query};
  make(inbox, index_change_tag(selected, tags), changed, user_data);
}

void inbox_tag_change(Inbox *inbox, InboxSelection selection, GPtrArray *added, GPtrArray *taken_off,
                      InboxChanged changed, gpointer user_data) {
  const IndexSelection selected = {selection.ids, selection.query};
  make(inbox, index_change_retag(selected, added, taken_off), changed, user_data);
}

void inbox_tag_rename(Inbox *inbox, const char *old_name, const char *new_name, InboxChanged changed,
                      gpointer user_data) {
  make(inbox, index_change_rename_tag(old_name, new_name), changed, user_data);
}

void inbox_tag_remove(Inbox *inbox, const char *name, InboxChanged changed, gpointer user_data) {
  make(inbox, index_change_remove_tag(name), changed, user_data);
}

void inbox_clear_attempts(Inbox *inbox, InboxChanged changed, gpointer user_data) {
  make(inbox, index_change_clear_attempts(), changed, user_data);
}
