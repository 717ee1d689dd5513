#include "index/index_read.h"

#include "inbox/error.h"
#include "index/index_history.h"
#include "index/index_row.h"
#include "index/index_search.h"
#include "index/index_transcript.h"
#include "index/index_view.h"
#include "index/sql.h"

struct IndexReader {
  IndexFile *file;
  guint generation;
  sqlite3 *db;
  sqlite3_stmt *view;
  gboolean is_damaged;
  gint64 until_us; /* of the read under way */
};

enum { LOOK_EVERY_STEPS = 100 * 1000 /* of SQLite's machine: some ms */ };

static int is_over_cb(void *user_data) {
  return g_get_monotonic_time() >= ((const IndexReader *)user_data)->until_us;
}

static gboolean begin(IndexReader *reader, GError **error) {
  reader->until_us = g_get_monotonic_time() + INDEX_READ_MAX_US;
  return sql_run(reader->db, "BEGIN", error);
}

static void end(IndexReader *reader) {
  reader->until_us = G_MAXINT64;
  (void)sql_run(reader->db, "ROLLBACK", NULL);
}

IndexReader *index_reader_open(IndexFile *file, GError **error) {
  g_autoptr(IndexReader) reader = g_new0(IndexReader, 1);

  reader->file = file;
  reader->generation = index_file_generation(file);
  reader->until_us = G_MAXINT64;
  reader->db = index_file_open_reader(file, error);
  if (reader->db)
    sqlite3_progress_handler(reader->db, LOOK_EVERY_STEPS, is_over_cb, reader);
  if (!reader->db || !sql_prepare(reader->db, index_view_sql, &reader->view, error))
    return NULL;
  return g_steal_pointer(&reader);
}

void index_reader_close(IndexReader *reader) {
  if (!reader)
    return;
  sqlite3_finalize(reader->view);
  sqlite3_close(reader->db);
  g_free(reader);
}

gboolean index_reader_is_current(const IndexReader *reader) {
  return reader->generation == index_file_generation(reader->file);
}

gboolean index_reader_is_damaged(const IndexReader *reader) {
  return reader->is_damaged;
}

/* Hands an error on, and takes note of what it says about the file. */
static void tell(IndexReader *reader, GError *reason, GError **error) {
  if (!reason)
    return;
  reader->is_damaged |= g_error_matches(reason, INBOX_ERROR, INBOX_ERROR_DAMAGED);
  g_propagate_error(error, reason);
}

/* --- lists */

/* Over `mail`; NULL: all. */
static char *print_bounds(const InboxListRequest *request) {
  if (request->after == 0 && request->before == 0)
    return NULL;
  return g_strdup_printf("mail.seq > %" G_GUINT64_FORMAT " AND mail.seq < %" G_GUINT64_FORMAT,
                         MIN(request->after, G_MAXINT64),
                         request->before > 0 ? MIN(request->before, G_MAXINT64) : G_MAXINT64);
}

static sqlite3_stmt *prepare(IndexReader *reader, const IndexSearch *search, const char *text, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(reader->db, text, &statement, error))
    return NULL;
  index_search_bind(search, statement);
  return statement;
}

static gboolean count_matching(IndexReader *reader, const IndexSearch *search, const char *bounds,
                               const char *condition, guint64 *out_n, GError **error) {
  g_autofree char *both = bounds && condition ? g_strdup_printf("%s AND %s", bounds, condition) : NULL;
  g_autofree char *text = index_search_count_sql(search, both ? both : bounds ? bounds : condition);
  sqlite3_stmt *statement = prepare(reader, search, text, error);
  g_autoptr(GArray) numbers = statement ? sql_read_numbers(statement, error) : NULL;

  *out_n = numbers && numbers->len == 1 ? (guint64)g_array_index(numbers, gint64, 0) : 0;
  return numbers != NULL;
}

