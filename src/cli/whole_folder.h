#pragma once
/* A directory of files that appears when it is complete, or not at all: it is filled under another name, and renamed.
 *
 * Owns: that directory, which is removed when it is freed before whole_folder_commit().
 * Thread: the main thread; writing blocks.
 * Errors: CLI_ERROR, in one line that begins with the path. Those of writing stick until whole_folder_commit().
 * Units and limits: subdirectories are those it was created with.
 * Source: rename(2). */
#include "cli/command.h"

typedef struct WholeDirectory WholeDirectory;

/* There must be nothing at `path`, or an empty directory. `subfolders` are created in it; NULL ends, and is lent. */
WholeDirectory *whole_directory_new(const char *path, const char *const *subdirectories, GError **error);

/* Takes it away, if it was not committed. NULL is fine. */
void whole_directory_free(WholeDirectory *directory);

/* Begins the next file: not a hidden one, in a subdirectory if there are any. FALSE: the name is invalid, or the file
 * cannot be created. */
gboolean whole_directory_begin(WholeDirectory *directory, const char *name);

/* FALSE: no more can be written. */
gboolean whole_directory_write(WholeDirectory *directory, const char *bytes, gsize len);
gboolean whole_directory_end(WholeDirectory *directory);

gboolean whole_directory_commit(WholeDirectory *directory, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WholeDirectory, whole_directory_free)
