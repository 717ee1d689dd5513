#include "message/picture.h"
#include <png.h>

gboolean picture_read_png(const guint8 *bytes, gsize len, Picture *picture) {
  static const png_color white = {0xFF, 0xFF, 0xFF};
  png_image image = {.version = PNG_IMAGE_VERSION};

  if (!png_image_begin_read_from_memory(&image, bytes, len))
    return FALSE;
  image.format = PNG_FORMAT_RGB;
  gboolean is_read = picture_allocate(picture, image.width, image.height) &&
                     png_image_finish_read(&image, &white, picture->rgb, 0, NULL);
  png_image_free(&image);
  return is_read;
}
