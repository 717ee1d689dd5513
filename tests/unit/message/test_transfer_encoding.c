/* Transfer encodings as programs write them, whole and cut at every byte. */
#include "message/transfer_encoding.h"
#include <string.h>

static const struct {
  TransferEncoding encoding;
  const char *encoded;
  const char *content;
  TransferFaults faults;
} vectors[] = {
    {TRANSFER_BASE64, "", "", 0},
    {TRANSFER_BASE64, "aGVsbG8=", "hello", 0},
    {TRANSFER_BASE64, "aGVs\r\nbG8=\r\n", "hello", 0},
    {TRANSFER_BASE64, "aGVsbG8=\nIHRo\nZXJlIQ==\n", "hello there!", TRANSFER_FAULT_PADDING},
    {TRANSFER_BASE64, "aA==aGVsbG8=", "hhello", TRANSFER_FAULT_PADDING},
    {TRANSFER_BASE64, "aGVsbG8", "hello", TRANSFER_FAULT_UNPADDED},
    {TRANSFER_BASE64, "aGVsbG8h=", "hello!", 0},
    {TRANSFER_BASE64, "a", "", TRANSFER_FAULT_UNPADDED},
    {TRANSFER_BASE64, "====", "", 0},
    {TRANSFER_BASE64, "aGV sbG 8=\n", "hello", 0},
    {TRANSFER_BASE64, "!aG-Vs*bG8=", "hello", TRANSFER_FAULT_ALPHABET},
    {TRANSFER_BASE64, "> aGVs\n> bG8=", "hello", TRANSFER_FAULT_ALPHABET},
    /* what a list added */
    {TRANSFER_BASE64, "aGVsbG8K\r\n_____\r\nlist footer\r\n", "hello\n_____\r\nlist footer\r\n",
     TRANSFER_FAULT_ALPHABET},
    {TRANSFER_BASE64, "aGkK\n-- \nlist\n", "hi\n-- \nlist\n", TRANSFER_FAULT_ALPHABET},
    {TRANSFER_BASE64, "aA==\n\nTo leave, write to us.\n", "hTo leave, write to us.\n", TRANSFER_FAULT_ALPHABET},
    {TRANSFER_QUOTED_PRINTABLE, "a=3Db", "a=b", 0},
    {TRANSFER_QUOTED_PRINTABLE, "a=3db=c3=Bc", "a=bü", TRANSFER_FAULT_LOWER},
    {TRANSFER_QUOTED_PRINTABLE, "a=\nb=\r\nc", "abc", 0},
    {TRANSFER_QUOTED_PRINTABLE, "a=  \nb=\t \r\nc", "abc", TRANSFER_FAULT_BLANKS},
    {TRANSFER_QUOTED_PRINTABLE, "a \t\nb  \r\nc ", "a\nb\r\nc", TRANSFER_FAULT_BLANKS},
    {TRANSFER_QUOTED_PRINTABLE, "a=20\nb  c", "a \nb  c", 0},
    {TRANSFER_QUOTED_PRINTABLE, "a=", "a", 0},
    {TRANSFER_QUOTED_PRINTABLE, "a= ", "a", TRANSFER_FAULT_BLANKS},
    {TRANSFER_QUOTED_PRINTABLE, "a=\r", "a", 0},
    {TRANSFER_QUOTED_PRINTABLE, "a=zz=4=", "a=zz=4", TRANSFER_FAULT_ESCAPE},
    {TRANSFER_QUOTED_PRINTABLE, "https://x.example/?a=b&c=d", "https://x.example/?a=b&c=d", TRANSFER_FAULT_ESCAPE},
    {TRANSFER_QUOTED_PRINTABLE, "==3D", "==", TRANSFER_FAULT_ESCAPE},
    {TRANSFER_UUENCODE, "junk\nbegin 644 a.txt\n%:&5L;&\\`\n`\nend\n", "hello", 0},
};

