#pragma once
/* Events as they were sent to somebody, for others who get the same a moment later.
 *
 * Owns: references to the events it keeps.
 * Thread: the loop thread.
 * Errors: none: what is not kept is printed again.
 * Units and limits: the last events, EVENT_CACHE_MAX at most, of EVENT_CACHE_BYTES_MAX together.
 * Source: docs/http.md, "Limits". */
#include <glib.h>

enum { EVENT_CACHE_MAX = 1000, EVENT_CACHE_BYTES_MAX = 4 * 1024 * 1024 };

typedef struct EventCache EventCache;

EventCache *event_cache_new(void);
void event_cache_free(EventCache *cache);

/* By the number it has in the inbox. The caller unrefs; NULL: it is not kept. */
GBytes *event_cache_find(EventCache *cache, guint64 number);

/* Keeps a reference, unless it is too large or kept already. */
void event_cache_add(EventCache *cache, guint64 number, GBytes *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventCache, event_cache_free)
