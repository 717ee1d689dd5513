/* An mbox file. Its messages must not depend on how the bytes are cut, and those of one that was printed must be the
 * same again. */
#include "fuzz.h"
#include "syntax/mbox.h"
#include "syntax/mbox_read.h"

enum { MAIL_MAX = 2000 };

static void tell(GChecksum *told, MboxMail *mail) {
  gsize len = 0;
  const guint8 *bytes = mail->bytes ? g_bytes_get_data(mail->bytes, &len) : NULL;
  const guint64 numbers[] = {len, mail->bytes != NULL};

  g_assert_cmpuint(len, <=, MAIL_MAX);
  g_checksum_update(told, (const guint8 *)numbers, sizeof numbers);
  g_checksum_update(told, bytes, (gssize)len);
  g_checksum_update(told, (const guint8 *)(mail->sender ? mail->sender : "-"), -1);
  mbox_mail_clear(mail);
}

static char *read_in_pieces(const char *bytes, gsize len, gsize piece_len, MboxKind kind) {
  g_autoptr(MboxReader) reader = mbox_reader_new(kind, MAIL_MAX);
  g_autoptr(GChecksum) told = g_checksum_new(G_CHECKSUM_SHA256);
  MboxMail mail = {0};

  for (gsize at = 0, n_taken; at < len; at += n_taken)
    if (mbox_reader_take(reader, bytes + at, MIN(piece_len, len - at), &n_taken, &mail))
      tell(told, &mail);
  if (mbox_reader_end(reader, &mail))
    tell(told, &mail);
  return g_strdup(g_checksum_get_string(told));
}

/* Whether quotes go on behind what the reader looks at. */
static gboolean has_long_quote(const char *bytes, gsize len) {
  gsize n_quotes = 0;

  for (gsize i = 0; i < len && n_quotes < MBOX_LINE_MAX - sizeof ">From "; i++)
    n_quotes = bytes[i] == '>' ? n_quotes + 1 : 0;
  return n_quotes == MBOX_LINE_MAX - sizeof ">From ";
}

/* As a file has it. */
static GString *print_whole(const char *mail, gsize len) {
  g_autofree char *separator = mbox_print_separator("a@b.example", 0);
  g_autofree guint8 *piece = g_malloc(MBOX_QUOTED_MAX(MAX(len, 8)));
  GString *whole = g_string_new(separator);
  MboxQuote quote = {0};

  g_string_append_len(whole, (const char *)piece, (gssize)mbox_quote_feed(&quote, (const guint8 *)mail, len, piece));
  g_string_append_len(whole, (const char *)piece, (gssize)mbox_quote_end(&quote, piece));
  return whole;
}

/* A message that ends with a line end. */
static void check_printed(const guint8 *bytes, gsize len) {
  g_autoptr(GString) printed = print_whole((const char *)bytes, len);
  g_autoptr(MboxReader) reader = mbox_reader_new(MBOX_KIND_RD, len);
  g_auto(MboxMail) mail = {0};
  gsize n_taken;

  g_assert_false(mbox_reader_take(reader, printed->str, printed->len, &n_taken, &mail));
  g_assert_true(mbox_reader_end(reader, &mail));
  g_autoptr(GBytes) original = g_bytes_new(bytes, len);
  g_assert_true(g_bytes_equal(mail.bytes, original));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  static const gsize piece_lens[] = {1, 2, 7, 100, 1500};
  const char *text = (const char *)bytes;

  for (int kind = MBOX_KIND_RD; kind <= MBOX_KIND_O; kind++) {
    g_autofree char *whole = read_in_pieces(text, len, MAX(len, 1), (MboxKind)kind);
    for (gsize i = 0; i < G_N_ELEMENTS(piece_lens); i++) {
      g_autofree char *pieces = read_in_pieces(text, len, piece_lens[i], (MboxKind)kind);
      g_assert_cmpstr(whole, ==, pieces);
    }
  }
  (void)mbox_begins(text, len);
  if (len > 0 && bytes[len - 1] == '\n' && !has_long_quote(text, len))
    check_printed(bytes, len);
  return 0;
}
