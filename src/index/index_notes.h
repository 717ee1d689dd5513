#pragma once
/* Transcripts that wait for the index, in a file, so that they outlive the process.
 *
 * Owns: the file dsmtpd.transcripts and its descriptor. It exists only while something waits.
 * Thread: the updater's.
 * Errors: none. A file that is a link, a pipe, a directory or has a second name is left alone.
 * Units and limits: INDEX_NOTES_BYTES_MAX of file; of each transcript INDEX_NOTE_BYTES_MAX.
 * Source: docs/storage.md, "Transcripts that wait". */
#include "maildir/parts.h"

#define INDEX_NOTES_NAME "dsmtpd.transcripts"

enum { INDEX_NOTES_BYTES_MAX = 64 * 1024 * 1024, INDEX_NOTE_BYTES_MAX = 64 * 1024 };

typedef struct IndexNotes IndexNotes;

/* Looks whether an earlier process left some. */
IndexNotes *index_notes_new(const StoreParts *parts);

/* Removes the file when it is empty. NULL is fine. */
void index_notes_free(IndexNotes *notes);

/* Other directories took the place of those of the Maildir. */
void index_notes_move(IndexNotes *notes);

/* To be written with the next index_notes_write(). */
void index_notes_add(IndexNotes *notes, const char *id, const char *said);
void index_notes_write(IndexNotes *notes);

gboolean index_notes_is_empty(const IndexNotes *notes);

/* All are in the index. */
void index_notes_clear(IndexNotes *notes);

/* Gives all that were written, and can be read, to `found`, until that returns FALSE. */
typedef gboolean (*IndexNoteFound)(const char *id, const char *said, gpointer user_data);
void index_notes_read(IndexNotes *notes, IndexNoteFound found, gpointer user_data);
