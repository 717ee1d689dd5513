#include "index/index_change.h"

#include "inbox/error.h"
#include "index/index_remove.h"
#include "index/index_tag.h"
#include "index/index_transcript.h"
#include <errno.h>
#include <string.h>

typedef struct Changing {
  IndexTask task; /* first */
  InboxChange *change;
  GPtrArray *tags; /* cleaned: those to be, or to be added */
  GPtrArray *tags_off;
  gboolean was_parked;
  guint last_count; /* messages that we began later, by their names, came after the change was asked for */
  Updater *updater;
  LoopQueue *queue;
  guint64 n_changed;
  guint64 n_told;
  GError *error;
  InboxChanged changed;
  gpointer user_data;
} Changing;

static void changing_free(Changing *changing) {
  inbox_change_free(changing->change);
  g_clear_pointer(&changing->tags, g_ptr_array_unref);
  g_clear_pointer(&changing->tags_off, g_ptr_array_unref);
  g_clear_error(&changing->error);
  g_free(changing);
}

static void done_cb(gpointer data) {
  Changing *changing = data;

  changing->changed(changing->n_changed, changing->error, changing->user_data);
  changing_free(changing);
}

/* --- which messages */

static GArray *select_ids(const GPtrArray *ids, IndexWriter *writer, GError **error) {
  g_autoptr(GArray) seqs = g_array_new(FALSE, FALSE, sizeof(gint64));

  for (guint i = 0; i < ids->len; i++) {
    g_auto(IndexEntry) entry = {0};
    Found found = index_write_find(writer, g_ptr_array_index(ids, i), &entry, error);
    if (found == FOUND_FAILED)
      return NULL;
    if (found == FOUND)
      g_array_append_val(seqs, entry.seq);
  }
  return g_steal_pointer(&seqs);
}

/* Takes out the messages that came while the change was parked. */
static gboolean leave_later_messages(const Changing *changing, IndexSync *work, GArray *seqs, GError **error) {
  guint n_kept = 0;

  for (guint i = 0; i < seqs->len; i++) {
    gint64 seq = g_array_index(seqs, gint64, i);
    g_auto(IndexEntry) entry = {0};
    Found found = index_write_get(work->writer, seq, &entry, error);
    if (found == FOUND_FAILED)
      return FALSE;
    if (found == FOUND && maildir_count_in_name(work->parts->maildir, entry.file.name) <= changing->last_count)
      g_array_index(seqs, gint64, n_kept++) = seq;
  }
  g_array_set_size(seqs, n_kept);
  return TRUE;
}

/* Their seqs; NULL: an error. */
static GArray *select_messages(const Changing *changing, IndexSync *work, GError **error) {
  const InboxSelection *selection = &changing->change->selection;
  g_autoptr(GArray) seqs = selection->ids ? select_ids(selection->ids, work->writer, error)
                                          : index_write_select(work->writer, selection->query, NULL, error);

  if (!seqs || (changing->was_parked && !leave_later_messages(changing, work, seqs, error)))
    return NULL;
  return g_steal_pointer(&seqs);
}

/* Too many are not told one by one: whoever listens reads the list again. */
static gboolean tell(Changing *changing, IndexSync *work, gint64 seq, GError **error) {
  changing->n_changed++;
  if (changing->n_told < INDEX_CHANGE_TOLD_MAX) {
    changing->n_told++;
    return index_sync_tell_changed(work, seq, error);
  }
  guint64 number = 0;
  gboolean ok = changing->n_told > INDEX_CHANGE_TOLD_MAX || index_sync_tell(work, INBOX_EVENT_MANY, NULL, 0, error);
  changing->n_told = INDEX_CHANGE_TOLD_MAX + 1;
  return ok && index_sync_note_changed(work, seq, &number, error);
}

/* --- marks */

static gboolean rename_file(IndexSync *work, const MailFile *from, const MailFile *to, GError **error) {
  const StoreParts *parts = work->parts;
  const Maildir *maildir = parts->maildir;

  if (parts->io->rename(parts->io, mail_file_directory_fd(maildir, from->directory), from->name,
                        mail_file_directory_fd(maildir, to->directory), to->name) == 0)
    return TRUE;
  if (errno == ENOENT) { /* somebody was faster; that will be told */
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND, "the message no longer exists");
    return FALSE;
  }
  inbox_set_errno(error, errno, "cannot mark the message %s/%s", maildir->path, from->name);
  return FALSE;
}

static MailFlags flags_from(InboxMarks marks) {
  return (marks & INBOX_MARK_READ ? MAIL_FLAG_SEEN : 0) | (marks & INBOX_MARK_FLAGGED ? MAIL_FLAG_FLAGGED : 0);
}

