/* The converters of the portable program. The first byte chooses the character set, the second the size of the buffers.
 * Text that is converted piece by piece is the same as in one piece, it is valid UTF-8, and a set is read to its end
 * or to what is not text in it. */
#include "fuzz.h"
#include <errno.h>
#include <glib.h>
#include <iconv.h>
#include <string.h>

enum { LONGEST = 8 }; /* of what is written at a time: two characters */

static const char *const names[] = {
    "ISO-8859-1", "WINDOWS-1255", "WINDOWS-1258", "TIS-620",         "CP932",    "EUC-JP-MS",
    "GB18030",    "BIG5-HKSCS",   "CP949",        "UTF-8",           "US-ASCII", "UTF-16",
    "UTF-32",     "UTF-7",        "ISO-2022-JP",  "ISO-2022-JP-2",   "UTF-16BE", "ISO-2022-KR",
    "EUC-CN",     "CP950",        "MACINTOSH",    "ISO-2022-CN-EXT",
};

/* Converts until an error other than a full buffer, which is returned; 0: to the end. */
static int convert(iconv_t converter, const char *text, gsize n_text, gsize n_buffer, GString *out) {
  char *from = (char *)text;
  gsize n_from = n_text;
  g_autofree char *buffer = g_malloc(n_buffer);
  gboolean is_flushed = FALSE;

  while (!is_flushed) {
    char *to = buffer;
    gsize n_to = n_buffer;
    gboolean is_flushing = n_from == 0;
    gsize result =
        is_flushing ? iconv(converter, NULL, NULL, &to, &n_to) : iconv(converter, &from, &n_from, &to, &n_to);
    int code = errno;
    g_assert_cmpuint((gsize)(to - buffer) + n_to, ==, n_buffer);
    g_string_append_len(out, buffer, to - buffer);
    if (result == (gsize)-1 && code != E2BIG)
      return code;
    g_assert_true(result != (gsize)-1 || to > buffer || n_buffer < LONGEST);
    is_flushed = is_flushing && result != (gsize)-1;
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  if (n_bytes < 2)
    return 0;
  const char *name = names[bytes[0] % G_N_ELEMENTS(names)];
  const char *text = (const char *)bytes + 2;
  g_autoptr(GString) whole = g_string_new(NULL);
  g_autoptr(GString) in_pieces = g_string_new(NULL);
  iconv_t converter = iconv_open("UTF-8", name);

  g_assert_true(converter != (iconv_t)-1);
  int code = convert(converter, text, n_bytes - 2, 4 * n_bytes + LONGEST, whole);
  g_assert_true(code == 0 || code == EILSEQ || code == EINVAL);
  for (const char *at = whole->str; at < whole->str + whole->len; at = g_utf8_next_char(at))
    g_assert_true(*at == '\0' || g_utf8_validate_len(at, (gsize)(g_utf8_next_char(at) - at), NULL));
  iconv(converter, NULL, NULL, NULL, NULL);
  g_assert_cmpint(convert(converter, text, n_bytes - 2, LONGEST + bytes[1] % 64, in_pieces), ==, code);
  g_assert_cmpmem(whole->str, whole->len, in_pieces->str, in_pieces->len);
  iconv_close(converter);
  return 0;
}
