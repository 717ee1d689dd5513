#include "store/crc32c.h"

#include <string.h>

static void rfc_3720_vectors(void) {
  guint8 bytes[32];

  memset(bytes, 0, sizeof bytes);
  g_assert_cmphex(crc32c_update(0, bytes, sizeof bytes), ==, 0x8a9136aa);
  memset(bytes, 0xff, sizeof bytes);
  g_assert_cmphex(crc32c_update(0, bytes, sizeof bytes), ==, 0x62a8ab43);
  for (guint8 i = 0; i < 32; i++)
    bytes[i] = i;
  g_assert_cmphex(crc32c_update(0, bytes, sizeof bytes), ==, 0x46dd794e);
  g_assert_cmphex(crc32c_update(0, "123456789", 9), ==, 0xe3069283);
}

static void split_anywhere_is_the_same(void) {
  guint8 bytes[67];

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)(i * 37);
  guint32 whole = crc32c_update(0, bytes, sizeof bytes);
  for (gsize i = 0; i <= sizeof bytes; i++)
    g_assert_cmphex(crc32c_update(crc32c_update(0, bytes, i), bytes + i, sizeof bytes - i), ==, whole);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/crc32c/rfc_3720_vectors", rfc_3720_vectors);
  g_test_add_func("/crc32c/split_anywhere_is_the_same", split_anywhere_is_the_same);
  return g_test_run();
}
