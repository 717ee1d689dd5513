#include "api/event_cache.h"

typedef struct Entry {
  guint64 number;
  GBytes *event;
} Entry;

struct EventCache {
  GQueue entries;        /* Entry *, the one that was added last at the tail */
  GHashTable *by_number; /* the same, lent */
  gsize n_bytes;
};

EventCache *event_cache_new(void) {
  EventCache *cache = g_new0(EventCache, 1);

  cache->by_number = g_hash_table_new(g_int64_hash, g_int64_equal);
  return cache;
}

static void entry_free(gpointer data) {
  Entry *entry = data;

  g_bytes_unref(entry->event);
  g_free(entry);
}

void event_cache_free(EventCache *cache) {
  if (!cache)
    return;
  g_hash_table_unref(cache->by_number);
  g_queue_clear_full(&cache->entries, entry_free);
  g_free(cache);
}

GBytes *event_cache_find(EventCache *cache, guint64 number) {
  const Entry *entry = g_hash_table_lookup(cache->by_number, &number);

  return entry ? g_bytes_ref(entry->event) : NULL;
}

static void drop_oldest(EventCache *cache) {
  Entry *entry = g_queue_pop_head(&cache->entries);

  cache->n_bytes -= g_bytes_get_size(entry->event);
  g_hash_table_remove(cache->by_number, &entry->number);
  entry_free(entry);
}

void event_cache_add(EventCache *cache, guint64 number, GBytes *event) {
  gsize n_bytes = g_bytes_get_size(event);

  if (n_bytes > EVENT_CACHE_BYTES_MAX || g_hash_table_contains(cache->by_number, &number))
    return;
  while (cache->entries.length >= EVENT_CACHE_MAX || cache->n_bytes + n_bytes > EVENT_CACHE_BYTES_MAX)
    drop_oldest(cache);
  Entry *entry = g_new(Entry, 1);
  *entry = (Entry){number, g_bytes_ref(event)};
  g_queue_push_tail(&cache->entries, entry);
  g_hash_table_insert(cache->by_number, &entry->number, entry);
  cache->n_bytes += n_bytes;
}
