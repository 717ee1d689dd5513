#include "message/thumbnail.h"
#include "message/picture.h"

/* Where the pixels of one side come from: `n_out` ranges of `n_in`, none empty. */
static guint range_start(guint at, guint n_in, guint n_out) {
  return (guint)((guint64)at * n_in / n_out);
}

/* The mean of the pixels of a rectangle. */
static void average(const Picture *picture, guint left, guint right, guint top, guint bottom, guint8 *out) {
  guint64 sums[3] = {0};
  guint64 n = MAX((guint64)(right - left) * (bottom - top), 1);

  for (guint y = top; y < bottom; y++) {
    const guint8 *at = picture->rgb + 3 * ((gsize)y * picture->width + left);
    for (guint x = left; x < right; x++, at += 3)
      for (guint i = 0; i < 3; i++)
        sums[i] += at[i];
  }
  for (guint i = 0; i < 3; i++)
    out[i] = (guint8)(sums[i] / n);
}

static void shrink_into(const Picture *picture, Picture *out) {
  double scale = MIN(1.0, MIN((double)out->width / picture->width, (double)out->height / picture->height));
  guint width = CLAMP((guint)(picture->width * scale), 1, out->width);
  guint height = CLAMP((guint)(picture->height * scale), 1, out->height);
  guint left = (out->width - width) / 2;
  guint top = (out->height - height) / 2;

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      average(picture, range_start(x, picture->width, width), range_start(x + 1, picture->width, width),
              range_start(y, picture->height, height), range_start(y + 1, picture->height, height),
              out->rgb + 3 * ((gsize)(top + y) * out->width + left + x));
}

GBytes *thumbnail_make(GBytes *bytes) {
  g_auto(Picture) picture = {0};
  g_auto(Picture) thumbnail = {0};
  gsize len;
  const guint8 *data = g_bytes_get_data(bytes, &len);

  if (!picture_allocate(&thumbnail, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT))
    return g_bytes_new(NULL, 0);
  if (picture_read(data, len, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT, &picture))
    shrink_into(&picture, &thumbnail);
  return picture_print_jpeg(&thumbnail);
}
