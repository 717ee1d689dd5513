/* A body, the first byte of which says how it is encoded and how much of it is wanted. What is given out is no longer
 * than what came in, and what is wanted of it is how the whole begins. */
#include "fuzz.h"
#include "message/transfer_encoding.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  if (len == 0)
    return 0;
  TransferEncoding encoding = TRANSFER_BASE64 + bytes[0] % 3;
  gsize out_max = bytes[0] / 3;
  gboolean is_text = bytes[0] & 1;
  TransferFaults faults = 0;
  const char *body = (const char *)bytes + 1;
  gsize whole_len;
  gsize start_len;

  g_autoptr(GBytes) whole = transfer_encoding_decode(encoding, body, len - 1, G_MAXSIZE, is_text, &faults);
  g_autoptr(GBytes) start = transfer_encoding_decode(encoding, body, len - 1, out_max, is_text, NULL);
  const char *all = g_bytes_get_data(whole, &whole_len);
  const char *first = g_bytes_get_data(start, &start_len);
  g_assert_cmpuint(whole_len, <=, len - 1);
  g_assert_cmpuint(start_len, <=, whole_len);
  if (start_len > 0 && start_len <= out_max)
    g_assert_true(memcmp(all, first, start_len) == 0);
  return 0;
}
