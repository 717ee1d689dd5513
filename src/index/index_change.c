#include "index/index_change.h"

#include "index/index_remove.h"
#include "index/index_tag.h"
#include "index/index_transcript.h"
#include "maildir/error.h"
#include <errno.h>
#include <string.h>

struct IndexChange {
  IndexTask task;                                                                     /* first */
  gboolean (*make)(IndexChange *change, IndexSync *work, gint64 seq, GError **error); /* for each message */
  gboolean (*make_all)(IndexChange *change, IndexSync *work, GError **error);         /* or once */
  IndexSelection selection;
  MailFlags set;
  MailFlags clear;
  GPtrArray *tags; /* those to be, or to be added */
  GPtrArray *tags_off;
  char *name;
  char *new_name;
  gboolean is_of_no_mail;
  gboolean was_parked;
  guint last_count; /* messages that we began later, by their names, came after the change was asked for */
  Updater *updater;
  LoopQueue *queue;
  guint64 n_changed;
  guint64 n_told;
  GError *error;
  IndexChanged changed;
  gpointer user_data;
};

static void change_free(IndexChange *change) {
  g_clear_pointer(&change->selection.ids, g_ptr_array_unref);
  search_query_free(change->selection.query);
  g_clear_pointer(&change->tags, g_ptr_array_unref);
  g_clear_pointer(&change->tags_off, g_ptr_array_unref);
  g_clear_error(&change->error);
  g_free(change->name);
  g_free(change->new_name);
  g_free(change);
}

static void done_cb(gpointer data) {
  IndexChange *change = data;
  change->changed(change->n_changed, change->error, change->user_data);
  change_free(change);
}

/* Which messages */

/* FALSE with no error: it is gone meanwhile. */
static gboolean get(IndexSync *work, gint64 seq, IndexEntry *entry, GError **error) {
  return index_write_get(work->writer, seq, entry, error);
}

static GArray *select_ids(const GPtrArray *ids, IndexWriter *writer, GError **error) {
  g_autoptr(GArray) seqs = g_array_new(FALSE, FALSE, sizeof(gint64));
  for (guint i = 0; i < ids->len; i++) {
    g_autoptr(GError) reason = NULL;
    g_auto(IndexEntry) entry = {0};
    if (index_write_find(writer, g_ptr_array_index(ids, i), &entry, &reason))
      g_array_append_val(seqs, entry.seq);
    if (reason) {
      g_propagate_error(error, g_steal_pointer(&reason));
      return NULL;
    }
  }
  return g_steal_pointer(&seqs);
}

/* Takes out the messages that came while the change was parked. */
static gboolean leave_later_messages(const IndexChange *change, IndexSync *work, GArray *seqs, GError **error) {
  guint n_kept = 0;
  for (guint i = 0; i < seqs->len; i++) {
    gint64 seq = g_array_index(seqs, gint64, i);
    g_autoptr(GError) reason = NULL;
    g_auto(IndexEntry) entry = {0};
    if (get(work, seq, &entry, &reason) &&
        maildir_count_in_name(work->parts->maildir, entry.file.name) <= change->last_count)
      g_array_index(seqs, gint64, n_kept++) = seq;
    if (reason) {
      g_propagate_error(error, g_steal_pointer(&reason));
      return FALSE;
    }
  }
  g_array_set_size(seqs, n_kept);
  return TRUE;
}

/* Their seqs; NULL: an error. */
static GArray *select_messages(const IndexChange *change, IndexSync *work, GError **error) {
  const IndexSelection *selection = &change->selection;
  g_autoptr(GArray) seqs = selection->ids ? select_ids(selection->ids, work->writer, error)
                                          : index_write_select(work->writer, selection->query, NULL, error);
  if (!seqs || (change->was_parked && !leave_later_messages(change, work, seqs, error)))
    return NULL;
  return g_steal_pointer(&seqs);
}

/* Too many are not told one by one: whoever listens reads the list again. */
static gboolean tell(IndexChange *change, IndexSync *work, gint64 seq, GError **error) {
  change->n_changed++;
  if (change->n_told < INDEX_CHANGE_TOLD_MAX) {
    change->n_told++;
    return index_sync_tell_changed(work, seq, error);
  }
  if (change->n_told == INDEX_CHANGE_TOLD_MAX)
    index_sync_tell(work, INDEX_EVENT_MANY, NULL, NULL);
  change->n_told = INDEX_CHANGE_TOLD_MAX + 1;
  return TRUE;
}

/* Marks */

static gboolean rename_file(IndexSync *work, const MailFile *from, const MailFile *to, GError **error) {
  const StoreParts *parts = work->parts;
  const Maildir *maildir = parts->maildir;
  if (parts->io->rename(parts->io, mail_file_directory_fd(maildir, from->directory), from->name,
                        mail_file_directory_fd(maildir, to->directory), to->name) == 0)
    return TRUE;
  if (errno == ENOENT) { /* somebody was faster; that will be told */
    g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "the message no longer exists");
    return FALSE;
  }
  store_set_errno(error, errno, "cannot mark the message %s/%s", maildir->path, from->name);
  return FALSE;
}

