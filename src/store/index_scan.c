#include "store/index_scan.h"

#include "store/error.h"
#include <errno.h>

/* Renaming while a folder is read may hide a mail from both passes over the folders. So those that seem to be gone are
 * looked for in a second round before they go. */
typedef enum {
  PHASE_MEET_NEW,
  PHASE_MEET_CUR,
  PHASE_COMPARE,
  PHASE_SEEK_NEW,
  PHASE_SEEK_CUR,
  PHASE_REMOVE,
  PHASE_DONE
} Phase;

struct IndexScan {
  IndexWork *work;
  gboolean expects;
  Phase phase;
  DIR *folder;         /* NULL: not begun */
  guint64 last_seq;    /* mails beyond it came after the scan began */
  GArray *met;         /* gint64 seq */
  GArray *known;       /* gint64 seq, those to be met */
  guint known_at;      /* how far they are compared */
  GHashTable *missing; /* char *id */
};

IndexScan *index_scan_new(IndexWork *work, gboolean expects) {
  IndexScan *scan = g_new0(IndexScan, 1);
  scan->work = work;
  scan->expects = expects;
  scan->last_seq = index_write_totals(work->writer)->last_seq;
  scan->met = g_array_new(FALSE, FALSE, sizeof(gint64));
  scan->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return scan;
}

void index_scan_free(IndexScan *scan) {
  if (!scan)
    return;
  if (scan->folder)
    closedir(scan->folder);
  g_array_unref(scan->met);
  g_clear_pointer(&scan->known, g_array_unref);
  g_hash_table_unref(scan->missing);
  g_free(scan);
}

static MailFolder folder_of(Phase phase) {
  return phase == PHASE_MEET_NEW || phase == PHASE_SEEK_NEW ? MAIL_FOLDER_NEW : MAIL_FOLDER_CUR;
}

/* Moves *file to the next mail of the folder; its name is lent until the next call. FALSE with no error: there is no
 * more, and the folder is closed. */
static gboolean next_file(IndexScan *scan, MailFile *file, GError **error) {
  MailFolder folder = folder_of(scan->phase);
  if (!scan->folder)
    scan->folder = maildir_list(mail_file_folder_fd(scan->work->parts->maildir, folder), error);
  if (!scan->folder)
    return FALSE;
  const struct dirent *entry;
  do {
    errno = 0;
    entry = readdir(scan->folder);
  } while (entry && entry->d_name[0] == '.');
  if (entry) {
    *file = (MailFile){folder, (char *)entry->d_name};
    return TRUE;
  }
  if (errno != 0)
    store_set_errno(error, errno, "cannot list a folder of the Maildir");
  closedir(scan->folder);
  scan->folder = NULL;
  return FALSE;
}

static gboolean meet(IndexScan *scan, const MailFile *file, GError **error) {
  gint64 seq;
  if (!index_work_meet(scan->work, file, scan->expects, &seq, error))
    return FALSE;
  if (seq != 0)
    g_array_append_val(scan->met, seq);
  return TRUE;
}

static gboolean seek(IndexScan *scan, const MailFile *file, GError **error) {
  g_autofree char *id = index_mail_id(file->name);
  return !g_hash_table_remove(scan->missing, id) || index_work_appear(scan->work, file, error);
}

static gint compare_seqs(gconstpointer a, gconstpointer b) {
  gint64 first = *(const gint64 *)a;
  gint64 second = *(const gint64 *)b;
  return (first > second) - (first < second);
}

static gboolean prepare_compare(IndexScan *scan, GError **error) {
  g_autofree char *condition = g_strdup_printf("seq <= %" G_GUINT64_FORMAT, scan->last_seq);
  g_array_sort(scan->met, compare_seqs);
  scan->known = index_write_select(scan->work->writer, NULL, condition, error);
  return scan->known != NULL;
}

/* One of the mails known: was it met, or is it where it should be? */
static gboolean compare_one(IndexScan *scan, GError **error) {
  gint64 seq = g_array_index(scan->known, gint64, scan->known_at++);
  if (g_array_binary_search(scan->met, &seq, compare_seqs, NULL))
    return TRUE;
  g_autoptr(GError) reason = NULL;
  g_auto(IndexEntry) entry = {0};
  if (index_write_get(scan->work->writer, seq, &entry, &reason)) {
    if (!mail_file_exists(scan->work->parts->maildir, &entry.file))
      g_hash_table_add(scan->missing, index_mail_id(entry.file.name));
    return TRUE;
  }
  if (reason)
    g_propagate_error(error, g_steal_pointer(&reason));
  return reason == NULL; /* removed meanwhile */
}

static gboolean remove_one(IndexScan *scan, GError **error) {
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, scan->missing);
  if (!g_hash_table_iter_next(&iter, &key, NULL))
    return TRUE;
  g_autofree char *id = key;
  g_hash_table_iter_steal(&iter);
  g_autoptr(GError) reason = NULL;
  g_auto(IndexEntry) entry = {0};
  if (index_write_find(scan->work->writer, id, &entry, &reason))
    return mail_file_exists(scan->work->parts->maildir, &entry.file) ||
           index_work_remove(scan->work, &entry, id, error);
  if (reason)
    g_propagate_error(error, g_steal_pointer(&reason));
  return reason == NULL;
}

/* One mail's worth. `*out_ended`: the phase has no more. */
static gboolean step_one(IndexScan *scan, gboolean *out_ended, GError **error) {
  *out_ended = FALSE;
  if (scan->phase == PHASE_COMPARE) {
    if (!scan->known && !prepare_compare(scan, error))
      return FALSE;
    *out_ended = scan->known_at >= scan->known->len;
    return *out_ended || compare_one(scan, error);
  }
  if (scan->phase == PHASE_REMOVE) {
    *out_ended = g_hash_table_size(scan->missing) == 0;
    return *out_ended || remove_one(scan, error);
  }
  MailFile file;
  g_autoptr(GError) reason = NULL;
  if (next_file(scan, &file, &reason))
    return scan->phase <= PHASE_MEET_CUR ? meet(scan, &file, error) : seek(scan, &file, error);
  *out_ended = TRUE;
  if (reason)
    g_propagate_error(error, g_steal_pointer(&reason));
  return reason == NULL;
}

IndexScanState index_scan_step(IndexScan *scan, gint64 until_us, GError **error) {
  while (scan->phase != PHASE_DONE) {
    gboolean ended;
    if (!step_one(scan, &ended, error))
      return INDEX_SCAN_FAILED;
    if (ended)
      scan->phase =
          scan->phase == PHASE_COMPARE && g_hash_table_size(scan->missing) == 0 ? PHASE_DONE : scan->phase + 1;
    if (g_get_monotonic_time() >= until_us)
      break;
  }
  return scan->phase == PHASE_DONE ? INDEX_SCAN_DONE : INDEX_SCAN_MORE;
}
