/* What other programs do in the Maildir: followed, and compared as a whole. */
#include "store/indexer_state.h"

enum {
  SCAN_AT_ONCE = 20000, /* mails that are added one behind the other, by their time */
  FOLLOW_BETWEEN_US = 200 * 1000,
  SCAN_STEP_US = 10 * 1000,    /* between looks at the tasks */
  SCAN_PAUSE_US = 1000 * 1000, /* at least, between two scans */
  VANISH_DELAY_US = 100 * 1000 /* a file that is gone may appear elsewhere just now */
};

/* Following other programs */

static void vanished_free(Vanished *vanished) {
  mail_file_clear(&vanished->file);
  g_free(vanished);
}

static void take(Indexer *indexer, gboolean (*change)(IndexWork *work, const MailFile *file, GError **error),
                 const MailFile *file) {
  IndexWork *work = indexer_work(indexer);
  g_autoptr(GError) error = NULL;
  if (!work)
    return; /* the scan that follows will find it */
  if (!change(work, file, &error))
    indexer_fail(indexer, g_steal_pointer(&error));
  else
    indexer_commit_if_long(indexer);
  indexer_commit_soon(indexer);
}

static void changed_cb(FollowKind kind, const MailFile *file, gpointer user_data) {
  Indexer *indexer = user_data;
  switch (kind) {
  case FOLLOW_APPEARED:
    take(indexer, index_work_appear, file);
    break;
  case FOLLOW_WRITTEN:
    take(indexer, index_work_rewrite, file);
    break;
  case FOLLOW_GONE: {
    Vanished *vanished = g_new(Vanished, 1);
    *vanished = (Vanished){{file->folder, g_strdup(file->name)}, g_get_monotonic_time() + VANISH_DELAY_US};
    g_queue_push_tail(&indexer->vanished, vanished);
    break;
  }
  case FOLLOW_LOST:
    indexer_want_scan(indexer, SCAN_WANTED);
    break;
  }
}

static void take_vanished(Indexer *indexer, gint64 until_us) {
  Vanished *vanished;
  while ((vanished = g_queue_peek_head(&indexer->vanished)) && vanished->due_us <= until_us) {
    g_queue_pop_head(&indexer->vanished);
    take(indexer, index_work_vanish, &vanished->file);
    vanished_free(vanished);
  }
}

static void follow_cb(evutil_socket_t fd, short what, void *user_data) {
  Indexer *indexer = user_data;
  follow_read(indexer->follow);
}

/* Comparing all */

static void start_scan(Indexer *indexer) {
  IndexWork *work = indexer_work(indexer);
  if (!work)
    return;
  indexer->scan = index_scan_new(work, indexer->scan_wish != SCAN_WANTED_ALL, SCAN_AT_ONCE);
  indexer->scan_wish = SCAN_NONE;
}

static void end_scan(Indexer *indexer) {
  g_clear_pointer(&indexer->scan, index_scan_free);
  indexer->has_scanned = TRUE;
  indexer_tend_soon(indexer); /* also what an earlier run left */
  indexer->scan_due_us = g_get_monotonic_time() + SCAN_PAUSE_US;
  if (indexer->scan_wish != SCAN_NONE)
    return;
  indexer->is_whole = TRUE;
  indexer->is_behind = FALSE;
  indexer->work.live_since_us = 0; /* all were seen, so what is found from now on is new */
}

static void scan_on(Indexer *indexer) {
  if (!indexer->scan || !indexer_work(indexer))
    return;
  g_autoptr(GError) error = NULL;
  switch (index_scan_step(indexer->scan, g_get_monotonic_time() + SCAN_STEP_US, &error)) {
  case INDEX_SCAN_FAILED:
    indexer_fail(indexer, g_steal_pointer(&error));
    return;
  case INDEX_SCAN_DONE:
    /* Before limits are held to them: totals on disk may be another's. */
    if (!indexer->is_whole && !index_write_recount(indexer->work.writer, &error)) {
      indexer_fail(indexer, g_steal_pointer(&error));
      return;
    }
    end_scan(indexer);
    indexer_commit(indexer);
    return;
  case INDEX_SCAN_MORE:
    indexer_commit_if_long(indexer);
    return;
  }
}

/* As a whole */

void indexer_watch_open(Indexer *indexer) {
  indexer->work.live_since_us = g_get_real_time();
  indexer->follow = follow_new(indexer->parts->maildir, changed_cb, indexer);
  if (follow_fd(indexer->follow) >= 0) {
    indexer->follow_event =
        event_new(indexer->base, follow_fd(indexer->follow), EV_READ | EV_PERSIST, follow_cb, indexer);
    event_add(indexer->follow_event, NULL);
  }
  indexer->scan_wish = SCAN_WANTED;
}

void indexer_watch_close(Indexer *indexer) {
  g_clear_pointer(&indexer->scan, index_scan_free);
  g_clear_pointer(&indexer->follow_event, event_free);
  g_clear_pointer(&indexer->follow, follow_free);
  g_queue_clear_full(&indexer->vanished, (GDestroyNotify)vanished_free);
}

void indexer_watch_in_between(Indexer *indexer) {
  gint64 now_us = g_get_monotonic_time();
  if (now_us - indexer->followed_us < FOLLOW_BETWEEN_US)
    return;
  indexer->followed_us = now_us;
  follow_read(indexer->follow);
}

void indexer_catch_up(Indexer *indexer) {
  follow_read(indexer->follow);
  take_vanished(indexer, G_MAXINT64);
}

gint64 indexer_watch_due_us(const Indexer *indexer) {
  gint64 due_us = indexer->follow_event ? INDEXER_NEVER : indexer->follow_due_us;
  const Vanished *vanished = g_queue_peek_head((GQueue *)&indexer->vanished);
  if (vanished)
    due_us = indexer_earlier(due_us, vanished->due_us);
  if (indexer->scan)
    return g_get_monotonic_time();
  return indexer->scan_wish != SCAN_NONE ? indexer_earlier(due_us, indexer->scan_due_us) : due_us;
}

void indexer_watch_follow_due(Indexer *indexer, gint64 now_us) {
  if (!indexer->follow_event && now_us >= indexer->follow_due_us) {
    follow_read(indexer->follow);
    indexer->follow_due_us = now_us + FOLLOW_POLL_MS * 1000;
  }
  take_vanished(indexer, now_us);
}

void indexer_watch_scan_due(Indexer *indexer, gint64 now_us) {
  if (indexer->scan_wish != SCAN_NONE && !indexer->scan && !indexer->trouble && now_us >= indexer->scan_due_us)
    start_scan(indexer);
  scan_on(indexer);
}