static gboolean mark_one(IndexChange *change, IndexSync *work, gint64 seq, GError **error) {
  g_auto(IndexEntry) entry = {0};
  g_autoptr(GError) reason = NULL;
  if (!get(work, seq, &entry, &reason)) {
    if (reason)
      g_propagate_error(error, g_steal_pointer(&reason));
    return reason == NULL;
  }
  if (!entry.is_sound)
    return TRUE; /* no file of ours to rename */
  MailFlags before = mail_file_flags(&entry.file);
  g_auto(MailFile) target = mail_file_with_flags(&entry.file, (before | change->set) & ~change->clear);
  if (strcmp(target.name, entry.file.name) == 0 && target.directory == entry.file.directory)
    return TRUE;
  if (!rename_file(work, &entry.file, &target, &reason)) {
    if (!change->error && !g_error_matches(reason, STORE_ERROR, STORE_ERROR_NOT_FOUND))
      change->error = g_steal_pointer(&reason);
    return TRUE; /* the others go on */
  }
  return index_write_move(work->writer, &entry, &target, error) && tell(change, work, seq, error);
}

IndexChange *index_change_mark(IndexSelection selection, MailFlags set, MailFlags clear) {
  IndexChange *change = g_new0(IndexChange, 1);
  change->selection = selection;
  change->set = set;
  change->clear = clear;
  change->make = mark_one;
  return change;
}

/* Tags */

static gboolean tag_one(IndexChange *change, IndexSync *work, gint64 seq, GError **error) {
  return index_tag_set(index_write_db(work->writer), seq, change->tags, error) && tell(change, work, seq, error);
}

IndexChange *index_change_tag(IndexSelection selection, GPtrArray *tags) {
  IndexChange *change = g_new0(IndexChange, 1);
  change->selection = selection;
  change->tags = index_tag_clean(tags);
  change->make = tag_one;
  g_ptr_array_unref(tags);
  return change;
}

static gboolean retag_one(IndexChange *change, IndexSync *work, gint64 seq, GError **error) {
  sqlite3 *db = index_write_db(work->writer);
  return index_tag_change(db, seq, change->tags, change->tags_off, error) && tell(change, work, seq, error);
}

IndexChange *index_change_retag(IndexSelection selection, GPtrArray *added, GPtrArray *taken_off) {
  IndexChange *change = index_change_tag(selection, added);
  change->tags_off = index_tag_clean(taken_off);
  change->make = retag_one;
  g_ptr_array_unref(taken_off);
  return change;
}

static gboolean check_new_name(const char *name, GError **error) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  g_ptr_array_add(names, (gpointer)name);
  g_autoptr(GPtrArray) clean = index_tag_clean(names);
  if (clean->len == 1 && strcmp(g_ptr_array_index(clean, 0), name) == 0)
    return TRUE;
  g_set_error(error, STORE_ERROR, STORE_ERROR_INVALID, "this is not a valid tag: use letters, digits and ._@-");
  return FALSE;
}

static gboolean change_tag_itself(IndexChange *change, IndexSync *work, GError **error) {
  sqlite3 *db = index_write_db(work->writer);
  if (change->new_name && !check_new_name(change->new_name, error))
    return FALSE;
  g_autoptr(GArray) seqs = index_tag_messages(db, change->name, error);
  if (!seqs || !(change->new_name ? index_tag_rename(db, change->name, change->new_name, error)
                                  : index_tag_remove(db, change->name, error)))
    return FALSE;
  for (guint i = 0; i < seqs->len; i++)
    if (!tell(change, work, g_array_index(seqs, gint64, i), error))
      return FALSE;
  return TRUE;
}

IndexChange *index_change_rename_tag(const char *old_name, const char *new_name) {
  IndexChange *change = index_change_remove_tag(old_name);
  change->new_name = g_strdup(new_name);
  return change;
}

IndexChange *index_change_remove_tag(const char *name) {
  IndexChange *change = g_new0(IndexChange, 1);
  change->name = g_strdup(name);
  change->make_all = change_tag_itself;
  return change;
}

/* Deleting */