static gboolean count(IndexReader *reader, const IndexSearch *search, gboolean is_all, const char *bounds,
                      InboxPage *page, GError **error) {
  guint64 *const totals[] = {&page->cursor, &page->n_total, &page->n_unread};

  if (!sql_read_row(reader->db, "SELECT last_seq, n_mails, n_unread FROM total", G_N_ELEMENTS(totals), totals, error))
    return FALSE;
  page->n_matching = page->n_total;
  page->n_matching_unread = page->n_unread;
  if (is_all)
    return TRUE;
  if (!count_matching(reader, search, bounds, NULL, &page->n_matching, error))
    return FALSE;
  if (page->n_unread != 0 && page->n_unread != page->n_total)
    return count_matching(reader, search, bounds, "mail.is_read = 0", &page->n_matching_unread, error);
  page->n_matching_unread = page->n_unread == 0 ? 0 : page->n_matching; /* most often none or all were read */
  return TRUE;
}

static void reverse(GArray *seqs) {
  for (guint i = 0; i < seqs->len / 2; i++) {
    gint64 *first = &g_array_index(seqs, gint64, i);
    gint64 *last = &g_array_index(seqs, gint64, seqs->len - 1 - i);
    gint64 kept = *first;
    *first = *last;
    *last = kept;
  }
}

/* Passing over many messages is done in an index that has nothing else in it; the search does not know of that. */
static char *print_list_of_all(gboolean descending, guint64 offset, guint64 n_messages) {
  return g_strdup_printf("SELECT seq FROM mail INDEXED BY mail_by_seq ORDER BY seq %s LIMIT %" G_GUINT64_FORMAT
                         " OFFSET %" G_GUINT64_FORMAT,
                         descending ? "DESC" : "ASC", n_messages, offset);
}

/* The page's seqs, read from the end of the list that is nearer. */
static GArray *list_seqs(IndexReader *reader, const InboxListRequest *request, const IndexSearch *search,
                         gboolean is_all, const char *bounds, guint64 n_matching, GError **error) {
  guint64 start = MIN(request->start, n_matching);
  guint64 n_messages = MIN(MIN(request->limit, INBOX_PAGE_MAX), n_matching - start);
  gboolean from_end = start > n_matching / 2;
  guint64 offset = from_end ? n_matching - start - n_messages : start;
  gboolean descending = request->oldest_first == from_end;
  g_autofree char *text = is_all ? print_list_of_all(descending, offset, n_messages)
                                 : index_search_list_sql(search, "mail.seq", bounds, descending, offset, n_messages);
  sqlite3_stmt *statement = prepare(reader, search, text, error);
  GArray *seqs = statement ? sql_read_numbers(statement, error) : NULL;

  if (seqs && from_end)
    reverse(seqs);
  return seqs;
}

