/* The size of a picture: it is within its limits, and what stands behind it changes nothing. */
#include "fuzz.h"
#include "syntax/picture_size.h"
#include <string.h>

enum { MORE_BYTES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autofree guint8 *longer = g_malloc0(len + MORE_BYTES);
  PictureSize size;
  PictureSize again;

  if (!picture_size_read(bytes, len, &size))
    return 0;
  g_assert_true(size.width > 0 && size.width <= PICTURE_SIDE_MAX);
  g_assert_true(size.height > 0 && size.height <= PICTURE_SIDE_MAX);
  if (len > 0)
    memcpy(longer, bytes, len);
  g_assert_true(picture_size_read(longer, len + MORE_BYTES, &again));
  g_assert_true(size.width == again.width && size.height == again.height);
  return 0;
}
