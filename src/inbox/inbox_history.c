#include "inbox/inbox_private.h"

typedef struct HistoryReading {
  guint64 after;
  guint limit;
  InboxHistoryRead done;
  gpointer user_data;
} HistoryReading;

static gpointer history_work(InboxReader *reader, gpointer user_data, GError **error) {
  const HistoryReading *reading = user_data;
  InboxHistoryPage *page = g_new0(InboxHistoryPage, 1);

  if (!inbox_reader_history(reader, reading->after, reading->limit, page, error))
    g_clear_pointer(&page, g_free);
  return page;
}

static void history_answered(gpointer answer, const GError *error, gpointer user_data) {
  HistoryReading *reading = user_data;
  InboxHistoryPage *page = answer;

  reading->done(page, error, reading->user_data);
  if (page)
    inbox_history_page_clear(page);
  g_free(page);
  g_free(reading);
}

void inbox_read_history(Inbox *inbox, guint64 after, guint limit, InboxHistoryRead done, gpointer user_data) {
  HistoryReading *reading = g_new(HistoryReading, 1);

  *reading = (HistoryReading){.after = after, .limit = limit, .done = done, .user_data = user_data};
  inbox_ask(inbox, INBOX_LANE_LISTS, history_work, history_answered, reading);
}
