#include "index/index_scan.h"

#include "inbox/error.h"
#include <errno.h>

/* The messages not known are added in the order in which they came, some thousands at a time, those that came last
 * first: rows in any order, as directories give them, would cost the database ten times as much. To find the next
 * thousands the directories are listed again, which is cheaper than to keep a million names.
 *
 * Renaming while a directory is read may hide a message from both passes over the directories. So those that seem to be
 * gone are looked for in a second round before they go. */
typedef enum {
  PHASE_MEET_NEW,
  PHASE_MEET_CUR,
  PHASE_GATHER_NEW,
  PHASE_GATHER_CUR,
  PHASE_ADD,
  PHASE_COMPARE,
  PHASE_SEEK_NEW,
  PHASE_SEEK_CUR,
  PHASE_REMOVE,
  PHASE_DONE
} Phase;

/* A message to be added. */
typedef struct Gathered {
  gint64 time_us;
  MailFile file;
} Gathered;

struct IndexScan {
  IndexSync *work;
  gboolean expects;
  guint at_once;
  Phase phase;
  DIR *directory;   /* NULL: not begun */
  guint64 last_seq; /* messages beyond it came after the scan began */
  GArray *met;      /* gint64 seq */
  GArray *times;    /* gint64, of messages not known and not gathered yet; sorted from the first gathering on */
  gint64 from_us;   /* which are being gathered; G_MAXINT64: none were yet */
  gint64 until_us;
  GArray *gathered; /* Gathered */
  guint gathered_at;
  GArray *known;       /* gint64 seq, those to be met */
  guint known_at;      /* how far they are compared */
  GHashTable *missing; /* char *id */
};

static void gathered_clear(Gathered *found) {
  mail_file_clear(&found->file);
}

IndexScan *index_scan_new(IndexSync *work, gboolean expects, guint at_once) {
  IndexScan *scan = g_new0(IndexScan, 1);

  scan->work = work;
  scan->expects = expects;
  scan->at_once = at_once;
  scan->last_seq = index_write_totals(work->writer)->last_seq;
  scan->met = g_array_new(FALSE, FALSE, sizeof(gint64));
  scan->times = g_array_new(FALSE, FALSE, sizeof(gint64));
  scan->gathered = g_array_new(FALSE, FALSE, sizeof(Gathered));
  g_array_set_clear_func(scan->gathered, (GDestroyNotify)gathered_clear);
  scan->from_us = G_MAXINT64;
  scan->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return scan;
}

void index_scan_free(IndexScan *scan) {
  if (!scan)
    return;
  if (scan->directory)
    closedir(scan->directory);
  g_array_unref(scan->met);
  g_array_unref(scan->times);
  g_array_unref(scan->gathered);
  g_clear_pointer(&scan->known, g_array_unref);
  g_hash_table_unref(scan->missing);
  g_free(scan);
}

static MailDirectory directory_of(Phase phase) {
  return phase == PHASE_MEET_NEW || phase == PHASE_GATHER_NEW || phase == PHASE_SEEK_NEW ? MAIL_DIRECTORY_NEW
                                                                                         : MAIL_DIRECTORY_CUR;
}

/* Moves *file to the next mail of the directory; its name is lent until the next call. FOUND_NOTHING: there is no more,
 * and the directory is closed. */
static Found next_file(IndexScan *scan, MailFile *file, GError **error) {
  MailDirectory directory = directory_of(scan->phase);

  if (!scan->directory)
    scan->directory = maildir_list(mail_file_directory_fd(scan->work->parts->maildir, directory), error);
  if (!scan->directory)
    return FOUND_FAILED;
  const struct dirent *entry;
  do {
    errno = 0;
    entry = readdir(scan->directory);
  } while (entry && !store_name_is_plain(entry->d_name));
  if (entry) {
    *file = (MailFile){directory, (char *)entry->d_name};
    return FOUND;
  }
  Found found = errno != 0 ? FOUND_FAILED : FOUND_NOTHING;
  if (found == FOUND_FAILED)
    inbox_set_errno(error, errno, "cannot list a directory of the Maildir");
  closedir(scan->directory);
  scan->directory = NULL;
  return found;
}

/* 0: it is gone. */
static gint64 time_of(const IndexScan *scan, const MailFile *file) {
  gint64 time_us = mail_file_time_in_name(file->name);
  gint64 written_us;

  if (time_us == 0)
    (void)mail_file_times(scan->work->parts->maildir, file, &time_us, &written_us);
  return time_us;
}

static gboolean meet(IndexScan *scan, const MailFile *file, GError **error) {
  gint64 seq;

  if (!index_sync_meet(scan->work, file, &seq, error))
    return FALSE;
  gint64 time_us = seq == 0 ? time_of(scan, file) : 0;
  if (seq != 0)
    g_array_append_val(scan->met, seq);
  else if (time_us != 0)
    g_array_append_val(scan->times, time_us);
  return TRUE;
}

/* --- adding */

static gint compare_numbers(gconstpointer a, gconstpointer b) {
  gint64 first = *(const gint64 *)a;
  gint64 second = *(const gint64 *)b;

  return (first > second) - (first < second);
}

/* Chooses which are gathered next. FALSE: there are no more. */
static gboolean plan(IndexScan *scan) {
  GArray *times = scan->times;

  if (times->len == 0)
    return FALSE;
  if (scan->from_us == G_MAXINT64)
    g_array_sort(times, compare_numbers);
  scan->until_us = scan->from_us;
  guint n_left = times->len > scan->at_once ? times->len - scan->at_once : 0;
  scan->from_us = n_left > 0 ? g_array_index(times, gint64, n_left) : 0;
  while (n_left > 0 && g_array_index(times, gint64, n_left - 1) == scan->from_us)
    n_left--; /* those of the same time come along */
  g_array_set_size(times, n_left);
  g_array_set_size(scan->gathered, 0);
  scan->gathered_at = 0;
  return TRUE;
}

