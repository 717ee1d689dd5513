/* Each vector is fed whole, byte by byte, and cut at every position. */
#include "syntax/header_scan.h"

#include <string.h>

typedef struct Vector {
  const char *name;
  const char *in;
  gboolean incomplete;
  guint n_fields, n_from, n_date, n_message_id;
  gboolean has_8bit;
  const char *subject;
} Vector;

static const Vector vectors[] = {
    {"ordinary", "From: a@b\nDate: x\nMessage-ID: <i>\nSubject: hi there\n\nFrom: body\n", 0, 4, 1, 1, 1, 0,
     "hi there"},
    {"names_in_any_case", "FROM: a\ndate: x\nmessage-id: i\nsUBJECT: s\n\n", 0, 4, 1, 1, 1, 0, "s"},
    {"fields_are_counted", "From: a\nFrom: b\nDate: x\nDate: y\nMessage-Id: i\nMessage-ID: j\n\n", 0, 6, 2, 2, 2},
    {"similar_names_are_others", "Fro: a\nFromm: b\nX-Date: c\nMessage-ID-2: d\nSubjects: e\n\n", .n_fields = 5},
    {"no_header", "\nFrom: a\n", .n_fields = 0},
    {"header_goes_on", "From: a\n", .incomplete = TRUE, .n_fields = 1, .n_from = 1},
    {"name_goes_on", "From", .incomplete = TRUE},
    {"value_is_no_field", "X-A: From: b\n\n", .n_fields = 1},

    {"first_subject_counts", "Subject: one\nSubject: two\n\n", .n_fields = 2, .subject = "one"},
    {"empty_subject_counts", "Subject:\nSubject: two\n\n", .n_fields = 2, .subject = ""},
    {"folded_subject", "Subject: one\n two\n\tthree\nTo: x\n y\n\n", .n_fields = 2, .subject = "one two\tthree"},
    {"subject_begins_folded", "Subject:\n  one\n\n", .n_fields = 1, .subject = "one"},
    {"subject_without_cr", "Subject: one\r\n two\r\n\n", .n_fields = 1, .subject = "one two"},
    {"subject_in_parts", "Subject: =?utf-8?q?a?=\n =?utf-8?q?b?=\n\n", .n_fields = 1,
     .subject = "=?utf-8?q?a?= =?utf-8?q?b?="},
    {"space_before_the_colon", "Subject : s\nFrom \t: a\n\n", 0, 2, 1, .subject = "s"},
    {"subject_8bit", "Subject: \xc3\xa9\n\n", .n_fields = 1, .has_8bit = TRUE, .subject = "\xc3\xa9"},
    {"value_8bit", "To: \xff\n\n", .n_fields = 1, .has_8bit = TRUE},
    {"folded_8bit", "To: a\n \xff\n\n", .n_fields = 1, .has_8bit = TRUE},
    {"body_8bit_is_not_of_the_header", "To: a\n\n\xff\n", .n_fields = 1},

    {"byte_order_mark_first", "\uFEFFFrom: a\nSubject: s\n\n", .n_fields = 2, .n_from = 1, .subject = "s"},
    {"half_a_mark_first",
     "\xef\xbb"
     "From: a\n\n",
     .n_fields = 0},
    {"two_marks_first", "\uFEFF\uFEFFFrom: a\n\n", .n_fields = 0},

    /* Lines that are no header field end it. */
    {"mbox_line_first", "From a@b Mon Jan  1 00:00:00 2024\nFrom: a\n", .n_fields = 0},
    {"blank_first", " From: a\n\n", .n_fields = 0},
    {"tab_first", "\tFrom: a\n\n", .n_fields = 0},
    {"text_first", "Hello\nFrom: a\n\n", .n_fields = 0},
    {"space_in_the_name", "Hello you: a\nFrom: a\n\n", .n_fields = 0},
    {"colon_first", ": a\nFrom: a\n\n", .n_fields = 0},
    {"8bit_name", "S\xc3\xbc: a\nFrom: a\n\n", .n_fields = 0},
    {"control_in_the_name", "S\x01: a\nFrom: a\n\n", .n_fields = 0},
    {"cr_in_the_name", "\r\nFrom: a\n\n", .n_fields = 0},
    {"text_in_between", "From: a\nHello\nDate: x\n\n", 0, 1, 1},
    {"mbox_line_in_between", "To: a\nFrom a@b\nDate: x\n\n", .n_fields = 1},
};