/* SQLITE_ROW or an error that is set. In one transaction a message has both its rows. */
static int read_view(IndexReader *reader, gint64 seq, InboxMail **out_mail, GError **error) {
  sqlite3_bind_int64(reader->view, 1, seq);
  int result = sqlite3_step(reader->view);
  if (result == SQLITE_ROW)
    *out_mail = index_view_read(reader->view);
  else if (result == SQLITE_DONE)
    g_set_error_literal(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index is damaged: it has half of a message");
  else
    sql_failed(reader->db, error);
  sqlite3_reset(reader->view);
  return result;
}

static gboolean may_hold(const InboxHold *hold, const InboxMail *mail, GError **error) {
  if (!hold->func || hold->func(inbox_mail_bytes(mail), hold->data))
    return TRUE;
  g_set_error_literal(error, INBOX_ERROR, INBOX_ERROR_NO_ROOM, "the list needs too much memory");
  return FALSE;
}

static gboolean read_views(IndexReader *reader, const GArray *seqs, const InboxHold *hold, GPtrArray *messages,
                           GError **error) {
  for (guint i = 0; i < seqs->len; i++) {
    InboxMail *mail = NULL;
    if (read_view(reader, g_array_index(seqs, gint64, i), &mail, error) != SQLITE_ROW)
      return FALSE;
    g_ptr_array_add(messages, mail);
    if (!may_hold(hold, mail, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean count_threads(IndexReader *reader, const GPtrArray *messages, GError **error) {
  g_autofree char *text = g_strdup_printf("SELECT count(*) FROM (SELECT 1 FROM mail WHERE thread_id = ?1 LIMIT %d)",
                                          INDEX_THREAD_COUNTED_MAX);
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(reader->db, text, &statement, error))
    return FALSE;
  int result = SQLITE_ROW;
  for (guint i = 0; i < messages->len && result == SQLITE_ROW; i++) {
    InboxMail *mail = g_ptr_array_index(messages, i); /* nobody else has it yet */
    sqlite3_bind_int64(statement, 1, (gint64)mail->thread);
    result = sqlite3_step(statement);
    mail->n_in_thread = result == SQLITE_ROW ? (guint)sqlite3_column_int(statement, 0) : 0;
    sqlite3_reset(statement);
  }
  if (result != SQLITE_ROW)
    sql_failed(reader->db, error);
  sqlite3_finalize(statement);
  return result == SQLITE_ROW;
}

static gboolean list(IndexReader *reader, const InboxListRequest *request, InboxPage *page, GError **error) {
  g_autoptr(IndexSearch) search = index_search_compile(reader->db, request->query, error);
  g_autofree char *bounds = print_bounds(request);
  gboolean is_all = !request->query && !bounds;

  if (!search || !count(reader, search, is_all, bounds, page, error))
    return FALSE;
  g_autoptr(GArray) seqs = list_seqs(reader, request, search, is_all, bounds, page->n_matching, error);
  return seqs && read_views(reader, seqs, &request->hold, page->messages, error) &&
         (!request->counts_threads || count_threads(reader, page->messages, error));
}

gboolean index_reader_list(IndexReader *reader, const InboxListRequest *request, InboxPage *out_page, GError **error) {
  *out_page = (InboxPage){.messages = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_mail_unref)};
  GError *reason = NULL;
  /* One transaction: the counts are those of the very list. */
  gboolean ok = begin(reader, &reason) && list(reader, request, out_page, &reason);
  end(reader);
  tell(reader, reason, error);
  if (!ok)
    inbox_page_clear(out_page);
  return ok;
}

gboolean index_reader_history(IndexReader *reader, guint64 after, guint limit, InboxHistoryPage *out_page,
                              GError **error) {
  GError *reason = NULL;
  gboolean ok = begin(reader, &reason) && index_history_read(reader->db, after, limit, out_page, &reason);

  end(reader);
  tell(reader, reason, error);
  if (!ok)
    inbox_history_page_clear(out_page);
  return ok;
}

/* --- single messages */

/* `seq` is that of the message when there is no id. */
static int find_row(IndexReader *reader, const char *id, gint64 *seq, MailFile *out_file, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(reader->db,
                   id ? "SELECT seq, id, in_new, file_name FROM mail WHERE id = ?1"
                      : "SELECT seq, id, in_new, file_name FROM mail WHERE seq = ?1",
                   &statement, error))
    return SQLITE_ERROR;
  if (id)
    sql_bind_text(statement, 1, id);
  else
    sqlite3_bind_int64(statement, 1, *seq);
  int result = sqlite3_step(statement);
  if (result == SQLITE_ROW) {
    *seq = sqlite3_column_int64(statement, 0);
    if (!index_row_file(statement, 1, out_file))
      result = SQLITE_DONE; /* no file of ours; the comparison takes the row out */
  } else if (result != SQLITE_DONE) {
    sql_failed(reader->db, error);
  }
  sqlite3_finalize(statement);
  return result;
}

/* 0: there is none. */
static gboolean find_last(IndexReader *reader, const SearchQuery *query, gint64 *out_seq, GError **error) {
  g_autoptr(IndexSearch) search = index_search_compile(reader->db, query, error);
  g_autofree char *text = search ? index_search_list_sql(search, "mail.seq", NULL, TRUE, 0, 1) : NULL;
  sqlite3_stmt *statement = search ? prepare(reader, search, text, error) : NULL;
  g_autoptr(GArray) seqs = statement ? sql_read_numbers(statement, error) : NULL;

  *out_seq = seqs && seqs->len > 0 ? g_array_index(seqs, gint64, 0) : 0;
  return seqs != NULL;
}

static InboxMail *find(IndexReader *reader, const char *id, const SearchQuery *query, MailFile *out_file,
                       GError **error) {
  gint64 seq = 0;
  InboxMail *mail = NULL;

  if (!id && !find_last(reader, query, &seq, error))
    return NULL;
  int result = find_row(reader, id, &seq, out_file, error);
  if (result == SQLITE_ROW)
    result = read_view(reader, seq, &mail, error);
  if (result == SQLITE_DONE)
    g_set_error_literal(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND, "there is no such message");
  return mail;
}

InboxMail *index_reader_find(IndexReader *reader, const char *id, const SearchQuery *query, MailFile *out_file,
                             GError **error) {
  *out_file = (MailFile){0};
  GError *reason = NULL;
  InboxMail *mail = begin(reader, &reason) ? find(reader, id, query, out_file, &reason) : NULL;
  end(reader);
  tell(reader, reason, error);
  if (!mail)
    mail_file_clear(out_file);
  return mail;
}

gboolean index_reader_totals(IndexReader *reader, InboxTotals *out_totals, GError **error) {
  guint64 *const totals[] = {&out_totals->last_seq, &out_totals->n_messages, &out_totals->n_unread,
                             &out_totals->n_flagged, &out_totals->n_bytes};
  GError *reason = NULL;
  gboolean ok = sql_read_row(reader->db, "SELECT last_seq, n_mails, n_unread, n_flagged, n_octets FROM total",
                             G_N_ELEMENTS(totals), totals, &reason);

  tell(reader, reason, error);
  return ok;
}

GPtrArray *index_reader_tags(IndexReader *reader, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(reader->db,
                   "SELECT name, (SELECT count(*) FROM mail_tag WHERE mail_tag.tag = tag.id) FROM tag ORDER BY name",
                   &statement, error))
    return NULL;
  g_autoptr(GPtrArray) tags = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_tag_free);
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    InboxTag *tag = g_new0(InboxTag, 1);
    tag->name = index_row_text(statement, 0);
    tag->n_messages = index_row_count(statement, 1);
    g_ptr_array_add(tags, tag);
  }
  if (result != SQLITE_DONE)
    sql_failed(reader->db, error);
  sqlite3_finalize(statement);
  return result == SQLITE_DONE ? g_steal_pointer(&tags) : NULL;
}

gboolean index_reader_recipients(IndexReader *reader, const char *text, guint64 start, guint64 limit,
                                 InboxRecipientPage *out_page, GError **error) {
  GError *reason = NULL;
  /* One transaction: the counts are those of the very list. */
  gboolean ok = begin(reader, &reason) && index_recipients_list(reader->db, text, start, limit, out_page, &reason);

  end(reader);
  tell(reader, reason, error);
  return ok;
}

/* --- what was said */

Found index_reader_transcript(IndexReader *reader, const char *id, char **out_said, GError **error) {
  GError *reason = NULL;
  Found found = index_transcript_read(reader->db, id, out_said, &reason);

  tell(reader, reason, error);
  return found;
}

gboolean index_reader_attempts(IndexReader *reader, const char *code, guint64 before, guint limit,
                               InboxAttemptPage *out_page, GError **error) {
  GError *reason = NULL;
  gboolean ok = index_attempts_read(reader->db, code, before, limit, out_page, &reason);

  tell(reader, reason, error);
  return ok;
}
