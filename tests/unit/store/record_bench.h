#pragma once
/* Messages of a Bench with the records of others that came with them, and what has to be there of both.
 *
 * Owns: nothing.
 * Thread: the test's.
 * Errors: end the test.
 * Source: docs/storage.md, "Records of others". */
#include "store/delivery_record.h"

#include "store_bench.h"

enum { RECORDS_EACH = 3 };

/* As a set of number + 1. */
static inline GHashTable *numbers_of(GHashTable *messages) {
  GHashTable *numbers = g_hash_table_new(NULL, NULL);
  GHashTableIter iter;
  gpointer number;

  g_hash_table_iter_init(&iter, messages);
  while (g_hash_table_iter_next(&iter, NULL, &number))
    g_hash_table_add(numbers, number);
  return numbers;
}

/* Each record of both places is whole, and its message is there; returns keys of records. */
static inline GHashTable *read_records(const Bench *bench, GHashTable *numbers) {
  GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (const char *const *place = fault_places; *place; place++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) records = store_read_records(bench->store, *place, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < records->len; i++) {
      const DeliveryRecord *record = g_ptr_array_index(records, i);
      guint number = 0, which = 0;
      g_assert_cmpint(sscanf(record->name, "job-%u-%u", &number, &which), ==, 2);
      g_autoptr(GBytes) expected = record_bytes_for(number, which);
      g_assert_true(g_bytes_equal(record->bytes, expected));
      g_assert_true(g_hash_table_contains(numbers, GUINT_TO_POINTER(number + 1)));
      g_hash_table_add(keys, delivery_record_key(record->place, record->name));
    }
  }
  return keys;
}

static inline gboolean has_key(GHashTable *keys, guint number, guint i) {
  g_autofree char *name = record_name(number, i);
  g_autofree char *key = delivery_record_key(fault_places[i % 2], name);

  return g_hash_table_contains(keys, key);
}