/* When all messages go, their rows are removed at the end, together. */
static gboolean delete_messages(IndexChange *change, IndexSync *work, GError **error) {
  g_autoptr(GArray) seqs = select_messages(change, work, error);
  if (!seqs)
    return FALSE;
  gboolean all_go =
      !change->selection.ids && !change->selection.query && seqs->len == index_write_totals(work->writer)->n_messages;
  g_auto(IndexRemoval) removal = {0};
  for (guint at = 0; at < seqs->len; at += INDEX_REMOVE_TOGETHER) {
    guint n_seqs = MIN(seqs->len - at, INDEX_REMOVE_TOGETHER);
    gboolean ok = index_remove_messages(change->updater, work, &g_array_index(seqs, gint64, at), n_seqs, !all_go,
                                        &removal, error);
    change->n_changed = removal.n_messages;
    if (!change->error)
      change->error = g_steal_pointer(&removal.error);
    if (!ok)
      return FALSE;
    if (!all_go && (!updater_commit(change->updater) || !updater_work(change->updater)))
      return TRUE; /* dealt with; the scan takes the rest out */
  }
  if (!all_go)
    return TRUE;
  if (change->error) { /* some are left */
    updater_compare(change->updater);
    return TRUE;
  }
  index_sync_tell(work, INDEX_EVENT_CLEARED, NULL, NULL);
  return index_write_clear(work->writer, error);
}

IndexChange *index_change_delete(IndexSelection selection) {
  IndexChange *change = g_new0(IndexChange, 1);
  change->selection = selection;
  change->make_all = delete_messages;
  return change;
}

static gboolean clear_attempts(IndexChange *change, IndexSync *work, GError **error) {
  if (!index_attempts_clear(index_write_db(work->writer), &change->n_changed, error))
    return FALSE;
  if (change->n_changed > 0)
    index_sync_tell(work, INDEX_EVENT_ATTEMPTS_CLEARED, NULL, NULL);
  return TRUE;
}

IndexChange *index_change_clear_attempts(void) {
  IndexChange *change = g_new0(IndexChange, 1);
  change->is_of_no_mail = TRUE;
  change->make_all = clear_attempts;
  return change;
}

/* The task */

static gboolean make_each(IndexChange *change, IndexSync *work, GError **error) {
  g_autoptr(GArray) seqs = select_messages(change, work, error);
  if (!seqs)
    return FALSE;
  for (guint i = 0; i < seqs->len; i++) {
    if (!change->make(change, work, g_array_index(seqs, gint64, i), error))
      return FALSE;
    if (!updater_commit_if_long(change->updater) || !updater_work(change->updater)) {
      g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED, "the index could not be written");
      return TRUE; /* dealt with */
    }
  }
  return TRUE;
}

/* What was asked for and cannot be is no failure of the index. */
static gboolean is_rejection(const GError *error) {
  return g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND) ||
         g_error_matches(error, STORE_ERROR, STORE_ERROR_INVALID) ||
         g_error_matches(error, STORE_ERROR, STORE_ERROR_EXISTS);
}

/* FALSE: all the messages it is about are known, whatever the comparison will still find. */
static gboolean is_about_unknown_messages(const IndexChange *change, IndexSync *work) {
  if (change->is_of_no_mail || !change->selection.ids)
    return !change->is_of_no_mail;
  g_autoptr(GArray) seqs = select_ids(change->selection.ids, work->writer, NULL);
  return seqs && seqs->len < change->selection.ids->len;
}

/* A change covers all messages that were in the Maildir when it was asked for. While they are still compared with the
 * index, the change waits for that, and others do not wait for it. */
static gboolean is_parked(IndexChange *change, Updater *updater) {
  IndexSync *work = updater_is_whole(updater) ? NULL : updater_work(updater);
  if (!work || !is_about_unknown_messages(change, work))
    return FALSE;
  change->was_parked = TRUE;
  return updater_park(updater, &change->task);
}

static void run_change(Updater *updater, IndexTask *task) {
  IndexChange *change = (IndexChange *)task;
  g_autoptr(GError) error = NULL;
  updater_catch_up(updater);
  if (is_parked(change, updater))
    return;
  gboolean is_too_early = change->was_parked && !updater_is_whole(updater);
  IndexSync *work = is_too_early ? NULL : updater_work(updater);
  gboolean made = work && (change->make_all ? change->make_all : make_each)(change, work, &error);
  if (!work)
    g_set_error(&error, STORE_ERROR, STORE_ERROR_FAILED, "the index cannot be written now; try again later");
  if (error && !change->error)
    change->error = g_error_copy(error);
  if (work && !made && !is_rejection(error))
    updater_fail(updater, g_steal_pointer(&error));
  else if (!updater_commit(updater) && !change->error)
    change->error = g_error_new_literal(STORE_ERROR, STORE_ERROR_FAILED, "the index could not be written");
  loop_queue_post(change->queue, done_cb, change);
}

void index_change_push(IndexChange *change, Updater *updater, LoopQueue *queue, guint64 ticket, IndexChanged changed,
                       gpointer user_data) {
  change->task.run = run_change;
  change->last_count = updater_last_count(updater);
  change->updater = updater;
  change->queue = queue;
  change->changed = changed;
  change->user_data = user_data;
  updater_push(updater, &change->task, ticket);
}
