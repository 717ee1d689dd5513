#pragma once
/* A folder of files that is there whole or not at all: it is filled under another name beside its place, and renamed.
 *
 * Owns: that folder, which goes when it is freed before it was put in its place.
 * Thread: the main thread; writing blocks.
 * Errors: CLI_ERROR, in one line that begins with the path. Those of writing stick until whole_folder_commit().
 * Units and limits: folders within are those it was made with.
 * Source: rename(2). */
#include "cli/command.h"

typedef struct WholeFolder WholeFolder;

/* There must be nothing at `path`, or an empty folder. `subfolders` are made in it; NULL ends, and is lent. */
WholeFolder *whole_folder_new(const char *path, const char *const *subfolders, GError **error);

/* Takes it away, if it was not committed. NULL is fine. */
void whole_folder_free(WholeFolder *folder);

/* Begins the next file: a name of no hidden file, in a subfolder if there are any. FALSE: it is none, or cannot be. */
gboolean whole_folder_begin(WholeFolder *folder, const char *name);

/* FALSE: no more can be written. */
gboolean whole_folder_write(WholeFolder *folder, const char *octets, gsize len);
gboolean whole_folder_end(WholeFolder *folder);

gboolean whole_folder_commit(WholeFolder *folder, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WholeFolder, whole_folder_free)
