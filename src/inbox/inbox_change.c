#include "inbox/inbox_private.h"

static void change(Inbox *inbox, InboxChange change, InboxChanged changed, gpointer user_data) {
  inbox->keeper->table->change(inbox->keeper, g_memdup2(&change, sizeof change), changed, user_data);
}

void inbox_mark(Inbox *inbox, InboxSelection selection, InboxMarks set, InboxMarks clear, InboxChanged changed,
                gpointer user_data) {
  change(inbox, (InboxChange){.kind = INBOX_CHANGE_MARK, .selection = selection, .set = set, .clear = clear}, changed,
         user_data);
}

void inbox_delete(Inbox *inbox, InboxSelection selection, InboxChanged changed, gpointer user_data) {
  change(inbox, (InboxChange){.kind = INBOX_CHANGE_DELETE, .selection = selection}, changed, user_data);
}

void inbox_tag_set(Inbox *inbox, InboxSelection selection, GPtrArray *tags, InboxChanged changed, gpointer user_data) {
  change(inbox, (InboxChange){.kind = INBOX_CHANGE_SET_TAGS, .selection = selection, .tags = tags}, changed, user_data);
}

void inbox_tag_change(Inbox *inbox, InboxSelection selection, GPtrArray *added, GPtrArray *taken_off,
                      InboxChanged changed, gpointer user_data) {
  change(inbox, (InboxChange){.kind = INBOX_CHANGE_TAGS, .selection = selection, .tags = added, .tags_off = taken_off},
         changed, user_data);
}

void inbox_tag_rename(Inbox *inbox, const char *old_name, const char *new_name, InboxChanged changed,
                      gpointer user_data) {
  change(inbox,
         (InboxChange){.kind = INBOX_CHANGE_RENAME_TAG, .name = g_strdup(old_name), .new_name = g_strdup(new_name)},
         changed, user_data);
}

void inbox_tag_remove(Inbox *inbox, const char *name, InboxChanged changed, gpointer user_data) {
  change(inbox, (InboxChange){.kind = INBOX_CHANGE_REMOVE_TAG, .name = g_strdup(name)}, changed, user_data);
}

void inbox_clear_attempts(Inbox *inbox, InboxChanged changed, gpointer user_data) {
  change(inbox, (InboxChange){.kind = INBOX_CHANGE_CLEAR_ATTEMPTS}, changed, user_data);
}