static void check_scan(const Vector *vector, const HeaderScan *scan) {
  g_assert_cmpint(scan->complete, ==, !vector->incomplete);
  g_assert_cmpuint(scan->n_fields, ==, vector->n_fields);
  g_assert_cmpuint(scan->n_from, ==, vector->n_from);
  g_assert_cmpuint(scan->n_date, ==, vector->n_date);
  g_assert_cmpuint(scan->n_message_id, ==, vector->n_message_id);
  g_assert_cmpint(scan->has_8bit, ==, vector->has_8bit);
  g_assert_cmpstr(scan->subject ? scan->subject->str : NULL, ==, vector->subject);
}

/* From a buffer of just that size, so that ASan sees a step over. */
static void feed(HeaderScan *scan, const char *bytes, gsize len) {
  if (len == 0)
    return;
  g_autofree guint8 *in = g_malloc(len);
  memcpy(in, bytes, len);
  header_scan_feed(scan, in, len);
}

static void test_vector(gconstpointer test_data) {
  const Vector *vector = test_data;
  gsize len = strlen(vector->in);
  HeaderScan scan;

  for (gsize cut = 0; cut <= len; cut++) {
    header_scan_init(&scan);
    feed(&scan, vector->in, cut);
    feed(&scan, vector->in + cut, len - cut);
    check_scan(vector, &scan);
    header_scan_clear(&scan);
  }
  header_scan_init(&scan);
  for (gsize i = 0; i < len; i++)
    feed(&scan, vector->in + i, 1);
  check_scan(vector, &scan);
  header_scan_clear(&scan);
}

static void test_nul_is_kept_in_the_subject(void) {
  HeaderScan scan;

  header_scan_init(&scan);
  feed(&scan, "Subject: a\0b\n\n", 14);
  g_assert_cmpmem(scan.subject->str, scan.subject->len, "a\0b", 3);
  header_scan_clear(&scan);
}

static void test_subject_has_a_maximum(void) {
  for (gsize len = HEADER_SCAN_SUBJECT_MAX - 1; len <= HEADER_SCAN_SUBJECT_MAX + 1; len++) {
    g_autofree char *text = g_strnfill(len, 's');
    g_autofree char *in = g_strconcat("Subject: ", text, "\n more\nFrom: a\n\n", NULL);
    HeaderScan scan;
    header_scan_init(&scan);
    feed(&scan, in, strlen(in));
    g_assert_cmpuint(scan.subject->len, ==, HEADER_SCAN_SUBJECT_MAX);
    g_assert_cmpuint(scan.n_from, ==, 1);
    header_scan_clear(&scan);
  }
}

/* Lengths around the room for a name and around what its counter holds. */
static void test_long_names_are_other_names(void) {
  static const gsize lengths[] = {31, 32, 33, 34, 255, 256, 260, 263, 1000};

  for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
    g_autofree char *padding = g_strnfill(lengths[i] - strlen("From"), 'm');
    g_autofree char *in = g_strconcat("From", padding, ": a\nDate: x\n\n", NULL);
    HeaderScan scan;
    header_scan_init(&scan);
    feed(&scan, in, strlen(in));
    g_assert_cmpuint(scan.n_fields, ==, 2);
    g_assert_cmpuint(scan.n_from, ==, 0);
    g_assert_cmpuint(scan.n_date, ==, 1);
    g_assert_true(scan.complete);
    header_scan_clear(&scan);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *path = g_strconcat("/header_scan/", vectors[i].name, NULL);
    g_test_add_data_func(path, &vectors[i], test_vector);
  }
  g_test_add_func("/header_scan/nul_is_kept_in_the_subject", test_nul_is_kept_in_the_subject);
  g_test_add_func("/header_scan/subject_has_a_maximum", test_subject_has_a_maximum);
  g_test_add_func("/header_scan/long_names_are_other_names", test_long_names_are_other_names);
  return g_test_run();
}
