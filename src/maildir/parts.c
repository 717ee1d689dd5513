#include "maildir/parts.h"

/* What is posted may come after the store has gone. */
typedef struct Notice {
  InboxNoticed noticed;
  gpointer user_data;
  char *text;
} Notice;

static void notice_cb(gpointer data) {
  Notice *notice = data;

  notice->noticed(notice->text, notice->user_data);
  g_free(notice->text);
  g_free(notice);
}

void store_parts_notice(const StoreParts *parts, char *text) {
  if (!text || !parts->noticed) {
    g_free(text);
    return;
  }
  Notice *notice = g_new(Notice, 1);
  *notice = (Notice){parts->noticed, parts->noticed_data, text};
  loop_queue_post(parts->queue, notice_cb, notice);
}
