#include "index/index_recipient.h"

#include "index/index_row.h"
#include "index/sql.h"
#include <string.h>

/* recipient_by_count has the order of the list and the addresses to filter, so that a page reads no more than it shows;
 * mail_recipient finds those whose counts change with a message. */
const char index_recipient_schema[] =
    "CREATE TABLE recipient(id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, n_mails INTEGER NOT NULL,"
    " n_unread INTEGER NOT NULL);"
    "CREATE INDEX recipient_by_count ON recipient(n_mails DESC, address);"
    "CREATE TABLE mail_recipient(seq INTEGER NOT NULL, recipient INTEGER NOT NULL, PRIMARY KEY(seq, recipient))"
    " WITHOUT ROWID;";

typedef enum { COUNT_UP, LINK, MARK, COUNT_DOWN, REMOVE_UNUSED, UNLINK, STATEMENTS_N } Statement;

struct IndexRecipients {
  sqlite3_stmt *statements[STATEMENTS_N];
};

#define OF_MAIL "id IN (SELECT recipient FROM mail_recipient WHERE seq = ?1)"

/* ?1 is the message, ?2 how many unread ones it adds or takes, ?3 an address. */
static const char *const sql[STATEMENTS_N] = {
    [COUNT_UP] = "INSERT INTO recipient(address, n_mails, n_unread) VALUES(?3, 1, ?2)"
                 " ON CONFLICT(address) DO UPDATE SET n_mails = n_mails + 1, n_unread = n_unread + ?2",
    [LINK] = "INSERT OR IGNORE INTO mail_recipient(seq, recipient) SELECT ?1, id FROM recipient WHERE address = ?3",
    [MARK] = "UPDATE recipient SET n_unread = n_unread + ?2 WHERE " OF_MAIL,
    [COUNT_DOWN] = "UPDATE recipient SET n_mails = n_mails - 1, n_unread = n_unread + ?2 WHERE " OF_MAIL,
    [REMOVE_UNUSED] = "DELETE FROM recipient WHERE n_mails < 1 AND " OF_MAIL,
    [UNLINK] = "DELETE FROM mail_recipient WHERE seq = ?1",
};

IndexRecipients *index_recipients_new(sqlite3 *db, GError **error) {
  g_autoptr(IndexRecipients) recipients = g_new0(IndexRecipients, 1);

  for (guint i = 0; i < STATEMENTS_N; i++)
    if (!sql_prepare(db, sql[i], &recipients->statements[i], error))
      return NULL;
  return g_steal_pointer(&recipients);
}

void index_recipients_free(IndexRecipients *recipients) {
  if (!recipients)
    return;
  for (guint i = 0; i < STATEMENTS_N; i++)
    sqlite3_finalize(recipients->statements[i]);
  g_free(recipients);
}

static gboolean run(IndexRecipients *recipients, Statement which, gint64 seq, int n_unread, const char *address,
                    GError **error) {
  sqlite3_stmt *statement = recipients->statements[which];
  int n_values = sqlite3_bind_parameter_count(statement);

  sqlite3_bind_int64(statement, 1, seq);
  if (n_values >= 2)
    sqlite3_bind_int(statement, 2, n_unread);
  if (n_values >= 3)
    sql_bind_text(statement, 3, address);
  return sql_done(statement, error);
}

/* --- counting */

gboolean index_recipients_add(IndexRecipients *recipients, gint64 seq, const MailSummary *summary, gboolean is_read,
                              GError **error) {
  g_autoptr(GHashTable) addresses = mail_summary_addressees(summary);
  GHashTableIter iter;
  gpointer address;

  g_hash_table_iter_init(&iter, addresses);
  while (g_hash_table_iter_next(&iter, &address, NULL))
    if (!run(recipients, COUNT_UP, seq, is_read ? 0 : 1, address, error) ||
        !run(recipients, LINK, seq, 0, address, error))
      return FALSE;
  return TRUE;
}

gboolean index_recipients_mark(IndexRecipients *recipients, gint64 seq, gboolean is_read, GError **error) {
  return run(recipients, MARK, seq, is_read ? -1 : 1, NULL, error);
}

gboolean index_recipients_remove(IndexRecipients *recipients, gint64 seq, gboolean was_read, GError **error) {
  return run(recipients, COUNT_DOWN, seq, was_read ? 0 : -1, NULL, error) &&
         run(recipients, REMOVE_UNUSED, seq, 0, NULL, error) && run(recipients, UNLINK, seq, 0, NULL, error);
}

/* --- listing */

/* `text` is bound as ?1. */
static sqlite3_stmt *prepare(sqlite3 *db, const char *sql_text, const char *text, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, sql_text, &statement, error))
    return NULL;
  if (sqlite3_bind_parameter_count(statement) > 0)
    sql_bind_text(statement, 1, text);
  return statement;
}

static gboolean count(sqlite3 *db, const char *sql_text, const char *text, guint64 *out_n, GError **error) {
  sqlite3_stmt *statement = prepare(db, sql_text, text, error);

  if (!statement)
    return FALSE;
  g_autoptr(GArray) numbers = sql_read_numbers(statement, error);
  *out_n = numbers && numbers->len == 1 ? (guint64)MAX(0, g_array_index(numbers, gint64, 0)) : 0;
  return numbers != NULL;
}

/* What was written to the index by others may be any number. */
static InboxRecipient *read_row(sqlite3_stmt *statement) {
  InboxRecipient *recipient = g_new0(InboxRecipient, 1);

  recipient->address = index_row_text(statement, 0);
  recipient->n_messages = index_row_count(statement, 1);
  recipient->n_unread = MIN(index_row_count(statement, 2), recipient->n_messages);
  return recipient;
}

static gboolean read_rows(sqlite3 *db, const char *text, guint64 start, guint64 limit, GPtrArray *recipients,
                          GError **error) {
  g_autofree char *sql_text = g_strdup_printf(
      "SELECT address, n_mails, n_unread FROM recipient INDEXED BY recipient_by_count%s ORDER BY n_mails DESC, address"
      " LIMIT %" G_GUINT64_FORMAT " OFFSET %" G_GUINT64_FORMAT,
      text ? " WHERE instr(address, ?1)" : "", MIN(limit, INBOX_RECIPIENTS_MAX), MIN(start, G_MAXINT64));
  sqlite3_stmt *statement = prepare(db, sql_text, text, error);

  if (!statement)
    return FALSE;
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW)
    g_ptr_array_add(recipients, read_row(statement));
  if (result != SQLITE_DONE)
    sql_failed(db, error);
  sqlite3_finalize(statement);
  return result == SQLITE_DONE;
}

gboolean index_recipients_list(sqlite3 *db, const char *text, guint64 start, guint64 limit,
                               InboxRecipientPage *out_page, GError **error) {
  g_autofree char *wanted = text && *text ? g_utf8_strdown(text, -1) : NULL;
  g_auto(InboxRecipientPage) page = {
      .recipients = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_recipient_free),
  };

  if (!count(db, "SELECT count(*) FROM recipient", NULL, &page.n_total, error) ||
      (wanted && !count(db, "SELECT count(*) FROM recipient INDEXED BY recipient_by_count WHERE instr(address, ?1)",
                        wanted, &page.n_matching, error)) ||
      !read_rows(db, wanted, start, limit, page.recipients, error))
    return FALSE;
  if (!wanted)
    page.n_matching = page.n_total;
  *out_page = page;
  page.recipients = NULL;
  return TRUE;
}
