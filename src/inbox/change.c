#include "inbox/change.h"

void inbox_change_free(InboxChange *change) {
  if (!change)
    return;
  g_clear_pointer(&change->selection.ids, g_ptr_array_unref);
  search_query_free(change->selection.query);
  g_clear_pointer(&change->tags, g_ptr_array_unref);
  g_clear_pointer(&change->tags_off, g_ptr_array_unref);
  g_free(change->name);
  g_free(change->new_name);
  g_free(change);
}