static gboolean mark_one(Changing *changing, IndexSync *work, gint64 seq, GError **error) {
  g_auto(IndexEntry) entry = {0};
  g_autoptr(GError) reason = NULL;
  Found found = index_write_get(work->writer, seq, &entry, error);

  if (found != FOUND)
    return found == FOUND_NOTHING;
  if (!entry.is_sound)
    return TRUE; /* no file of ours to rename */
  MailFlags before = mail_file_flags(&entry.file);
  g_auto(MailFile) target = mail_file_with_flags(&entry.file, (before | flags_from(changing->change->set)) &
                                                                  ~flags_from(changing->change->clear));
  if (strcmp(target.name, entry.file.name) == 0 && target.directory == entry.file.directory)
    return TRUE;
  if (!rename_file(work, &entry.file, &target, &reason)) {
    if (!changing->error && !g_error_matches(reason, INBOX_ERROR, INBOX_ERROR_NOT_FOUND))
      changing->error = g_steal_pointer(&reason);
    return TRUE; /* the others go on */
  }
  return index_write_move(work->writer, &entry, &target, error) && tell(changing, work, seq, error);
}

/* --- tags */

static gboolean tell_tags(Changing *changing, IndexSync *work, gint64 seq, GError **error) {
  return index_write_tagged(work->writer, seq, error) && tell(changing, work, seq, error);
}

static gboolean tag_one(Changing *changing, IndexSync *work, gint64 seq, GError **error) {
  return index_tag_set(index_write_db(work->writer), seq, changing->tags, error) &&
         tell_tags(changing, work, seq, error);
}

static gboolean retag_one(Changing *changing, IndexSync *work, gint64 seq, GError **error) {
  sqlite3 *db = index_write_db(work->writer);

  return index_tag_change(db, seq, changing->tags, changing->tags_off, error) && tell_tags(changing, work, seq, error);
}

static gboolean check_new_name(const char *name, GError **error) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  g_ptr_array_add(names, (gpointer)name);
  g_autoptr(GPtrArray) clean = inbox_tags_clean(names);
  if (clean->len == 1 && strcmp(g_ptr_array_index(clean, 0), name) == 0)
    return TRUE;
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_INVALID, "this is not a valid tag: use letters, digits and ._@-");
  return FALSE;
}

static gboolean change_tag_itself(Changing *changing, IndexSync *work, GError **error) {
  sqlite3 *db = index_write_db(work->writer);

  if (changing->change->new_name && !check_new_name(changing->change->new_name, error))
    return FALSE;
  g_autoptr(GArray) seqs = index_tag_messages(db, changing->change->name, error);
  if (!seqs ||
      !(changing->change->new_name ? index_tag_rename(db, changing->change->name, changing->change->new_name, error)
                                   : index_tag_remove(db, changing->change->name, error)))
    return FALSE;
  for (guint i = 0; i < seqs->len; i++)
    if (!tell_tags(changing, work, g_array_index(seqs, gint64, i), error))
      return FALSE;
  return TRUE;
}

/* --- deleting */

/* When all messages go, their rows are removed at the end, together. */
static gboolean delete_one_by_one(Changing *changing, IndexSync *work, const GArray *seqs, gboolean all_go,
                                  GError **error) {
  g_auto(IndexRemoval) removal = {0};

  for (guint at = 0; at < seqs->len; at += INDEX_REMOVE_TOGETHER) {
    guint n_seqs = MIN(seqs->len - at, INDEX_REMOVE_TOGETHER);
    gboolean ok = index_remove_messages(changing->updater, work, &g_array_index(seqs, gint64, at), n_seqs, !all_go,
                                        &removal, error);
    changing->n_changed = removal.n_messages;
    if (!changing->error)
      changing->error = g_steal_pointer(&removal.error);
    if (!ok)
      return FALSE;
    if (!all_go && (!updater_commit(changing->updater) || !updater_work(changing->updater)))
      return TRUE; /* dealt with; the scan takes the rest out */
  }
  if (!all_go)
    return TRUE;
  if (changing->error) { /* some are left */
    updater_compare(changing->updater);
    return TRUE;
  }
  return index_sync_tell(work, INBOX_EVENT_CLEARED, NULL, 0, error) && index_write_clear(work->writer, error);
}

/* FALSE: they are to be deleted one by one, in the transaction under way; or changing->error says why not. */
static gboolean put_all_aside(Changing *changing) {
  if (updater_put_aside(changing->updater, &changing->n_changed))
    return TRUE;
  changing->n_changed = 0;
  if (!updater_work(changing->updater))
    g_set_error(&changing->error, INBOX_ERROR, INBOX_ERROR_FAILED, "the index could not be written");
  return FALSE;
}

/* All that are known, unless some came after the request: they need not be listed. */
static gboolean delete_messages(Changing *changing, IndexSync *work, GError **error) {
  gboolean is_about_all = !changing->change->selection.ids && !changing->change->selection.query;

  if (is_about_all && !changing->was_parked && (put_all_aside(changing) || changing->error))
    return TRUE;
  g_autoptr(GArray) seqs = select_messages(changing, work, error);
  if (!seqs)
    return FALSE;
  gboolean all_go = is_about_all && seqs->len == index_write_totals(work->writer)->n_messages;
  if (all_go && changing->was_parked && (put_all_aside(changing) || changing->error))
    return TRUE;
  return delete_one_by_one(changing, work, seqs, all_go, error);
}

