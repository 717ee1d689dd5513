#include "inbox/history.h"

void inbox_history_page_clear(InboxHistoryPage *page) {
  g_clear_pointer(&page->events, g_ptr_array_unref);
}
