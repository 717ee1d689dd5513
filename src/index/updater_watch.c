/* What other programs do in the Maildir: followed, and compared as a whole. */
#include "index/updater_private.h"

enum {
  SCAN_AT_ONCE = 20000, /* messages that are added one after the other, by their time */
  FOLLOW_BETWEEN_US = 200 * 1000,
  SCAN_STEP_US = 10 * 1000,    /* between looks at the tasks */
  SCAN_PAUSE_US = 1000 * 1000, /* at least, between two scans */
  VANISH_DELAY_US = 100 * 1000 /* a file that is gone may appear elsewhere just now */
};

/* --- following other programs */

static void vanished_free(Vanished *vanished) {
  mail_file_clear(&vanished->file);
  g_free(vanished);
}

static void take(Updater *updater, gboolean (*change)(IndexSync *work, const MailFile *file, GError **error),
                 const MailFile *file) {
  IndexSync *work = updater_work(updater);
  g_autoptr(GError) error = NULL;

  if (!work)
    return; /* the scan that follows will find it */
  if (!change(work, file, &error))
    updater_fail(updater, g_steal_pointer(&error));
  else
    updater_commit_if_long(updater);
  updater_commit_soon(updater);
}

static void changed_cb(FollowKind kind, const MailFile *file, gpointer user_data) {
  Updater *updater = user_data;

  switch (kind) {
  case FOLLOW_APPEARED:
    take(updater, index_sync_appear, file);
    break;
  case FOLLOW_WRITTEN:
    take(updater, index_sync_rewrite, file);
    break;
  case FOLLOW_GONE: {
    Vanished *vanished = g_new(Vanished, 1);
    *vanished = (Vanished){{file->directory, g_strdup(file->name)}, g_get_monotonic_time() + VANISH_DELAY_US};
    g_queue_push_tail(&updater->vanished, vanished);
    break;
  }
  case FOLLOW_LOST:
    updater_want_scan(updater, SCAN_WANTED);
    break;
  }
}

static void take_vanished(Updater *updater, gint64 until_us) {
  Vanished *vanished;

  while ((vanished = g_queue_peek_head(&updater->vanished)) && vanished->due_us <= until_us) {
    g_queue_pop_head(&updater->vanished);
    take(updater, index_sync_vanish, &vanished->file);
    vanished_free(vanished);
  }
}

/* On any thread. */
static void stirred_cb(gpointer data) {
  Updater *updater = data;

  g_atomic_int_set(&updater->is_stirred, TRUE);
  updater_wake(updater);
}

static void follow(Updater *updater) {
  g_atomic_int_set(&updater->is_stirred, FALSE);
  follow_read(updater->follow);
}

/* --- comparing all */

static void start_scan(Updater *updater) {
  IndexSync *work = updater_work(updater);

  if (!work)
    return;
  updater->scan = index_scan_new(work, updater->scan_wish != SCAN_WANTED_ALL, SCAN_AT_ONCE);
  updater->scan_wish = SCAN_NONE;
}

static void end_scan(Updater *updater) {
  g_clear_pointer(&updater->scan, index_scan_free);
  updater->has_scanned = TRUE;
  updater_tend_soon(updater); /* also what an earlier run left */
  updater->scan_due_us = g_get_monotonic_time() + SCAN_PAUSE_US;
  if (updater->scan_wish != SCAN_NONE)
    return;
  updater->is_whole = TRUE;
  updater->is_behind = FALSE;
  updater->work.live_since_us = 0; /* all were seen, so what is found from now on is new */
}

static void scan_on(Updater *updater) {
  if (!updater->scan || !updater_work(updater))
    return;
  g_autoptr(GError) error = NULL;
  switch (index_scan_step(updater->scan, g_get_monotonic_time() + SCAN_STEP_US, &error)) {
  case INDEX_SCAN_FAILED:
    updater_fail(updater, g_steal_pointer(&error));
    return;
  case INDEX_SCAN_DONE:
    /* Before limits are held to them: totals on disk may be another's. */
    if (!updater->is_whole && !index_write_recount(updater->work.writer, &error)) {
      updater_fail(updater, g_steal_pointer(&error));
      return;
    }
    end_scan(updater);
    if (updater->is_whole && !index_uids_settle(index_write_uids(updater->work.writer), &error)) {
      updater_fail(updater, g_steal_pointer(&error));
      return;
    }
    updater_read_notes(updater);
    updater_commit(updater);
    return;
  case INDEX_SCAN_MORE:
    updater_commit_if_long(updater);
    return;
  }
}

/* --- as a whole */

static Follow *start_following(Updater *updater) {
  return follow_new(updater->parts->followers, updater->parts->maildir,
                    &(FollowEvents){.changed = changed_cb, .stirred = stirred_cb, .user_data = updater});
}

void updater_watch_open(Updater *updater) {
  updater->work.live_since_us = g_get_real_time();
  updater->follow = start_following(updater);
  updater->scan_wish = SCAN_WANTED;
}

void updater_watch_renew(Updater *updater) {
  follow(updater);
  follow_free(updater->follow);
  updater->follow = start_following(updater);
  updater->scan_due_us = 0;
  updater_want_scan(updater, SCAN_WANTED);
}

void updater_watch_close(Updater *updater) {
  g_clear_pointer(&updater->scan, index_scan_free);
  g_clear_pointer(&updater->follow, follow_free);
  g_queue_clear_full(&updater->vanished, (GDestroyNotify)vanished_free);
}

void updater_watch_in_between(Updater *updater) {
  gint64 now_us = g_get_monotonic_time();

  if (now_us - updater->followed_us < FOLLOW_BETWEEN_US)
    return;
  updater->followed_us = now_us;
  follow(updater);
}

void updater_catch_up(Updater *updater) {
  follow(updater);
  take_vanished(updater, G_MAXINT64);
}

gint64 updater_watch_due_us(const Updater *updater) {
  gint64 due_us = follow_is_told(updater->follow) ? UPDATER_NEVER : updater->follow_due_us;
  const Vanished *vanished = g_queue_peek_head((GQueue *)&updater->vanished);

  if (vanished)
    due_us = updater_earlier(due_us, vanished->due_us);
  if (updater->scan)
    return g_get_monotonic_time();
  return updater->scan_wish != SCAN_NONE ? updater_earlier(due_us, updater->scan_due_us) : due_us;
}

void updater_watch_follow_due(Updater *updater, gint64 now_us) {
  gboolean is_told = follow_is_told(updater->follow);

  if (is_told ? g_atomic_int_get(&updater->is_stirred) : now_us >= updater->follow_due_us) {
    follow(updater);
    updater->follow_due_us = now_us + FOLLOW_POLL_MS * 1000;
  }
  take_vanished(updater, now_us);
}

void updater_watch_scan_due(Updater *updater, gint64 now_us) {
  if (updater->scan_wish != SCAN_NONE && !updater->scan && !updater->trouble && now_us >= updater->scan_due_us)
    start_scan(updater);
  scan_on(updater);
}
