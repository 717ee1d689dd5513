/* Pictures: whatever is given, the thumbnail is a picture of its size. */
#include "fuzz.h"
#include "message/picture.h"
#include "message/thumbnail.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autoptr(GBytes) input = g_bytes_new(bytes, len);
  g_autoptr(GBytes) thumbnail = thumbnail_make(input);
  g_auto(Picture) picture = {0};
  gsize thumbnail_len;
  const guint8 *jpeg = g_bytes_get_data(thumbnail, &thumbnail_len);

  g_assert_true(picture_read(jpeg, thumbnail_len, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT, &picture));
  g_assert_true(picture.width == THUMBNAIL_WIDTH && picture.height == THUMBNAIL_HEIGHT);
  return 0;
}
