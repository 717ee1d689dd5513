#pragma once
/* Values of a row of the index, which may not be what this program wrote: another could have put anything there.
 *
 * Owns: nothing; texts are the caller's.
 * Thread: that of the connection.
 * Errors: none; a value of the wrong kind or out of range becomes the nearest one that is possible.
 * Units and limits: times are microseconds since 1970 and lie in the years 1 to 9999. A value has at most
 *         INDEX_VALUE_BYTES_MAX bytes, which is what SQLite gives out on our connections.
 * Source: docs/storage.md, "What the index is trusted with". */
#include "maildir/mail_file.h"
#include <sqlite3.h>

enum { INDEX_VALUE_BYTES_MAX = 32 * 1024 * 1024 /* 12 searchable texts of 1 MiB are one row */ };

/* The largest `seq`: beyond any time in microseconds, and far from where counting on would overflow. */
#define INDEX_SEQ_MAX (G_MAXINT64 / 2)

/* The largest size of a message; sums of so many as there can be stay below G_MAXINT64. */
#define INDEX_SIZE_MAX ((gint64)1 << 42)

/* UTF-8, whatever is there. NULL: SQL's. */
char *index_row_text_or_null(sqlite3_stmt *statement, int column);

/* The same, and "" for SQL's NULL. */
char *index_row_text(sqlite3_stmt *statement, int column);

/* Whether there is a size, and one that can be. */
gboolean index_row_has_size(sqlite3_stmt *statement, int column);

gint64 index_row_time_us(sqlite3_stmt *statement, int column);
guint index_row_count(sqlite3_stmt *statement, int column);
guint64 index_row_size(sqlite3_stmt *statement, int column);

/* The file of a message, from the columns `id`, `in_new` and `file_name`, which follow each other from `column` on. To
 * be called before these are read as texts, which makes them such for SQLite. FALSE: the row names the file of another
 * message or of none, and *out_file has no name. */
gboolean index_row_file(sqlite3_stmt *statement, int column, MailFile *out_file);
