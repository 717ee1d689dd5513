/* The bytes after DATA or in BDAT. The first byte of the input chooses the form, the second how it is cut; the message
 * must not depend on the cuts, DATA must end at the first CRLF . CRLF and nowhere else, and the received bytes must
 * come back from what is stored. */
#include "fuzz.h"
#include "syntax/smtp_data.h"

#include <string.h>

typedef struct Stored {
  SmtpData data;
  GByteArray *bytes;
  gsize n_read;
} Stored;

/* Feeds pieces of 1 to `piece_max` bytes, each as large as the byte at its start says. */
static void store(Stored *stored, SmtpDataForm form, const guint8 *in, gsize len, gsize piece_max) {
  smtp_data_init(&stored->data, form);
  stored->bytes = g_byte_array_new();
  stored->n_read = 0;
  while (stored->n_read < len && !stored->data.complete) {
    gsize piece_len = MIN(len - stored->n_read, 1 + in[stored->n_read] % piece_max);
    g_autofree guint8 *out = g_malloc(piece_len + 2);
    gsize out_len = 0;
    stored->n_read += smtp_data_feed(&stored->data, in + stored->n_read, piece_len, out, &out_len);
    g_byte_array_append(stored->bytes, out, (guint)out_len);
  }
  guint8 last;
  if (form == SMTP_DATA_COUNTED && smtp_data_finish(&stored->data, &last) > 0)
    g_byte_array_append(stored->bytes, &last, 1);
}

static void stored_clear(Stored *stored) {
  smtp_data_clear(&stored->data);
  g_byte_array_unref(stored->bytes);
}

/* TRUE when the next LF, the `ordinal`th, is in the list; *list then moves on behind it. */
static gboolean list_take(const char **list, guint64 *last, guint64 ordinal) {
  if (*list && ordinal > *last && **list) {
    char *behind = NULL;
    guint64 first = g_ascii_strtoull(*list, &behind, 10);
    if (ordinal < first)
      return FALSE;
    *last = *behind == '-' ? g_ascii_strtoull(behind + 1, &behind, 10) : first;
    *list = *behind == ' ' ? behind + 1 : behind;
  }
  return ordinal <= *last;
}

/* The bytes as received, but for dots that were stuffed. */
static GByteArray *receive_again(const Stored *stored, const char *bare_lf) {
  GByteArray *received = g_byte_array_new();
  guint64 ordinal = 0;
  guint64 last = 0;

  for (guint i = 0; i < stored->bytes->len; i++) {
    const guint8 *byte = stored->bytes->data + i;
    if (*byte == '\n' && !list_take(&bare_lf, &last, ++ordinal))
      g_byte_array_append(received, (const guint8 *)"\r", 1);
    g_byte_array_append(received, byte, 1);
  }
  return received;
}

static void check_against_input(const Stored *stored, const guint8 *in, gsize len) {
  const SmtpData *data = &stored->data;
  gboolean dotted = data->form == SMTP_DATA_DOTTED;
  g_autofree char *bare_lf = smtp_data_bare_lf(data);
  g_autoptr(GByteArray) received = receive_again(stored, bare_lf);
  gboolean too_many = bare_lf && strcmp(bare_lf, "*") == 0;
  gsize at = 0;

  for (gsize i = 0; i < len; i++) {
    gboolean starts_line = i == 0 || (i >= 2 && memcmp(in + i - 2, "\r\n", 2) == 0);
    if (dotted && starts_line && in[i] == '.') {
      if (len - i >= 3 && memcmp(in + i, ".\r\n", 3) == 0) {
        g_assert_true(data->complete && stored->n_read == i + 3);
        g_assert_true(too_many || at == received->len);
        return;
      }
      continue;
    }
    if (dotted && i == len - 1 && in[i] == '\r')
      continue; /* held back */
    g_assert_true(too_many || (at < received->len && received->data[at] == in[i]));
    at++;
  }
  g_assert_true(!data->complete && stored->n_read == len);
  g_assert_true(too_many || at == received->len);
  g_assert_true(data->size_bytes == at);
}

static void check_same(const Stored *a, const Stored *b) {
  g_autofree char *a_bare_lf = smtp_data_bare_lf(&a->data);
  g_autofree char *b_bare_lf = smtp_data_bare_lf(&b->data);

  g_assert_cmpmem(a->bytes->data, a->bytes->len, b->bytes->data, b->bytes->len);
  g_assert_cmpstr(a_bare_lf, ==, b_bare_lf);
  g_assert_true(a->n_read == b->n_read && a->data.complete == b->data.complete);
  g_assert_true(a->data.size_bytes == b->data.size_bytes && a->data.n_lines == b->data.n_lines);
  g_assert_true(a->data.longest_line_bytes == b->data.longest_line_bytes && a->data.n_nul == b->data.n_nul);
  g_assert_true(a->data.n_bare_lf == b->data.n_bare_lf && a->data.n_bare_cr == b->data.n_bare_cr);
  g_assert_true(a->data.has_8bit == b->data.has_8bit);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  if (len < 2)
    return 0;
  SmtpDataForm form = bytes[0] & 1 ? SMTP_DATA_COUNTED : SMTP_DATA_DOTTED;
  gsize piece_max = 1 + bytes[1];
  Stored by_byte;
  Stored in_pieces;
  store(&by_byte, form, bytes + 2, len - 2, 1);
  store(&in_pieces, form, bytes + 2, len - 2, piece_max);
  check_same(&by_byte, &in_pieces);
  check_against_input(&in_pieces, bytes + 2, len - 2);
  stored_clear(&by_byte);
  stored_clear(&in_pieces);
  return 0;
}
