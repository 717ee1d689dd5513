#pragma once
/* Short names for inboxes, by the places of their Maildirs.
 *
 * Owns: nothing; what is returned is the caller's.
 * Thread: any; pure.
 * Source: docs/api.md, "Inboxes". */
#include <glib.h>

/* For each of the absolute `paths`, of which NULL is the last, the fewest of its last parts that no other one ends
 * with: "mail"; "blog/mail" and "shop/mail"; all of it where that is not enough. The caller frees with g_strfreev(). */
GStrv inbox_names(const char *const *paths);
