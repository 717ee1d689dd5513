#pragma once
/* What happened to the messages after a certain number, as it is kept over restarts.
 *
 * Owns: an InboxHistoryPage its events.
 * Thread: whoever has it. */
#include "inbox/event.h"

typedef struct InboxHistoryPage {
  GPtrArray *events;     /* InboxEvent *, by number. Of a message the first and the last are told, as it is now */
  gboolean is_forgotten; /* not all is known any more: list again */
  gboolean has_more;
} InboxHistoryPage;

void inbox_history_page_clear(InboxHistoryPage *page);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InboxHistoryPage, inbox_history_page_clear)
