/* Whatever smtp_data stores must come back, in pieces of any size. */
#include "syntax/received_bytes.h"
#include "syntax/smtp_data.h"

#include <string.h>

/* Feeds `in` in pieces of `piece_len`, each buffer exactly as large as promised, so that ASan sees a step over. */
static GByteArray *receive_again(const guint8 *in, gsize len, const char *bare_lf, gsize piece_len) {
  GByteArray *all = g_byte_array_new();
  ReceivedBytes received;

  received_bytes_init(&received, bare_lf);
  for (gsize at = 0; at < len; at += piece_len) {
    gsize n = MIN(piece_len, len - at);
    g_autofree guint8 *out = g_malloc(2 * n);
    g_byte_array_append(all, out, (guint)received_bytes_feed(&received, in + at, n, out));
  }
  return all;
}

static void assert_comes_back(const char *sent, gsize len) {
  SmtpData data;

  smtp_data_init(&data, SMTP_DATA_COUNTED);
  g_autofree guint8 *stored = g_malloc(len + 3);
  gsize stored_len = 0;
  smtp_data_feed(&data, (const guint8 *)sent, len, stored, &stored_len);
  stored_len += smtp_data_finish(&data, stored + stored_len);
  g_autofree char *bare_lf = smtp_data_bare_lf(&data);
  for (gsize piece_len = 1; piece_len <= MAX(stored_len, 1); piece_len += piece_len < 4 ? 1 : stored_len) {
    g_autoptr(GByteArray) received = receive_again(stored, stored_len, bare_lf, piece_len);
    g_assert_cmpmem(received->data, received->len, sent, len);
  }
  ReceivedBytes received;
  received_bytes_init(&received, bare_lf);
  g_assert_cmpuint(received_bytes_count(&received, stored, stored_len), ==, len);
  smtp_data_clear(&data);
}

static void vectors_come_back(void) {
  static const char *const vectors[] = {"",
                                        "a",
                                        "a\r\n",
                                        "\r\n\r\n",
                                        "a\nb\r\nc\n\n\nd\r\n",
                                        "\n",
                                        "\r",
                                        "\r\r\n",
                                        "a\rb\n\r\n.\r\n..\r\n",
                                        "\n\r\n\n\r\n\n"};

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
    assert_comes_back(vectors[i], strlen(vectors[i]));
  assert_comes_back("\0\r\n\0\n", 5);
}

/* Every text of up to seven of the bytes that matter. */
static void every_short_text_comes_back(void) {
  static const char bytes[] = "\r\na";

  for (gsize len = 0, n_texts = 1; len <= 7; len++, n_texts *= 3) {
    for (gsize number = 0; number < n_texts; number++) {
      char text[8];
      gsize rest = number;
      for (gsize i = 0; i < len; i++, rest /= 3)
        text[i] = bytes[rest % 3];
      assert_comes_back(text, len);
    }
  }
}

static void too_many_to_list_become_crlf(void) {
  g_autoptr(GByteArray) received = receive_again((const guint8 *)"a\nb\n", 4, "*", 4);

  g_assert_cmpmem(received->data, received->len, "a\r\nb\r\n", 6);
}

static void broken_lists_end_where_they_break(void) {
  static const char *const lists[] = {"", "x", "0", "2-1", "1-", "1 x", "99999999999999999999999", "-", "1-x 2"};

  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    g_autoptr(GByteArray) received = receive_again((const guint8 *)"a\nb\n", 4, lists[i], 1);
    g_assert_cmpuint(received->len, >=, 4);
    g_assert_cmpuint(received->len, <=, 6);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/syntax/received_bytes/" #name, name)
  ADD(vectors_come_back);
  ADD(every_short_text_comes_back);
  ADD(too_many_to_list_become_crlf);
  ADD(broken_lists_end_where_they_break);
#undef ADD
  return g_test_run();
}
