#include "syntax/base64.h"
#include <string.h>

/* RFC 4648 10, and every length and byte against GLib's encoder. */
static void test_decodes_what_is_encoded(void) {
  guint8 bytes[300];
  guint8 decoded[BASE64_DECODED_MAX(400)];

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)(i * 7);
  for (gsize len = 0; len <= sizeof bytes; len++) {
    g_autofree char *text = g_base64_encode(bytes, len);
    gsize n_decoded = 0;
    g_assert_true(base64_decode(text, strlen(text), decoded, &n_decoded));
    g_assert_cmpmem(decoded, n_decoded, bytes, len);
  }
}

static void test_refuses_what_is_not_base64(void) {
  static const char *const rows[] = {
      "Z",     "Zg",    "Zg=",    "Zm9",    "====",     "=",    "Zg=a", "Z===", "=Zg=",       "Zg==Zg==", "Zm9v ",
      " Zm9v", "Zm 9v", "Zm9v\r", "Zm9v\n", "Zm9v====", "Zm9*", "Zm9-", "Zm9_", "Zm\xc3\xa9", "*",
  };
  guint8 decoded[64];
  gsize n_decoded;

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_false(base64_decode(rows[i], strlen(rows[i]), decoded, &n_decoded));
  g_assert_false(base64_decode("Zm\0v", 4, decoded, &n_decoded));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base64/decodes_what_is_encoded", test_decodes_what_is_encoded);
  g_test_add_func("/base64/refuses_what_is_not_base64", test_refuses_what_is_not_base64);
  return g_test_run();
}
