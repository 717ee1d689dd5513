#pragma once
/* The index's database: where it lies, its tables, its connections. What is found on disk is not trusted: see
 * index/index_trust.h.
 *
 * Owns: an IndexFile its place; connections belong to who opens them.
 * Thread: opened and made again by the thread that writes, freed when that has ended; connections for reading are
 *         opened by any.
 * Errors: INBOX_ERROR. A file that is damaged, of another version or no database at all is removed and made again: all
 *         in it is in the messages and in the file of UIDs and tags as well. Where no file can be made, or what is
 *         there is a link or not a file, the index is kept in memory, and nothing on disk touched.
 * Units and limits: in memory at most what SQLite's memdb allows, 1 GiB; INDEX_LEAVES_BYTES, or the eighth part of a
 *         smaller disk, are left to messages; an index of up to INDEX_MOVES_BYTES leaves a disk that has no more. Who
 *         may not write to the one on disk begins with a copy of it, of up to INDEX_VISITOR_BYTES.
 * Source: docs/storage.md, "The index". */
#include "inbox/event.h"
#include "maildir/maildir.h"
#include <sqlite3.h>

#define INDEX_NAME "dsmtpd.index"

enum {
  INDEX_VERSION = 6,
  INDEX_LEAVES_BYTES = 1024 * 1024,
  INDEX_MOVES_BYTES = 64 * 1024 * 1024,
  INDEX_VISITOR_BYTES = 512 * 1024 * 1024
};

typedef struct IndexFile IndexFile;

IndexFile *index_file_new(const Maildir *maildir);
void index_file_free(IndexFile *file);

/* Brings all into the one file: whoever reads cannot do so when it is the last to close. Nobody may have it open. */
void index_file_tidy(IndexFile *file);

/* A connection that writes, to tables that are there. The caller closes it before it opens another. NULL only when
 * memory does not do either. */
sqlite3 *index_file_open(IndexFile *file, GError **error);

/* TRUE: the room that is left on its disk is for messages. */
gboolean index_file_is_short_of_room(IndexFile *file);

/* Moves all that `writer`, a connection without a transaction, sees into memory, where index_file_open() finds it, and
 * removes the file, which a visitor leaves to others instead. FALSE: it is there already, or too large. */
gboolean index_file_move_to_memory(IndexFile *file, sqlite3 *writer);

/* What was moved is written to the disk again, if there is ample room by now. For the end: nobody may use it after. */
void index_file_bring_back(IndexFile *file, sqlite3 *writer);

/* Takes away what there is, on disk unless another process has it, so that index_file_open() makes it again. `reason`
 * is why it is of no use, for the notice; NULL: there is to be none. */
void index_file_remove(IndexFile *file, const GError *reason);

/* FALSE: it is in memory, or a visitor's, and stays where it is. */
gboolean index_file_can_be_put_aside(IndexFile *file);

/* A connection that reads what there is now, wherever the file is moved: one that was put aside. `place` is the
 * directory in the Maildir, NULL: itself. It leaves all files where they are when it is closed. */
sqlite3 *index_file_open_aside(const Maildir *maildir, const char *place, GError **error);

/* Makes an index without messages, `place`/`name` in the Maildir, which must have no file of this name. It has all that
 * is not about messages, with `event`, which tells that all are gone. */
gboolean index_file_make_next(const IndexFile *file, const char *place, int place_fd, const char *name,
                              const InboxEvent *event, GError **error);

/* Another directory took the place of the Maildir: index_file_open() opens what is there, or makes it. */
void index_file_move(IndexFile *file);

/* Leaves what there is to another process: index_file_open() makes it again in memory. */
void index_file_leave_disk(IndexFile *file);

/* A connection that reads. The caller closes it. */
sqlite3 *index_file_open_reader(IndexFile *file, GError **error);

/* The same for what is on disk, whoever keeps it; nothing is made, and no version asked for. */
sqlite3 *index_file_open_as_it_is(const IndexFile *file, GError **error);

/* FALSE, and DAMAGED: there are other tables, indexes, views or triggers than we make, with which our statements could
 * do something else. */
gboolean index_file_is_ours(sqlite3 *db, GError **error);

/* Grows each time the database is another one: older connections for reading are of no use then. */
guint index_file_generation(IndexFile *file);

/* TRUE: it lives in memory, as no file can be made, written or trusted, or another process has it. */
gboolean index_file_is_in_memory(IndexFile *file);

/* TRUE: this process has the right to write to the index on disk, wherever its own is. */
gboolean index_file_is_owner(const IndexFile *file);

/* What an index of an older version, found by index_file_open(), had: ids -> GPtrArray of char *. NULL: none. Lent. */
GHashTable *index_file_old_tags(const IndexFile *file);

/* Why, where somebody has to do something about it; NULL: that is not the case. The caller frees. */
char *index_file_problem(IndexFile *file);

/* What was put right without being asked, and people should know, once; NULL: nothing. The caller frees. For the thread
 * that writes. */
char *index_file_take_notice(IndexFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexFile, index_file_free)
