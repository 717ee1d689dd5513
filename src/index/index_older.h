#pragma once
/* What an index of an older version has that is nowhere else: tags.
 *
 * Owns: nothing.
 * Thread: that of the connection.
 * Errors: none; what cannot be read is lost.
 * Source: docs/storage.md, "UIDs, tags and change numbers". */
#include <glib.h>
#include <sqlite3.h>

enum { INDEX_OLDER_VERSION = 4 /* the one before tags were kept in a file */ };

/* ids -> GPtrArray of char *; NULL: there are none. The caller unrefs. */
GHashTable *index_older_tags(sqlite3 *db);
