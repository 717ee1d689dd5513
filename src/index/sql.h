#pragma once
/* SQLite with this program's errors.
 *
 * Thread: that of the connection.
 * Errors: INBOX_ERROR, with SQLite's words: NO_SPACE when the disk is full, DAMAGED when the file is no good, else
 *         FAILED.
 * Source: the C interface of SQLite 3. */
#include "base/found.h"
#include <glib.h>
#include <sqlite3.h>

/* Runs statements that give no rows. */
gboolean sql_run(sqlite3 *db, const char *statements, GError **error);

/* To be finalized by the caller. */
gboolean sql_prepare(sqlite3 *db, const char *text, sqlite3_stmt **out_statement, GError **error);

/* The text stays the caller's, until the statement is bound again or finalized. NULL is SQL's. */
void sql_bind_text(sqlite3_stmt *statement, int at, const char *text);

/* Runs a statement that gives no rows to its end, and resets it; values stay bound. */
gboolean sql_done(sqlite3_stmt *statement, GError **error);

/* The numbers of the one row that a statement gives. */
gboolean sql_read_row(sqlite3 *db, const char *text, guint n_numbers, guint64 *const out_numbers[], GError **error);
gboolean sql_read_number(sqlite3 *db, const char *text, guint64 *out_number, GError **error);

/* The first column of all rows, gint64, which have to grow or to fall from row to row: pages that name each other in a
 * circle would give rows without end. Finalizes the statement. */
GArray *sql_read_numbers(sqlite3_stmt *statement, GError **error);

/* Sets the error from what the connection did last. Always FALSE. */
gboolean sql_failed(sqlite3 *db, GError **error);

/* What the first step of a query came to; FOUND_FAILED sets the error. */
Found sql_found(sqlite3 *db, int result, GError **error);

/* Appends a string as FTS5 wants it in an expression. */
void sql_append_quoted(GString *out, const char *text, gsize len);
