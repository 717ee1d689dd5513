#include "inbox/inbox_private.h"

void inbox_set_limits(Inbox *inbox, const InboxLimits *limits) {
  index_set_limits(store_index(inbox->store), limits);
}

void inbox_retention_step(Inbox *inbox, InboxRetentionDone done, gpointer user_data) {
  index_retention_step(store_index(inbox->store), done, user_data);
}
