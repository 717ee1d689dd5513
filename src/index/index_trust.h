#pragma once
/* What is asked of an index on disk before it is used: others may have made it, or replaced parts of it.
 *
 * Thread: any.
 * Errors: INBOX_ERROR, DAMAGED for what is not ours.
 * Units and limits: values of INDEX_VALUE_BYTES_MAX bytes.
 * Source: sqlite.org/security.html, "Untrusted SQLite Database Files"; docs/storage.md, "What the index is trusted
 *         with". */
#include <glib.h>
#include <sqlite3.h>

/* FALSE: one of the files that SQLite uses for `name` in the directory is not a regular file of one name, and must not
 * be opened: it could lead elsewhere, belong to another program as well, or never finish opening. A rollback journal
 * is never ours (the index has a WAL), and would make SQLite restore pages and remove a file that the journal names:
 * with `removes_journal`, for those who own the index, it is removed; else it fails the check. */
gboolean index_trust_files(int dir_fd, const char *name, gboolean removes_journal, GError **error);

/* Takes from a connection what an index does not need: triggers, views, writing to the schema and to FTS5's own tables,
 * functions called from the schema, huge values. */
gboolean index_trust_little(sqlite3 *db, GError **error);

/* SQLite's own check of the whole file. FALSE: it found damage; *error says what. */
gboolean index_trust_check(sqlite3 *db, GError **error);

/* What is in the database: a text that is the same for the same tables, indexes, views and triggers. NULL: an error. */
char *index_trust_describe(sqlite3 *db, GError **error);
