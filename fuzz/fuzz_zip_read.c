/* An archive, as a server that is none of ours may send it. What is read must not depend on how it is cut. */
#include "fuzz.h"
#include "syntax/zip_read.h"

static char *read_in_pieces(const char *bytes, gsize len, gsize piece_len) {
  g_autoptr(ZipReader) reader = zip_reader_new();
  g_autoptr(GChecksum) told = g_checksum_new(G_CHECKSUM_SHA256);
  gboolean is_broken = FALSE;

  for (gsize at = 0; at < len && !is_broken;) {
    gsize end = MIN(at + piece_len, len);
    ZipReadEvent event;
    do {
      ZipPiece piece;
      gsize n_taken;
      event = zip_reader_take(reader, bytes + at, end - at, &n_taken, &piece);
      at += n_taken;
      if (event == ZIP_READ_CONTENT)
        g_checksum_update(told, (const guint8 *)piece.bytes, (gssize)piece.len);
      else if (event != ZIP_READ_MORE)
        g_checksum_update(told, (const guint8 *)(piece.name ? piece.name : "-"), -1);
      is_broken = event == ZIP_READ_BROKEN;
    } while (event != ZIP_READ_MORE && !is_broken);
  }
  return g_strdup(g_checksum_get_string(told));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  static const gsize piece_lens[] = {1, 3, 40};
  g_autofree char *whole = read_in_pieces((const char *)bytes, len, MAX(len, 1));

  for (gsize i = 0; i < G_N_ELEMENTS(piece_lens); i++) {
    g_autofree char *pieces = read_in_pieces((const char *)bytes, len, piece_lens[i]);
    g_assert_cmpstr(whole, ==, pieces);
  }
  return 0;
}
