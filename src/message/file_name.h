#pragma once
/* Names for files that come out of messages.
 *
 * Thread: any; pure.
 * Errors: none: of a name that cannot be used nothing is left.
 * Units and limits: FILE_NAME_BYTES_MAX bytes, cut before the extension.
 * Source: RFC 2183 2.3 and 5 (names from outside name no path); docs/reading.md. */
#include <glib.h>

enum { FILE_NAME_BYTES_MAX = 200 };

/* `name`, valid UTF-8, as the name of a file in some directory: of a path, what stands after the last slash or
 * backslash; slashes of other names, such as "Invoice 1/2.pdf", become underscores; without control characters and
 * those that change the direction of writing or are invisible, but with joiners; not "." or "..". NULL when nothing is
 * left. The caller frees. */
char *file_name_safe(const char *name);

/* A name for a part that has none of its own, by what is in it: "part-1.2.png". The caller frees. */
char *file_name_of_part(const char *part_id, const char *content_type);
