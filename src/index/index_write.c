#include "index/index_write.h"

#include "inbox/error.h"
#include "index/index_history.h"
#include "index/index_lists.h"
#include "index/index_recipient.h"
#include "index/index_row.h"
#include "index/index_search.h"
#include "index/index_tag.h"
#include "index/index_text.h"
#include "index/index_thread.h"
#include "index/index_view.h"
#include "index/sql.h"

enum {
  TEND_WORDS = 2000, /* in one go: some 10 ms */
  PRUNE_EVERY = INDEX_HISTORY_MAX / 10
};

typedef enum {
  READ_TOTALS,
  WRITE_TOTALS,
  FIND,
  GET,
  IS_TAKEN,
  ADD_MAIL,
  ADD_VIEW,
  MOVE,
  TOUCH,
  THREAD_OF,
  REMOVE_MAIL,
  REMOVE_VIEW,
  REMOVE_TAGS,
  KEEP_TRANSCRIPT,
  REMOVE_TRANSCRIPT,
  VIEW,
  STATEMENTS_N
} Statement;

struct IndexWriter {
  sqlite3 *db;
  sqlite3_stmt *statements[STATEMENTS_N];
  IndexThreads *threads;
  IndexRecipients *recipients;
  IndexText *text;
  IndexUids *uids;
  guint n_past;          /* events kept since old ones were removed */
  InboxTotals totals;    /* with the transaction under way */
  InboxTotals committed; /* without */
  gboolean is_open;      /* there is a transaction */
  int n_changes_before;  /* sqlite3_total_changes() when it began */
};

#define ENTRY_COLUMNS "seq, id, in_new, file_name, is_read, is_flagged, size, uid"

static const char *const sql[STATEMENTS_N] = {
    [READ_TOTALS] = "SELECT last_seq, n_mails, n_unread, n_flagged, n_octets FROM total",
    [WRITE_TOTALS] = "UPDATE total SET last_seq = ?1, n_mails = ?2, n_unread = ?3, n_flagged = ?4, n_octets = ?5",
    [FIND] = "SELECT " ENTRY_COLUMNS " FROM mail WHERE id = ?1",
    [GET] = "SELECT " ENTRY_COLUMNS " FROM mail WHERE seq = ?1",
    [IS_TAKEN] = "SELECT 1 FROM mail WHERE seq = ?1",
    [ADD_MAIL] = "INSERT INTO mail(seq, id, file_name, in_new, received_us, size, is_read, is_flagged, n_attachments,"
                 " n_inline, thread_id, uid, arrived, changed, keeps_tags)"
                 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14)",
    [ADD_VIEW] = "INSERT INTO mail_view(seq, subject, message_id, has_message_id, return_path, username, date_us,"
                 " snippet, lists) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [MOVE] = "UPDATE mail SET in_new = ?2, file_name = ?3, is_read = ?4, is_flagged = ?5 WHERE seq = ?1",
    [TOUCH] = "UPDATE mail SET changed = ?2 WHERE seq = ?1",
    [THREAD_OF] = "SELECT thread_id FROM mail WHERE seq = ?1",
    [REMOVE_MAIL] = "DELETE FROM mail WHERE seq = ?1",
    [REMOVE_VIEW] = "DELETE FROM mail_view WHERE seq = ?1",
    [REMOVE_TAGS] = "DELETE FROM mail_tag WHERE seq = ?1",
    [KEEP_TRANSCRIPT] = "INSERT OR REPLACE INTO dialogue(seq, said) SELECT seq, ?2 FROM mail WHERE id = ?1",
    [REMOVE_TRANSCRIPT] = "DELETE FROM dialogue WHERE seq = ?1",
    [VIEW] = index_view_sql,
};

void index_entry_clear(IndexEntry *entry) {
  g_clear_pointer(&entry->id, g_free);
  mail_file_clear(&entry->file);
}

/* --- opening */

static gboolean is_possible(const InboxTotals *totals) {
  return totals->last_seq <= INDEX_SEQ_MAX && totals->n_unread <= totals->n_messages &&
         totals->n_flagged <= totals->n_messages && totals->n_messages <= INDEX_SEQ_MAX &&
         totals->n_bytes <= G_MAXINT64;
}