static GBytes *decode(gsize i, gsize len, gsize out_max, TransferFaults *faults) {
  g_autofree char *of_just_its_size = g_memdup2(vectors[i].encoded, MAX(len, 1));

  return transfer_encoding_decode(vectors[i].encoding, of_just_its_size, len, out_max, TRUE, faults);
}

static void vectors_are_decoded(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    TransferFaults faults = 0;
    g_autoptr(GBytes) content = decode(i, strlen(vectors[i].encoded), G_MAXSIZE, &faults);
    gsize len;
    const char *bytes = g_bytes_get_data(content, &len);
    g_assert_cmpmem(bytes, len, vectors[i].content, strlen(vectors[i].content));
    g_assert_cmphex(faults, ==, vectors[i].faults);
  }
}

static void cut_anywhere_and_limited_it_stays_inside(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
    for (gsize len = 0; len <= strlen(vectors[i].encoded); len++)
      for (gsize out_max = 0; out_max <= len; out_max++) {
        g_autoptr(GBytes) content = decode(i, len, out_max, NULL);
        gsize n_most = vectors[i].encoding == TRANSFER_UUENCODE ? len : out_max + 4;
        g_assert_cmpuint(g_bytes_get_size(content), <=, n_most);
      }
}

static void footers_are_not_added_to_files(void) {
  const char *encoded = "aA==\n-- \nlist\n";
  g_autoptr(GBytes) content =
      transfer_encoding_decode(TRANSFER_BASE64, encoded, strlen(encoded), G_MAXSIZE, FALSE, NULL);

  g_assert_cmpuint(g_bytes_get_size(content), ==, 1);
}

static void long_lines_are_a_fault(void) {
  static const TransferEncoding encodings[] = {TRANSFER_BASE64, TRANSFER_QUOTED_PRINTABLE};

  for (gsize i = 0; i < G_N_ELEMENTS(encodings); i++)
    for (gsize len = 76; len <= 80; len += 4) {
      g_autofree char *line = g_strnfill(len, 'A');
      g_autofree char *text = g_strconcat(line, "\r\n", NULL);
      TransferFaults faults = 0;
      g_bytes_unref(transfer_encoding_decode(encodings[i], text, strlen(text), G_MAXSIZE, TRUE, &faults));
      g_assert_cmphex(faults, ==, len > 76 ? TRANSFER_FAULT_LINE : 0);
    }
}

static void names_are_read_as_they_are_meant(void) {
  static const struct {
    const char *word;
    TransferEncoding encoding;
    gboolean is_right;
  } rows[] = {
      {NULL, TRANSFER_PLAIN, TRUE},
      {"7bit", TRANSFER_PLAIN, TRUE},
      {"BASE64", TRANSFER_BASE64, TRUE},
      {"Quoted-Printable", TRANSFER_QUOTED_PRINTABLE, TRUE},
      {"x-uuencode", TRANSFER_UUENCODE, TRUE},
      {"quoted/printable", TRANSFER_QUOTED_PRINTABLE, FALSE},
      {"quoted printable", TRANSFER_QUOTED_PRINTABLE, FALSE},
      {"quotedprintable", TRANSFER_QUOTED_PRINTABLE, FALSE},
      {"base-64", TRANSFER_BASE64, FALSE},
      {"\"base64\"", TRANSFER_BASE64, FALSE},
      {"8-bit", TRANSFER_PLAIN, FALSE},
      {"utf-8", TRANSFER_PLAIN, FALSE},
      {"", TRANSFER_PLAIN, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    TransferEncoding encoding = TRANSFER_UUENCODE;
    g_assert_cmpint(transfer_encoding_find(rows[i].word, &encoding), ==, rows[i].is_right);
    g_assert_cmpint(encoding, ==, rows[i].encoding);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/transfer_encoding/" #name, name)
  ADD(vectors_are_decoded);
  ADD(cut_anywhere_and_limited_it_stays_inside);
  ADD(footers_are_not_added_to_files);
  ADD(long_lines_are_a_fault);
  ADD(names_are_read_as_they_are_meant);
#undef ADD
  return g_test_run();
}