static void gather(IndexScan *scan, const MailFile *file) {
  gint64 time_us = time_of(scan, file);

  if (time_us >= MAX(scan->from_us, 1) && time_us < scan->until_us) {
    Gathered found = {time_us, {file->directory, g_strdup(file->name)}};
    g_array_append_val(scan->gathered, found);
  }
}

static gboolean add_one(IndexScan *scan, GError **error) {
  if (scan->gathered_at == 0)
    g_array_sort(scan->gathered, compare_numbers); /* the time stands first */
  const Gathered *found = &g_array_index(scan->gathered, Gathered, scan->gathered_at++);
  gint64 seq;
  if (!index_sync_find(scan->work, &found->file, scan->expects, &seq, error))
    return FALSE;
  if (seq != 0)
    g_array_append_val(scan->met, seq);
  return TRUE;
}

/* --- comparing */

static gboolean seek(IndexScan *scan, const MailFile *file, GError **error) {
  g_autofree char *id = mail_file_id(file->name);

  return !g_hash_table_remove(scan->missing, id) || index_sync_appear(scan->work, file, error);
}

static gboolean prepare_compare(IndexScan *scan, GError **error) {
  g_autofree char *condition = g_strdup_printf("seq <= %" G_GUINT64_FORMAT, scan->last_seq);

  g_array_sort(scan->met, compare_numbers);
  scan->known = index_write_select(scan->work->writer, NULL, condition, error);
  return scan->known != NULL;
}

/* One of the messages known: was it met, or is it where it should be? */
static gboolean compare_one(IndexScan *scan, GError **error) {
  gint64 seq = g_array_index(scan->known, gint64, scan->known_at++);

  if (g_array_binary_search(scan->met, &seq, compare_numbers, NULL))
    return TRUE;
  g_auto(IndexEntry) entry = {0};
  Found found = index_write_get(scan->work->writer, seq, &entry, error);
  if (found != FOUND)
    return found == FOUND_NOTHING; /* removed in the meantime */
  if (!entry.is_sound)             /* were there such a message, it would have been found by now */
    return index_sync_remove(scan->work, &entry, entry.id, error);
  if (!mail_file_exists(scan->work->parts->maildir, &entry.file))
    g_hash_table_add(scan->missing, g_steal_pointer(&entry.id));
  return TRUE;
}

static gboolean remove_one(IndexScan *scan, GError **error) {
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init(&iter, scan->missing);
  if (!g_hash_table_iter_next(&iter, &key, NULL))
    return TRUE;
  g_autofree char *id = key;
  g_hash_table_iter_steal(&iter);
  g_auto(IndexEntry) entry = {0};
  Found found = index_write_find(scan->work->writer, id, &entry, error);
  if (found != FOUND)
    return found == FOUND_NOTHING;
  return mail_file_exists(scan->work->parts->maildir, &entry.file) || index_sync_remove(scan->work, &entry, id, error);
}

static gboolean step_compare(IndexScan *scan, gboolean *out_ended, GError **error) {
  if (!scan->known && !prepare_compare(scan, error))
    return FALSE;
  *out_ended = scan->known_at >= scan->known->len;
  return *out_ended || compare_one(scan, error);
}

static gboolean step_directory(IndexScan *scan, gboolean *out_ended, GError **error) {
  MailFile file;
  Found found = next_file(scan, &file, error);

  *out_ended = found != FOUND;
  if (*out_ended)
    return found == FOUND_NOTHING;
  switch (scan->phase) {
  case PHASE_MEET_NEW:
  case PHASE_MEET_CUR:
    return meet(scan, &file, error);
  case PHASE_GATHER_NEW:
  case PHASE_GATHER_CUR:
    gather(scan, &file);
    return TRUE;
  default:
    return seek(scan, &file, error);
  }
}

/* One message's worth. `*out_ended`: the phase has no more. */
static gboolean step_one(IndexScan *scan, gboolean *out_ended, GError **error) {
  switch (scan->phase) {
  case PHASE_ADD:
    *out_ended = scan->gathered_at >= scan->gathered->len;
    return *out_ended || add_one(scan, error);
  case PHASE_COMPARE:
    return step_compare(scan, out_ended, error);
  case PHASE_REMOVE:
    *out_ended = g_hash_table_size(scan->missing) == 0;
    return *out_ended || remove_one(scan, error);
  default:
    return step_directory(scan, out_ended, error);
  }
}

static Phase next_phase(IndexScan *scan) {
  switch (scan->phase) {
  case PHASE_MEET_CUR:
  case PHASE_ADD:
    return plan(scan) ? PHASE_GATHER_NEW : PHASE_COMPARE;
  case PHASE_COMPARE:
    return g_hash_table_size(scan->missing) > 0 ? PHASE_SEEK_NEW : PHASE_DONE;
  default:
    return scan->phase + 1;
  }
}

IndexScanState index_scan_step(IndexScan *scan, gint64 until_us, GError **error) {
  while (scan->phase != PHASE_DONE) {
    gboolean ended;
    if (!step_one(scan, &ended, error))
      return INDEX_SCAN_FAILED;
    if (ended)
      scan->phase = next_phase(scan);
    if (g_get_monotonic_time() >= until_us)
      break;
  }
  return scan->phase == PHASE_DONE ? INDEX_SCAN_DONE : INDEX_SCAN_MORE;
}
