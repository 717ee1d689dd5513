#include "message/picture.h"
#include "message/thumbnail.h"
#include <string.h>

void picture_clear(Picture *picture) {
  g_clear_pointer(&picture->rgb, g_free);
}

gboolean picture_allocate(Picture *picture, guint width, guint height) {
  guint64 n_pixels = (guint64)width * height;

  if (n_pixels == 0 || n_pixels > THUMBNAIL_PIXELS_MAX)
    return FALSE;
  picture->width = width;
  picture->height = height;
  picture->rgb = g_try_malloc(3 * n_pixels);
  if (picture->rgb)
    memset(picture->rgb, 0xFF, 3 * n_pixels);
  return picture->rgb != NULL;
}

static gboolean begins_with(const guint8 *bytes, gsize len, const char *start) {
  return len >= strlen(start) && memcmp(bytes, start, strlen(start)) == 0;
}

gboolean picture_read(const guint8 *bytes, gsize len, guint box_width, guint box_height, Picture *out_picture) {
  if (begins_with(bytes, len, "\xFF\xD8\xFF"))
    return picture_read_jpeg(bytes, len, box_width, box_height, out_picture);
  if (begins_with(bytes, len, "\x89PNG\r\n\x1A\n"))
    return picture_read_png(bytes, len, out_picture);
  if (begins_with(bytes, len, "GIF8"))
    return picture_read_gif(bytes, len, out_picture);
  return FALSE;
}
