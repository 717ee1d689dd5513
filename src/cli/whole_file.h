#pragma once
/* A file that appears when it is complete, or not at all: it is written under another name next to its path, and
 * renamed.
 *
 * Owns: that file, which goes when it is freed before it was put in its place.
 * Thread: the main thread; writing blocks.
 * Errors: CLI_ERROR, in one line that begins with the path. Those of writing stick until whole_file_commit().
 * Source: rename(2), link(2). */
#include "cli/command.h"

typedef struct WholeFile WholeFile;

/* What is there already is an error, unless it `replaces` that. What is not a regular file, such as a pipe, is written
 * to directly. */
WholeFile *whole_file_open(const char *path, gboolean replaces, GError **error);

/* Takes it away, if it was not committed. NULL is fine. */
void whole_file_free(WholeFile *file);

/* FALSE: no more can be written. */
gboolean whole_file_write(WholeFile *file, const char *bytes, gsize len);

/* On the disk and in its place. */
gboolean whole_file_commit(WholeFile *file, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WholeFile, whole_file_free)
