#include "store/crc32c.h"
#include "store/journal_format.h"

#include <string.h>

enum { GENERATION = 5, SEGMENT_BYTES = 4096 };

static gsize put_bytes(guint8 *segment, gsize offset, JournalKind kind, const char *name, gconstpointer content,
                       gsize content_len) {
  const struct iovec part = {(gpointer)content, content_len};

  journal_record_print_header(kind, GENERATION, name, &part, 1, segment + offset);
  memcpy(segment + offset + JOURNAL_RECORD_HEADER_BYTES, name, strlen(name));
  memcpy(segment + offset + JOURNAL_RECORD_HEADER_BYTES + strlen(name), content, content_len);
  return offset + journal_record_bytes(strlen(name), content_len);
}

static gsize put_record(guint8 *segment, gsize offset, JournalKind kind, const char *name, const char *content) {
  return put_bytes(segment, offset, kind, name, content, strlen(content));
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

/* A header as version 1 of the journal has it, byte for byte; 3 is not known yet. */
static void header_of_the_previous_version_is_read(void) {
  guint8 bytes[JOURNAL_HEADER_BYTES] = "dsmtpdJ\n\1\0\0\0";

  bytes[16] = 7; /* generation */
  JournalHeader parsed;
  for (guint8 version = 0; version <= JOURNAL_VERSION + 1; version++) {
    bytes[8] = version;
    memset(bytes + 12, 0, 4);
    const guint32 crc = GUINT32_TO_LE(crc32c_update(0, bytes, sizeof bytes));
    memcpy(bytes + 12, &crc, sizeof crc);
    gboolean is_known = version >= 1 && version <= JOURNAL_VERSION;
    g_assert_cmpint(journal_header_parse(bytes, sizeof bytes, &parsed), ==,
                    is_known ? JOURNAL_HEADER_VALID : JOURNAL_HEADER_NEWER);
  }
  g_assert_cmpuint(parsed.generation, ==, 7);
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

/* One list of one record, of others, with `message` behind it. */
static GByteArray *make_list(const char *place, const char *name, const char *message) {
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)delivery_record_free);
  g_autoptr(GBytes) bytes = g_bytes_new_static("job", 3);

  g_ptr_array_add(records, delivery_record_new(place, name, bytes));
  GByteArray *list = delivery_records_print(records);
  g_byte_array_append(list, (const guint8 *)message, (guint)strlen(message));
  return list;
}

static void records_of_others_stand_in_front(void) {
  static const JournalKind kinds[] = {JOURNAL_DELIVER_RECORDS, JOURNAL_RECORDS};

  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    guint8 segment[SEGMENT_BYTES] = {0};
    g_autoptr(GByteArray) list = make_list("queue", "one", "From: ");
    put_bytes(segment, JOURNAL_HEADER_BYTES, kinds[i], "name", list->data, list->len);
    gsize offset = JOURNAL_HEADER_BYTES;
    JournalRecord record;
    g_assert_true(journal_record_parse(segment, sizeof segment, GENERATION, &offset, &record));
    g_assert_cmpint(record.kind, ==, kinds[i]);
    g_assert_cmpmem(record.content, record.content_len, "From: ", 6);
    g_assert_cmpmem(record.records, record.records_len, list->data, list->len - 6);
  }
}

static void wrong_records_of_others_end_the_segment(void) {
  static const struct {
    const char *place;
    const char *name;
  } wrong[] = {{"", "a"}, {"../new", "a"}, {"Queue", "a"}, {"queue", ""}, {"queue", "../a"}, {"queue", ".a"}};

  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    guint8 segment[SEGMENT_BYTES] = {0};
    g_autoptr(GByteArray) list = make_list(wrong[i].place, wrong[i].name, "From: ");
    put_bytes(segment, JOURNAL_HEADER_BYTES, JOURNAL_DELIVER_RECORDS, "name", list->data, list->len);
    g_assert_cmpuint(count_records(segment, sizeof segment, GENERATION), ==, 0);
  }
  guint8 segment[SEGMENT_BYTES] = {0};
  put_record(segment, JOURNAL_HEADER_BYTES, JOURNAL_DELIVER_RECORDS, "name", "no list");
  g_assert_cmpuint(count_records(segment, sizeof segment, GENERATION), ==, 0);
}

static void kinds_of_later_versions_end_the_segment(void) {
  static const guint kinds[] = {0, JOURNAL_FORGET_RECORD + 1, 0xffff};

  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    guint8 segment[SEGMENT_BYTES] = {0};
    put_record(segment, JOURNAL_HEADER_BYTES, (JournalKind)kinds[i], "name", "content");
    g_assert_cmpuint(count_records(segment, sizeof segment, GENERATION), ==, 0);
  }
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
  g_test_add_func("/journal_format/header_of_the_previous_version_is_read", header_of_the_previous_version_is_read);
  g_test_add_func("/journal_format/records_round_trip", records_round_trip);
  g_test_add_func("/journal_format/records_of_others_stand_in_front", records_of_others_stand_in_front);
  g_test_add_func("/journal_format/wrong_records_of_others_end_the_segment", wrong_records_of_others_end_the_segment);
  g_test_add_func("/journal_format/kinds_of_later_versions_end_the_segment", kinds_of_later_versions_end_the_segment);
  g_test_add_func("/journal_format/torn_tail_ends_the_segment", torn_tail_ends_the_segment);
  g_test_add_func("/journal_format/older_generation_is_no_record", older_generation_is_no_record);
  g_test_add_func("/journal_format/name_that_leaves_the_directory_is_no_record",
                  name_that_leaves_the_directory_is_no_record);
  return g_test_run();
}
