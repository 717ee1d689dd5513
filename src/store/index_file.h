#pragma once
/* The index's database: where it lies, its tables, its connections.
 *
 * Owns: an IndexFile its place; connections belong to who opens them.
 * Thread: opened, made anew and freed by the thread that writes; connections for reading are opened by any.
 * Errors: STORE_ERROR. A file that is damaged, of another version or no database at all is removed and made anew: all
 * in it but tags is in the mails as well. Where no file can be made the index is kept in memory. Units and limits: in
 * memory at most what SQLite's memdb allows, 1 GiB. Source: docs/storage.md, "The index". */
#include "store/maildir.h"
#include <sqlite3.h>

#define INDEX_NAME "dsmtpd.index"

enum { INDEX_VERSION = 1 };

typedef struct IndexFile IndexFile;

IndexFile *index_file_new(const Maildir *maildir);
void index_file_free(IndexFile *file);

/* A connection that writes, to tables that are there. The caller closes it before it opens another. NULL only when
 * memory does not do either. */
sqlite3 *index_file_open(IndexFile *file, GError **error);

/* Takes away what there is, on disk unless another process has it, so that index_file_open() makes it anew. */
void index_file_remove(IndexFile *file);

/* Leaves what there is to another process: index_file_open() makes it anew in memory. */
void index_file_leave_disk(IndexFile *file);

/* A connection that reads. The caller closes it. */
sqlite3 *index_file_open_reader(IndexFile *file, GError **error);

/* Grows each time the database is another one: older connections for reading are of no use then. */
guint index_file_generation(IndexFile *file);

/* TRUE: it was not there, or could not be used. */
gboolean index_file_is_fresh(const IndexFile *file);

/* TRUE: it lives in memory, as no file can be made, or another process has it. */
gboolean index_file_is_in_memory(IndexFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexFile, index_file_free)