/* FALSE: there is not one row of numbers that can be. */
static gboolean read_totals(IndexWriter *writer) {
  sqlite3_stmt *statement = writer->statements[READ_TOTALS];
  gboolean found = sqlite3_step(statement) == SQLITE_ROW;

  for (int column = 0; found && column < sqlite3_column_count(statement); column++)
    found = sqlite3_column_type(statement, column) == SQLITE_INTEGER && sqlite3_column_int64(statement, column) >= 0;
  if (found)
    writer->totals = (InboxTotals){
        .last_seq = (guint64)sqlite3_column_int64(statement, 0),
        .n_messages = (guint64)sqlite3_column_int64(statement, 1),
        .n_unread = (guint64)sqlite3_column_int64(statement, 2),
        .n_flagged = (guint64)sqlite3_column_int64(statement, 3),
        .n_bytes = (guint64)sqlite3_column_int64(statement, 4),
    };
  gboolean is_one_row = found && sqlite3_step(statement) == SQLITE_DONE;
  sqlite3_reset(statement);
  return is_one_row && is_possible(&writer->totals);
}

/* A page holds less than PAGE_ROWS_MAX messages. Pages that name each other in a circle would give more. */
static char *print_recount(guint64 n_pages) {
  enum { PAGE_ROWS_MAX = 65536 / 16 };

  return g_strdup_printf(
      "SELECT count(*), ifnull(sum(is_read = 0), 0), ifnull(sum(is_flagged = 1), 0), ifnull(sum(size), 0)"
      " FROM (SELECT is_read, is_flagged, size FROM mail WHERE size >= 0 LIMIT %" G_GUINT64_FORMAT ")",
      MIN(n_pages, G_MAXUINT32) * PAGE_ROWS_MAX);
}

