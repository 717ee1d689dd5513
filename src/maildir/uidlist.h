#pragma once
/* What belongs to the messages of a Maildir and is in no message: UIDs, tags that were set, and up to where the numbers
 * of changes were given out. It is kept in a text file, so that it outlives the index.
 *
 * Owns: the file dsmtpd.uidlist and its descriptor; the last number given out.
 * Thread: numbers: any, without waiting for the disk. All else is the updater's, when it runs.
 * Errors: INBOX_ERROR. What cannot be written is no reason to stop anything: the index has it as well, and the file is
 *         written again from there. A file that is a link, a pipe, a directory or has a second name is left alone.
 * Units and limits: files of up to UIDLIST_BYTES_MAX are read. Numbers are reserved UIDLIST_AHEAD_US ahead, UIDs up to
 *         UIDLIST_STEP_MAX.
 * Source: docs/storage.md, "UIDs, tags and change numbers". */
#include "maildir/maildir.h"
#include "maildir/uidlist_line.h"

#define UIDLIST_NAME "dsmtpd.uidlist"

enum {
  UIDLIST_AHEAD_US = 60 * 1000 * 1000,
  UIDLIST_STEP_MIN = 100,
  UIDLIST_STEP_MAX = 10 * 1000,
  UIDLIST_REWRITE_MIN = 1000 /* lines that say nothing any more, before it is written again for them */
};
#define UIDLIST_BYTES_MAX ((gint64)2 << 30)

typedef struct UidList UidList;

/* How much of the file somebody has taken in. */
typedef struct UidListMark {
  char file_id[UIDLIST_ID_DIGITS + 1]; /* another one each time the file is made; "": none */
  gint64 offset;
  guint64 n_lines;
} UidListMark;

UidList *uidlist_new(const Maildir *maildir, const StoreIo *io, gboolean is_durable);

/* Says in the file, where it is ours, that nothing was given out beyond what it says. */
void uidlist_free(UidList *list);

/* Other directories took the place of those of the Maildir. */
void uidlist_move(UidList *list);

/* Whether this process is the one that writes to it; at first it is not. */
void uidlist_set_owner(UidList *list, gboolean is_owner);

/* --- numbers */

/* One more than any before, and the real time in microseconds where that is possible. */
guint64 uidlist_next_number(UidList *list);

/* Later numbers are larger. */
void uidlist_raise_number(UidList *list, guint64 number);

/* A position in the order of numbers: later ones are larger, earlier ones are not. */
guint64 uidlist_now(UidList *list);

/* The last one given out, or more. */
guint64 uidlist_last_number(UidList *list);

/* --- UIDs */

/* Opens the file, if there is one. FALSE: there is none of use. */
gboolean uidlist_look(UidList *list);

/* Reads the lines after `mark`, and moves it. FALSE: the file is another one, or shorter: nothing was read. */
gboolean uidlist_read_on(UidList *list, UidListMark *mark, UidListRead read, gpointer user_data);

/* TRUE: the mark is in this file, whatever its length. */
gboolean uidlist_is_same(UidList *list, const UidListMark *mark);

/* Reads all. `*out_n_damaged`: lines that could not be read. */
void uidlist_read_all(UidList *list, UidListMark *out_mark, UidListRead read, gpointer user_data,
                      guint64 *out_n_damaged);

/* 0: the file does not say. */
guint32 uidlist_validity(UidList *list);

/* UIDs begin again, with a validity after `old_validity`; the file is to be rewritten. */
void uidlist_renew(UidList *list, guint32 old_validity);

/* The same, but with the validity there was and UIDs after `last_uid`, for a file that is gone. */
void uidlist_restore(UidList *list, guint32 validity, guint32 last_uid);

/* Later UIDs are larger. */
void uidlist_raise_uid(UidList *list, guint32 uid);
guint32 uidlist_last_uid(UidList *list);

/* 0: there is none, as another process gives them out, or they are exhausted, until uidlist_renew(). */
guint32 uidlist_next_uid(UidList *list);
gboolean uidlist_is_exhausted(UidList *list);

/* To be written with the next uidlist_flush(). */
void uidlist_put(UidList *list, const UidListLine *line);

/* What was put is not to be. */
void uidlist_drop(UidList *list);

/* Writes what was put. With `syncs` that lasts when it returns. In any case it is sure then that UIDs and numbers given
 * out until now are never given out again, whatever happens to machine, clock and index. */
gboolean uidlist_flush(UidList *list, gboolean syncs, GError **error);

/* Makes lasting what was written. */
gboolean uidlist_has_unsynced(const UidList *list);
void uidlist_sync(UidList *list);

/* The end of what was written. */
UidListMark uidlist_mark(UidList *list);

/* TRUE: the file lacks something, or most of it is of no use, where `n_live` lines would do. */
gboolean uidlist_wants_rewrite(UidList *list, guint64 n_live);
void uidlist_want_rewrite(UidList *list);

/* Writes it again. `fill` appends some lines to `out`; FALSE: they were the last. */
typedef gboolean (*UidListFill)(GString *out, gpointer user_data, GError **error);
gboolean uidlist_rewrite(UidList *list, UidListFill fill, gpointer user_data, GError **error);

/* What people should know about the file, once; NULL: nothing. The caller frees. */
char *uidlist_take_notice(UidList *list);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UidList, uidlist_free)