static gboolean clear_attempts(Changing *changing, IndexSync *work, GError **error) {
  if (!index_attempts_clear(index_write_db(work->writer), &changing->n_changed, error))
    return FALSE;
  return changing->n_changed == 0 || index_sync_tell(work, INBOX_EVENT_ATTEMPTS_CLEARED, NULL, 0, error);
}

/* --- the task */

typedef struct Maker {
  gboolean (*make)(Changing *changing, IndexSync *work, gint64 seq, GError **error); /* for each message */
  gboolean (*make_all)(Changing *changing, IndexSync *work, GError **error);         /* or once */
} Maker;

static const Maker makers[INBOX_CHANGES_N] = {
    [INBOX_CHANGE_MARK] = {.make = mark_one},
    [INBOX_CHANGE_DELETE] = {.make_all = delete_messages},
    [INBOX_CHANGE_SET_TAGS] = {.make = tag_one},
    [INBOX_CHANGE_TAGS] = {.make = retag_one},
    [INBOX_CHANGE_RENAME_TAG] = {.make_all = change_tag_itself},
    [INBOX_CHANGE_REMOVE_TAG] = {.make_all = change_tag_itself},
    [INBOX_CHANGE_CLEAR_ATTEMPTS] = {.make_all = clear_attempts},
};

static gboolean make_each(Changing *changing, IndexSync *work, GError **error) {
  g_autoptr(GArray) seqs = select_messages(changing, work, error);

  if (!seqs)
    return FALSE;
  for (guint i = 0; i < seqs->len; i++) {
    if (!makers[changing->change->kind].make(changing, work, g_array_index(seqs, gint64, i), error))
      return FALSE;
    if (!updater_commit_if_long(changing->updater) || !updater_work(changing->updater)) {
      g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED, "the index could not be written");
      return TRUE; /* dealt with */
    }
  }
  return TRUE;
}

/* What was asked for and cannot be is no failure of the index. */
static gboolean is_rejection(const GError *error) {
  return g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND) ||
         g_error_matches(error, INBOX_ERROR, INBOX_ERROR_INVALID) ||
         g_error_matches(error, INBOX_ERROR, INBOX_ERROR_EXISTS);
}

/* FALSE: all the messages it is about are known, whatever the comparison will still find. */
static gboolean is_about_unknown_messages(const Changing *changing, IndexSync *work) {
  if (changing->change->kind == INBOX_CHANGE_CLEAR_ATTEMPTS || !changing->change->selection.ids)
    return changing->change->kind != INBOX_CHANGE_CLEAR_ATTEMPTS;
  g_autoptr(GArray) seqs = select_ids(changing->change->selection.ids, work->writer, NULL);
  return seqs && seqs->len < changing->change->selection.ids->len;
}

/* A change covers all messages that were in the Maildir when it was asked for. While they are still compared with the
 * index, the change waits for that, and others do not wait for it. */
static gboolean is_parked(Changing *changing, Updater *updater) {
  IndexSync *work = updater_is_whole(updater) ? NULL : updater_work(updater);

  if (!work || !is_about_unknown_messages(changing, work))
    return FALSE;
  changing->was_parked = TRUE;
  return updater_park(updater, &changing->task);
}

static void run_change(Updater *updater, IndexTask *task) {
  Changing *changing = (Changing *)task;
  g_autoptr(GError) error = NULL;

  updater_catch_up(updater);
  (void)updater_work(updater); /* where it was closed, another one may be there now */
  if (is_parked(changing, updater))
    return;
  gboolean is_too_early = changing->was_parked && !updater_is_whole(updater);
  IndexSync *work = is_too_early ? NULL : updater_work(updater);
  const Maker *maker = &makers[changing->change->kind];
  gboolean made = work && (maker->make_all ? maker->make_all : make_each)(changing, work, &error);
  if (!work)
    g_set_error(&error, INBOX_ERROR, INBOX_ERROR_FAILED, "the index cannot be written now; try again later");
  if (error && !changing->error)
    changing->error = g_error_copy(error);
  if (work && !made && !is_rejection(error))
    updater_fail(updater, g_steal_pointer(&error));
  else if (!updater_commit(updater) && !changing->error)
    changing->error = g_error_new_literal(INBOX_ERROR, INBOX_ERROR_FAILED, "the index could not be written");
  loop_queue_post(changing->queue, done_cb, changing);
}

void index_change_push(InboxChange *change, Updater *updater, LoopQueue *queue, guint64 ticket, InboxChanged changed,
                       gpointer user_data) {
  Changing *changing = g_new0(Changing, 1);

  *changing = (Changing){
      .task.run = run_change,
      .change = change,
      .tags = change->tags ? inbox_tags_clean(change->tags) : NULL,
      .tags_off = change->tags_off ? inbox_tags_clean(change->tags_off) : NULL,
      .last_count = updater_last_count(updater),
      .updater = updater,
      .queue = queue,
      .changed = changed,
      .user_data = user_data,
  };
  updater_push(updater, &changing->task, ticket);
}
