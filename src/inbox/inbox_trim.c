#include "inbox/inbox_private.h"

typedef struct Trim {
  InboxTrimDone done;
  gpointer user_data;
} Trim;

static void done_cb(const IndexTrimmed *trimmed, const GError *store_error, gpointer user_data) {
  g_autofree Trim *trim = user_data;
  g_autoptr(GError) error = inbox_error_from_store(store_error);
  trim->done(trimmed, error, trim->user_data);
}

void inbox_set_limits(Inbox *inbox, const InboxLimits *limits) {
  index_set_limits(store_index(inbox->store), limits);
}

void inbox_trim(Inbox *inbox, InboxTrimDone done, gpointer user_data) {
  Trim *trim = g_new(Trim, 1);
  *trim = (Trim){done, user_data};
  index_trim(store_index(inbox->store), done_cb, trim);
}
