#include "index/index_transcript.h"

#include "index/index_row.h"
#include "index/sql.h"
#include "index/updater_task.h"

const char index_transcript_schema[] =
    "CREATE TABLE dialogue(seq INTEGER PRIMARY KEY, said TEXT NOT NULL);"
    "CREATE TABLE attempt(number INTEGER PRIMARY KEY AUTOINCREMENT, time_us INTEGER NOT NULL, peer TEXT NOT NULL,"
    " helo TEXT NOT NULL, reverse_path TEXT, forward_paths TEXT NOT NULL, command TEXT NOT NULL, reply TEXT NOT NULL,"
    " said TEXT NOT NULL);";

/* --- keeping */

typedef struct Note {
  IndexTask task; /* first */
  char *id;
  char *said;
  InboxAttempt *attempt; /* NULL: it is about the message */
} Note;

static gboolean drop_old_attempts(sqlite3 *db, GError **error) {
  g_autofree char *sql = g_strdup_printf("DELETE FROM attempt WHERE number <= %" G_GINT64_FORMAT,
                                         (gint64)sqlite3_last_insert_rowid(db) - INBOX_ATTEMPTS_MAX);

  return sql_run(db, sql, error);
}

static gboolean keep_attempt(sqlite3 *db, const InboxAttempt *attempt, GError **error) {
  g_autofree char *forward_paths = g_strjoinv("\n", attempt->forward_paths); /* no path has a line end */
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db,
                   "INSERT INTO attempt(time_us, peer, helo, reverse_path, forward_paths, command, reply, said)"
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                   &statement, error))
    return FALSE;
  sqlite3_bind_int64(statement, 1, attempt->time_us);
  sql_bind_text(statement, 2, attempt->peer);
  sql_bind_text(statement, 3, attempt->helo);
  sql_bind_text(statement, 4, attempt->reverse_path);
  sql_bind_text(statement, 5, forward_paths);
  sql_bind_text(statement, 6, attempt->command);
  sql_bind_text(statement, 7, attempt->reply);
  sql_bind_text(statement, 8, attempt->transcript);
  gboolean kept = sql_done(statement, error);
  sqlite3_finalize(statement);
  return kept && drop_old_attempts(db, error);
}

static gboolean keep_transcript(Updater *updater, IndexWriter *writer, const Note *note, GError **error) {
  if (!index_write_keep_transcript(writer, note->id, note->said, error))
    return FALSE;
  if (sqlite3_changes(index_write_db(writer)) == 0)
    updater_note_early(updater, note->id, note->said);
  return TRUE;
}

static gboolean keep(Updater *updater, IndexWriter *writer, const Note *note, GError **error) {
  return note->attempt ? keep_attempt(index_write_db(writer), note->attempt, error)
                       : keep_transcript(updater, writer, note, error);
}

static void run_note(Updater *updater, IndexTask *task) {
  Note *note = (Note *)task;
  IndexSync *work = updater_work(updater);
  g_autoptr(GError) error = NULL;

  if (work && (!keep(updater, work->writer, note, &error) ||
               (note->attempt && !index_sync_tell(work, INBOX_EVENT_REJECTED, NULL, 0, &error))))
    updater_fail(updater, g_steal_pointer(&error));
  inbox_attempt_free(note->attempt);
  g_free(note->id);
  g_free(note->said);
  g_free(note);
}

static void save_note(const IndexTask *task, IndexNotes *notes) {
  const Note *note = (const Note *)task;

  index_notes_add(notes, note->id, note->said);
}

IndexTask *index_transcript_task(const char *id, char *said) {
  Note *note = g_new0(Note, 1);

  note->task.run = run_note;
  note->task.save = save_note;
  note->id = g_strdup(id);
  note->said = said;
  return &note->task;
}

IndexTask *index_attempt_task(InboxAttempt *attempt) {
  Note *note = g_new0(Note, 1);

  note->task.run = run_note;
  note->attempt = attempt;
  return &note->task;
}

/* --- reading */

Found index_transcript_read(sqlite3 *db, const char *id, char **out_said, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, "SELECT said FROM mail JOIN dialogue USING (seq) WHERE id = ?1", &statement, error))
    return FOUND_FAILED;
  sql_bind_text(statement, 1, id);
  Found found = sql_found(db, sqlite3_step(statement), error);
  if (found == FOUND)
    *out_said = index_row_text(statement, 0);
  sqlite3_finalize(statement);
  return found;
}

static InboxAttempt *read_attempt(sqlite3_stmt *statement) {
  InboxAttempt *attempt = g_new0(InboxAttempt, 1);
  g_autofree char *forward_paths = index_row_text(statement, 5);

  attempt->number = (guint64)MAX(sqlite3_column_int64(statement, 0), 0);
  attempt->time_us = index_row_time_us(statement, 1);
  attempt->peer = index_row_text(statement, 2);
  attempt->helo = index_row_text(statement, 3);
  attempt->reverse_path = index_row_text_or_null(statement, 4);
  attempt->forward_paths = g_strsplit(forward_paths, "\n", -1);
  attempt->command = index_row_text(statement, 6);
  attempt->reply = index_row_text(statement, 7);
  attempt->transcript = index_row_text(statement, 8);
  return attempt;
}

static gboolean read_attempts(sqlite3 *db, const char *code, guint64 before, guint limit, GPtrArray *attempts,
                              GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db,
                   "SELECT number, time_us, peer, helo, reverse_path, forward_paths, command, reply, said FROM attempt"
                   " WHERE number < ?1 AND substr(reply, 1, length(?2)) = ?2 ORDER BY number DESC LIMIT ?3",
                   &statement, error))
    return FALSE;
  sqlite3_bind_int64(statement, 1, before > 0 ? (gint64)MIN(before, G_MAXINT64) : G_MAXINT64);
  sql_bind_text(statement, 2, code ? code : "");
  sqlite3_bind_int64(statement, 3, limit);
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW)
    g_ptr_array_add(attempts, read_attempt(statement));
  if (result != SQLITE_DONE)
    sql_failed(db, error);
  sqlite3_finalize(statement);
  return result == SQLITE_DONE;
}

static gboolean count_codes(sqlite3 *db, GArray *codes, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, "SELECT substr(reply, 1, 3) AS code, count(*) FROM attempt GROUP BY code ORDER BY code",
                   &statement, error))
    return FALSE;
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    InboxAttemptCode code = {.n_attempts = (guint64)MAX(sqlite3_column_int64(statement, 1), 0)};
    g_autofree char *text = index_row_text(statement, 0);
    g_strlcpy(code.code, text, sizeof code.code);
    g_array_append_val(codes, code);
  }
  if (result != SQLITE_DONE)
    sql_failed(db, error);
  sqlite3_finalize(statement);
  return result == SQLITE_DONE;
}

gboolean index_attempts_read(sqlite3 *db, const char *code, guint64 before, guint limit, InboxAttemptPage *out_page,
                             GError **error) {
  out_page->attempts = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_attempt_free);
  out_page->codes = g_array_new(FALSE, FALSE, sizeof(InboxAttemptCode));
  return read_attempts(db, code, before, limit, out_page->attempts, error) && count_codes(db, out_page->codes, error);
}

gboolean index_attempts_clear(sqlite3 *db, guint64 *out_removed, GError **error) {
  *out_removed = 0;
  if (!sql_run(db, "DELETE FROM attempt", error))
    return FALSE;
  *out_removed = (guint64)sqlite3_changes64(db);
  return TRUE;
}
