#include "store/journal_format.h"

#include <string.h>

enum { GENERATION = 5, SEGMENT_BYTES = 4096 };

static gsize put_record(guint8 *segment, gsize offset, JournalKind kind, const char *name, const char *content) {
  const struct iovec part = {(gpointer)content, strlen(content)};
  journal_record_print_header(kind, GENERATION, name, &part, 1, segment + offset);
  memcpy(segment + offset + JOURNAL_RECORD_HEADER_BYTES, name, strlen(name));
  memcpy(segment + offset + JOURNAL_RECORD_HEADER_BYTES + strlen(name), content, strlen(content));
  return offset + journal_record_bytes(strlen(name), strlen(content));
}

static guint count_records(const guint8 *segment, gsize segment_bytes, guint64 generation) {
  gsize offset = JOURNAL_HEADER_BYTES;
  guint n_records = 0;
  JournalRecord record;
  while (journal_record_parse(segment, segment_bytes, generation, &offset, &record)) {
    g_assert_cmpuint(offset, <=, segment_bytes);
    n_records++;
  }
  return n_records;
}

static void header_round_trip(void) {
  const JournalHeader header = {.generation = 1ULL << 40, .identity = {.boot_id = {1, 2, 3}, .mount_id = 99}};
  guint8 bytes[JOURNAL_HEADER_BYTES];
  journal_header_print(&header, bytes);
  JournalHeader parsed;
  g_assert_cmpint(journal_header_parse(bytes, sizeof bytes, &parsed), ==, JOURNAL_HEADER_VALID);
  g_assert_cmpuint(parsed.generation, ==, header.generation);
  g_assert_true(store_identity_equal(&parsed.identity, &header.identity));
  g_assert_cmpint(journal_header_parse(bytes, sizeof bytes - 1, &parsed), ==, JOURNAL_HEADER_NONE);
  for (gsize i = 0; i < sizeof bytes; i++) {
    bytes[i] ^= 0x10;
    g_assert_cmpint(journal_header_parse(bytes, sizeof bytes, &parsed), ==, JOURNAL_HEADER_NONE);
    bytes[i] ^= 0x10;
  }
}

static void records_round_trip(void) {
  guint8 segment[SEGMENT_BYTES] = {0};
  gsize second = put_record(segment, JOURNAL_HEADER_BYTES, JOURNAL_DELIVER, "1.M2P3Q4.host,S=6", "From: ");
  put_record(segment, second, JOURNAL_FORGET, "1.M2P3Q5.host,S=0", "");
  gsize offset = JOURNAL_HEADER_BYTES;
  JournalRecord record;
  g_assert_true(journal_record_parse(segment, sizeof segment, GENERATION, &offset, &record));
  g_assert_cmpint(record.kind, ==, JOURNAL_DELIVER);
  g_assert_cmpmem(record.name, record.name_len, "1.M2P3Q4.host,S=6", 17);
  g_assert_cmpmem(record.content, record.content_len, "From: ", 6);
  g_assert_cmpuint(offset, ==, second);
  g_assert_cmpuint(offset % 8, ==, 0);
  g_assert_true(journal_record_parse(segment, sizeof segment, GENERATION, &offset, &record));
  g_assert_cmpint(record.kind, ==, JOURNAL_FORGET);
  g_assert_cmpuint(record.content_len, ==, 0);
  g_assert_false(journal_record_parse(segment, sizeof segment, GENERATION, &offset, &record));
}

static void torn_tail_ends_the_segment(void) {
  guint8 segment[SEGMENT_BYTES] = {0};
  gsize second = put_record(segment, JOURNAL_HEADER_BYTES, JOURNAL_DELIVER, "first", "content of the first");
  gsize end = put_record(segment, second, JOURNAL_DELIVER, "second", "content of the second");
  g_assert_cmpuint(count_records(segment, end, GENERATION), ==, 2);
  gsize second_len = JOURNAL_RECORD_HEADER_BYTES + strlen("second") + strlen("content of the second");
  for (gsize len = second; len < second + second_len; len++)
    g_assert_cmpuint(count_records(segment, len, GENERATION), ==, 1);
  for (gsize i = second; i < second + second_len; i++) {
    segment[i] ^= 1;
    g_assert_cmpuint(count_records(segment, sizeof segment, GENERATION), ==, 1);
    segment[i] ^= 1;
  }
}

static void older_generation_is_no_record(void) {
  guint8 segment[SEGMENT_BYTES] = {0};
  put_record(segment, JOURNAL_HEADER_BYTES, JOURNAL_DELIVER, "name", "content");
  g_assert_cmpuint(count_records(segment, sizeof segment, GENERATION + 2), ==, 0);
}

static void name_that_leaves_the_directory_is_no_record(void) {
  static const char *const names[] = {"../../etc/passwd", ".hidden", "a/b", "", "a b", "a\nb", "a:2,S"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    guint8 segment[SEGMENT_BYTES] = {0};
    put_record(segment, JOURNAL_HEADER_BYTES, JOURNAL_DELIVER, names[i], "content");
    g_assert_cmpuint(count_records(segment, sizeof segment, GENERATION), ==, 0);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/journal_format/header_round_trip", header_round_trip);
  g_test_add_func("/journal_format/records_round_trip", records_round_trip);
  g_test_add_func("/journal_format/torn_tail_ends_the_segment", torn_tail_ends_the_segment);
  g_test_add_func("/journal_format/older_generation_is_no_record", older_generation_is_no_record);
  g_test_add_func("/journal_format/name_that_leaves_the_directory_is_no_record",
                  name_that_leaves_the_directory_is_no_record);
  return g_test_run();
}
