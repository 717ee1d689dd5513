/* The start of a stored message. What is seen must not depend on how the bytes are cut. */
#include "fuzz.h"
#include "syntax/header_scan.h"

#include <string.h>

static void scan_in_pieces(HeaderScan *scan, const guint8 *bytes, gsize len, gsize piece_len) {
  header_scan_init(scan);
  for (gsize at = 0; at < len; at += piece_len)
    header_scan_feed(scan, bytes + at, MIN(piece_len, len - at));
}

static void check_same(const HeaderScan *a, const HeaderScan *b) {
  g_assert_true(a->complete == b->complete && a->has_8bit == b->has_8bit && a->n_fields == b->n_fields);
  g_assert_true(a->n_from == b->n_from && a->n_date == b->n_date && a->n_message_id == b->n_message_id);
  g_assert_true(!a->subject == !b->subject);
  if (a->subject)
    g_assert_true(g_string_equal(a->subject, b->subject));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  HeaderScan whole;

  scan_in_pieces(&whole, bytes, len, MAX(len, 1));
  g_assert_true(whole.n_from + whole.n_date + whole.n_message_id <= whole.n_fields);
  if (whole.subject) {
    g_assert_true(whole.subject->len <= HEADER_SCAN_SUBJECT_MAX);
    g_assert_false(memchr(whole.subject->str, '\n', whole.subject->len));
  }
  static const gsize piece_lens[] = {1, 2, 7, 64};
  for (gsize i = 0; i < G_N_ELEMENTS(piece_lens); i++) {
    HeaderScan pieces;
    scan_in_pieces(&pieces, bytes, len, piece_lens[i]);
    check_same(&whole, &pieces);
    header_scan_clear(&pieces);
  }
  header_scan_clear(&whole);
  return 0;
}