gboolean index_write_recount(IndexWriter *writer, GError **error) {
  InboxTotals counted = {0};
  guint64 *const numbers[] = {&counted.n_messages, &counted.n_unread, &counted.n_flagged, &counted.n_bytes};
  guint64 n_pages = 0;

  if (!sql_read_number(writer->db, "PRAGMA page_count", &n_pages, error))
    return FALSE;
  g_autofree char *text = print_recount(n_pages);
  if (!sql_read_row(writer->db, text, G_N_ELEMENTS(numbers), numbers, error))
    return FALSE;
  counted.last_seq = writer->totals.last_seq;
  if (!is_possible(&counted)) {
    g_set_error_literal(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index has impossible sizes");
    return FALSE;
  }
  writer->totals = counted;
  return TRUE;
}

/* Somebody emptied the table, or wrote other rows to it. */
static gboolean make_totals(IndexWriter *writer, guint64 last_seq, GError **error) {
  writer->totals = (InboxTotals){.last_seq = last_seq};
  return index_write_begin(writer, error) &&
         sql_run(writer->db, "DELETE FROM total; INSERT INTO total VALUES(0, 0, 0, 0, 0)", error) &&
         index_write_recount(writer, error) && index_write_commit(writer, error);
}

/* `seq` is counted on from the largest there is. That of attempts is SQLite's own to count. */
static gboolean check_seqs(IndexWriter *writer, guint64 *out_largest, GError **error) {
  guint64 smallest = 0, attempt = 0;
  guint64 *const numbers[] = {&smallest, out_largest, &attempt};

  if (!sql_read_row(writer->db,
                    "SELECT (SELECT ifnull(min(seq), 1) FROM mail), (SELECT ifnull(max(seq), 0) FROM mail),"
                    " (SELECT ifnull(max(seq), 0) FROM sqlite_sequence)",
                    G_N_ELEMENTS(numbers), numbers, error))
    return FALSE;
  if (smallest >= 1 && smallest <= INDEX_SEQ_MAX && *out_largest <= INDEX_SEQ_MAX && attempt <= INDEX_SEQ_MAX)
    return TRUE;
  g_set_error_literal(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index has impossible numbers");
  return FALSE;
}

static gboolean start_counting(IndexWriter *writer, GError **error) {
  guint64 largest = 0;

  if (!check_seqs(writer, &largest, error))
    return FALSE;
  if ((!read_totals(writer) || writer->totals.last_seq < largest) && !make_totals(writer, largest, error))
    return FALSE;
  writer->committed = writer->totals;
  return TRUE;
}

/* A file that somebody removed is there again at once, not with the next change: the index may be removed, too. */
static gboolean write_missing_uids(IndexWriter *writer, UidList *list, GError **error) {
  guint64 n_messages = writer->totals.n_messages;

  return n_messages == 0 || !uidlist_wants_rewrite(list, n_messages) ||
         index_uids_commit(writer->uids, n_messages, error);
}

static gboolean open_uids(IndexWriter *writer, IndexFile *file, UidList *list, GError **error) {
  uidlist_set_owner(list, index_file_is_owner(file));
  uidlist_raise_number(list, writer->totals.last_seq);
  if (!index_write_begin(writer, error))
    return FALSE;
  writer->uids = index_uids_new(writer->db, list, index_file_old_tags(file), error);
  return writer->uids && write_missing_uids(writer, list, error) && index_write_commit(writer, error);
}

static IndexWriter *open_once(IndexFile *file, UidList *list, GError **error) {
  g_autoptr(IndexWriter) writer = g_new0(IndexWriter, 1);

  writer->db = index_file_open(file, error);
  if (!writer->db)
    return NULL;
  for (guint i = 0; i < STATEMENTS_N; i++)
    if (!sql_prepare(writer->db, sql[i], &writer->statements[i], error))
      return NULL;
  writer->threads = index_threads_new(writer->db, error);
  writer->recipients = writer->threads ? index_recipients_new(writer->db, error) : NULL;
  writer->text = writer->recipients ? index_text_new(writer->db, error) : NULL;
  return writer->text && start_counting(writer, error) && open_uids(writer, file, list, error)
             ? g_steal_pointer(&writer)
             : NULL;
}

IndexWriter *index_write_open(IndexFile *file, UidList *list, GError **error) {
  g_autoptr(GError) reason = NULL;
  IndexWriter *writer = open_once(file, list, &reason);

  if (g_error_matches(reason, INBOX_ERROR, INBOX_ERROR_DAMAGED)) {
    index_file_remove(file, reason);
    g_clear_error(&reason);
    writer = open_once(file, list, &reason);
  }
  if (reason)
    g_propagate_error(error, g_steal_pointer(&reason));
  return writer;
}

void index_write_close(IndexWriter *writer) {
  if (!writer)
    return;
  for (guint i = 0; i < STATEMENTS_N; i++)
    sqlite3_finalize(writer->statements[i]);
  index_threads_free(writer->threads);
  index_recipients_free(writer->recipients);
  index_text_free(writer->text);
  index_uids_free(writer->uids);
  sqlite3_close(writer->db);
  g_free(writer);
}

IndexUids *index_write_uids(IndexWriter *writer) {
  return writer->uids;
}

sqlite3 *index_write_db(IndexWriter *writer) {
  return writer->db;
}

/* --- transactions */

gboolean index_write_is_open(const IndexWriter *writer) {
  return writer->is_open;
}

const InboxTotals *index_write_totals(const IndexWriter *writer) {
  return &writer->totals;
}

gboolean index_write_begin(IndexWriter *writer, GError **error) {
  if (!writer->is_open) {
    writer->is_open = sql_run(writer->db, "BEGIN IMMEDIATE", error);
    writer->n_changes_before = sqlite3_total_changes(writer->db);
  }
  return writer->is_open;
}

gboolean index_write_has_changes(const IndexWriter *writer) {
  return writer->is_open && sqlite3_total_changes(writer->db) != writer->n_changes_before;
}

gboolean index_write_commit(IndexWriter *writer, GError **error) {
  if (!writer->is_open)
    return TRUE;
  if (writer->uids && index_write_has_changes(writer) &&
      !index_uids_commit(writer->uids, writer->totals.n_messages, error))
    return FALSE;
  sqlite3_stmt *statement = writer->statements[WRITE_TOTALS];
  sqlite3_bind_int64(statement, 1, (gint64)writer->totals.last_seq);
  sqlite3_bind_int64(statement, 2, (gint64)writer->totals.n_messages);
  sqlite3_bind_int64(statement, 3, (gint64)writer->totals.n_unread);
  sqlite3_bind_int64(statement, 4, (gint64)writer->totals.n_flagged);
  sqlite3_bind_int64(statement, 5, (gint64)writer->totals.n_bytes);
  if (!sql_done(statement, error) || !index_text_flush(writer->text, error) || !sql_run(writer->db, "COMMIT", error))
    return FALSE;
  writer->committed = writer->totals;
  writer->is_open = FALSE;
  return TRUE;
}

void index_write_rollback(IndexWriter *writer) {
  if (writer->is_open && !sqlite3_get_autocommit(writer->db))
    (void)sql_run(writer->db, "ROLLBACK", NULL);
  writer->is_open = FALSE;
  writer->totals = writer->committed;
  index_text_forget(writer->text);
  if (writer->uids)
    index_uids_rollback(writer->uids);
}

gboolean index_write_tend(IndexWriter *writer, gboolean *out_done, GError **error) {
  index_uids_tend(writer->uids);
  return index_text_tend(writer->text, TEND_WORDS, out_done, error);
}

/* --- finding */

static Found read_entry(IndexWriter *writer, sqlite3_stmt *statement, IndexEntry *out_entry, GError **error) {
  int result = sqlite3_step(statement);

  if (result == SQLITE_ROW) {
    *out_entry = (IndexEntry){.seq = sqlite3_column_int64(statement, 0)};
    out_entry->is_sound = index_row_file(statement, 1, &out_entry->file) && index_row_has_size(statement, 6);
    out_entry->id = index_row_text(statement, 1);
    out_entry->is_read = sqlite3_column_int(statement, 4) != 0;
    out_entry->is_flagged = sqlite3_column_int(statement, 5) != 0;
    out_entry->size_bytes = index_row_size(statement, 6);
    out_entry->uid = (guint32)CLAMP(sqlite3_column_int64(statement, 7), 0, (gint64)UID_MAX);
    if (!out_entry->is_sound)
      mail_file_clear(&out_entry->file);
  }
  Found found = sql_found(writer->db, result, error);
  sqlite3_reset(statement);
  return found;
}

Found index_write_find(IndexWriter *writer, const char *id, IndexEntry *out_entry, GError **error) {
  sqlite3_stmt *statement = writer->statements[FIND];

  sql_bind_text(statement, 1, id);
  return read_entry(writer, statement, out_entry, error);
}

Found index_write_get(IndexWriter *writer, gint64 seq, IndexEntry *out_entry, GError **error) {
  sqlite3_stmt *statement = writer->statements[GET];

  sqlite3_bind_int64(statement, 1, seq);
  return read_entry(writer, statement, out_entry, error);
}

GArray *index_write_select(IndexWriter *writer, const SearchQuery *query, const char *condition, GError **error) {
  if (!index_text_flush(writer->text, error)) /* messages of the transaction under way are found, too */
    return NULL;
  g_autoptr(IndexSearch) search = index_search_compile(writer->db, query, error);
  if (!search)
    return NULL;
  g_autofree char *text = index_search_list_sql(search, "mail.seq", condition, FALSE, 0, G_MAXINT64);
  sqlite3_stmt *statement = NULL;
  if (!sql_prepare(writer->db, text, &statement, error))
    return NULL;
  index_search_bind(search, statement);
  return sql_read_numbers(statement, error);
}

Found index_write_view(IndexWriter *writer, gint64 seq, InboxMail **out_mail, GError **error) {
  sqlite3_stmt *statement = writer->statements[VIEW];

  sqlite3_bind_int64(statement, 1, seq);
  int result = sqlite3_step(statement);
  Found found = sql_found(writer->db, result, error);
  if (found == FOUND)
    *out_mail = index_view_read(statement);
  sqlite3_reset(statement);
  return found;
}

/* --- adding */

static gboolean find_free_seq(IndexWriter *writer, guint64 *seq, GError **error) {
  sqlite3_stmt *statement = writer->statements[IS_TAKEN];

  for (;; (*seq)++) {
    if (*seq > writer->totals.last_seq)
      return TRUE;
    sqlite3_bind_int64(statement, 1, (gint64)*seq);
    int result = sqlite3_step(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
      sql_failed(writer->db, error);
    sqlite3_reset(statement);
    if (result != SQLITE_ROW)
      return result == SQLITE_DONE;
  }
}

static gboolean add_row(IndexWriter *writer, const InboxMail *mail, const MailFile *file, guint64 number,
                        gboolean keeps_tags, GError **error) {
  const MailSummary *summary = mail->summary;
  sqlite3_stmt *statement = writer->statements[ADD_MAIL];

  sqlite3_bind_int64(statement, 1, (gint64)mail->cursor);
  sql_bind_text(statement, 2, mail->id);
  sql_bind_text(statement, 3, file->name);
  sqlite3_bind_int(statement, 4, file->directory == MAIL_DIRECTORY_NEW);
  sqlite3_bind_int64(statement, 5, mail->received_us);
  sqlite3_bind_int64(statement, 6, (gint64)summary->size_bytes);
  sqlite3_bind_int(statement, 7, mail->is_read);
  sqlite3_bind_int(statement, 8, mail->is_flagged);
  sqlite3_bind_int64(statement, 9, summary->n_attachments);
  sqlite3_bind_int64(statement, 10, summary->n_inline);
  sqlite3_bind_int64(statement, 11, (gint64)mail->thread);
  sqlite3_bind_int64(statement, 12, mail->uid);
  sqlite3_bind_int64(statement, 13, (gint64)number);
  sqlite3_bind_int(statement, 14, keeps_tags);
  return sql_done(statement, error);
}

static gboolean add_view(IndexWriter *writer, const InboxMail *mail, GError **error) {
  const MailSummary *summary = mail->summary;
  g_autofree char *lists = index_lists_print(summary);
  sqlite3_stmt *statement = writer->statements[ADD_VIEW];

  sqlite3_bind_int64(statement, 1, (gint64)mail->cursor);
  sql_bind_text(statement, 2, summary->subject);
  sql_bind_text(statement, 3, summary->message_id);
  sqlite3_bind_int(statement, 4, summary->has_message_id);
  sql_bind_text(statement, 5, summary->return_path);
  sql_bind_text(statement, 6, summary->username);
  sqlite3_bind_int64(statement, 7, summary->date_us);
  sql_bind_text(statement, 8, summary->snippet);
  sql_bind_text(statement, 9, lists);
  return sql_done(statement, error);
}

/* Its UID and the tags that were set, should the file know it. */
static gboolean assign(IndexWriter *writer, InboxMail *mail, gboolean *out_keeps_tags, GError **error) {
  GPtrArray *tags = NULL;

  *out_keeps_tags = FALSE;
  if (mail->uid != 0)
    return TRUE;
  if (!index_uids_assign(writer->uids, mail->id, &mail->uid, &tags, error))
    return FALSE;
  *out_keeps_tags = tags != NULL;
  if (tags) {
    g_ptr_array_unref(mail->tags);
    mail->tags = tags;
  }
  return TRUE;
}

gboolean index_write_add(IndexWriter *writer, InboxMail *mail, const MailFile *file, guint64 number, GError **error) {
  gint64 thread = 0;
  gboolean keeps_tags = FALSE;

  if (!find_free_seq(writer, &mail->cursor, error) ||
      !index_threads_join(writer->threads, (gint64)mail->cursor, mail->summary, &thread, error))
    return FALSE;
  mail->thread = (guint64)thread;
  if (!assign(writer, mail, &keeps_tags, error) || !add_row(writer, mail, file, number, keeps_tags, error) ||
      !add_view(writer, mail, error) || !index_text_add(writer->text, (gint64)mail->cursor, mail->summary, error) ||
      !index_recipients_add(writer->recipients, (gint64)mail->cursor, mail->summary, mail->is_read, error) ||
      !index_tag_add(writer->db, (gint64)mail->cursor, mail->tags, error))
    return FALSE;
  writer->totals.last_seq = MAX(writer->totals.last_seq, mail->cursor);
  writer->totals.n_messages++;
  writer->totals.n_unread += mail->is_read ? 0 : 1;
  writer->totals.n_flagged += mail->is_flagged ? 1 : 0;
  writer->totals.n_bytes += mail->summary->size_bytes;
  return TRUE;
}

/* --- changing */

gboolean index_write_touch(IndexWriter *writer, gint64 seq, guint64 number, GError **error) {
  sqlite3_stmt *statement = writer->statements[TOUCH];

  sqlite3_bind_int64(statement, 1, seq);
  sqlite3_bind_int64(statement, 2, (gint64)number);
  return sql_done(statement, error);
}

gboolean index_write_tagged(IndexWriter *writer, gint64 seq, GError **error) {
  return index_uids_tag(writer->uids, seq, error);
}

gboolean index_write_past(IndexWriter *writer, const InboxEvent *event, guint32 uid, GError **error) {
  if (!index_history_add(writer->db, event, uid, error))
    return FALSE;
  if (writer->n_past++ % PRUNE_EVERY != 0)
    return TRUE;
  guint64 since = 0;
  if (!index_history_prune(writer->db, &since, error))
    return FALSE;
  index_uids_raise_since(writer->uids, since);
  return TRUE;
}

gboolean index_write_move(IndexWriter *writer, IndexEntry *entry, const MailFile *file, GError **error) {
  MailFlags flags = mail_file_flags(file);
  gboolean is_read = (flags & MAIL_FLAG_SEEN) != 0;
  gboolean is_flagged = (flags & MAIL_FLAG_FLAGGED) != 0;
  sqlite3_stmt *statement = writer->statements[MOVE];

  sqlite3_bind_int64(statement, 1, entry->seq);
  sqlite3_bind_int(statement, 2, file->directory == MAIL_DIRECTORY_NEW);
  sql_bind_text(statement, 3, file->name);
  sqlite3_bind_int(statement, 4, is_read);
  sqlite3_bind_int(statement, 5, is_flagged);
  if (!sql_done(statement, error) ||
      (is_read != entry->is_read && !index_recipients_mark(writer->recipients, entry->seq, is_read, error)))
    return FALSE;
  writer->totals.n_unread += (entry->is_read ? 1 : 0) - (is_read ? 1 : 0);
  writer->totals.n_flagged += (is_flagged ? 1 : 0) - (entry->is_flagged ? 1 : 0);
  entry->is_read = is_read;
  entry->is_flagged = is_flagged;
  mail_file_clear(&entry->file);
  entry->file = (MailFile){file->directory, g_strdup(file->name)};
  return TRUE;
}

gboolean index_write_keep_transcript(IndexWriter *writer, const char *id, const char *said, GError **error) {
  sqlite3_stmt *statement = writer->statements[KEEP_TRANSCRIPT];

  sql_bind_text(statement, 1, id);
  sql_bind_text(statement, 2, said);
  return sql_done(statement, error);
}

static gboolean run_for(IndexWriter *writer, Statement which, gint64 seq, GError **error) {
  sqlite3_bind_int64(writer->statements[which], 1, seq);
  return sql_done(writer->statements[which], error);
}

static gboolean read_thread(IndexWriter *writer, gint64 seq, gint64 *out_thread, GError **error) {
  sqlite3_stmt *statement = writer->statements[THREAD_OF];

  sqlite3_bind_int64(statement, 1, seq);
  int result = sqlite3_step(statement);
  *out_thread = sqlite3_column_int64(statement, 0);
  if (result != SQLITE_ROW && result != SQLITE_DONE)
    sql_failed(writer->db, error);
  sqlite3_reset(statement);
  return result == SQLITE_ROW || result == SQLITE_DONE;
}

gboolean index_write_remove(IndexWriter *writer, const IndexEntry *entry, GError **error) {
  gint64 thread = 0;

  if (!read_thread(writer, entry->seq, &thread, error) || !run_for(writer, REMOVE_MAIL, entry->seq, error) ||
      !run_for(writer, REMOVE_VIEW, entry->seq, error) || !index_text_remove(writer->text, entry->seq, error) ||
      !run_for(writer, REMOVE_TRANSCRIPT, entry->seq, error) || !index_threads_leave(writer->threads, thread, error) ||
      !index_recipients_remove(writer->recipients, entry->seq, entry->is_read, error) ||
      !run_for(writer, REMOVE_TAGS, entry->seq, error))
    return FALSE;
  if (sqlite3_changes(writer->db) > 0 && !index_tag_remove_unused(writer->db, error))
    return FALSE;
  index_uids_remove(writer->uids, entry->uid);
  InboxTotals *totals = &writer->totals;
  totals->n_messages -= MIN(totals->n_messages, 1);
  totals->n_unread -= MIN(totals->n_unread, entry->is_read ? 0 : 1);
  totals->n_flagged -= MIN(totals->n_flagged, entry->is_flagged ? 1 : 0);
  totals->n_bytes -= MIN(totals->n_bytes, entry->size_bytes);
  return TRUE;
}

gboolean index_write_clear(IndexWriter *writer, GError **error) {
  static const char all[] = "DELETE FROM mail; DELETE FROM mail_view; DELETE FROM mail_tag; DELETE FROM tag;"
                            "DELETE FROM thread_key; DELETE FROM dialogue;"
                            "DELETE FROM recipient; DELETE FROM mail_recipient;";

  if (!sql_run(writer->db, all, error) || !index_text_clear(writer->text, error))
    return FALSE;
  index_uids_clear(writer->uids);
  writer->totals = (InboxTotals){.last_seq = writer->totals.last_seq};
  return TRUE;
}
