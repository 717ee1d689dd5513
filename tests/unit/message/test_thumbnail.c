#include "message/picture.h"
#include "message/thumbnail.h"
#include <string.h>

/* A picture of one colour, as a JPEG. */
static GBytes *make_jpeg(guint width, guint height) {
  g_auto(Picture) picture = {0};

  g_assert_true(picture_allocate(&picture, width, height));
  memset(picture.rgb, 0x40, 3 * (gsize)width * height);
  return picture_print_jpeg(&picture);
}

static void read_again(GBytes *jpeg, Picture *picture) {
  gsize len;
  const guint8 *octets = g_bytes_get_data(jpeg, &len);

  g_assert_true(picture_read(octets, len, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT, picture));
}

static guint8 pixel_at(const Picture *picture, guint x, guint y) {
  return picture->rgb[3 * ((gsize)y * picture->width + x)];
}

static void every_shape_fits_and_is_in_the_middle(void) {
  static const struct {
    guint width;
    guint height;
  } shapes[] = {{1, 1}, {180, 120}, {3000, 2}, {2, 3000}, {181, 121}, {900, 600}, {1000, 100}};

  for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
    g_autoptr(GBytes) jpeg = make_jpeg(shapes[i].width, shapes[i].height);
    g_autoptr(GBytes) thumbnail = thumbnail_make(jpeg);
    g_auto(Picture) picture = {0};
    read_again(thumbnail, &picture);
    g_assert_cmpuint(picture.width, ==, THUMBNAIL_WIDTH);
    g_assert_cmpuint(picture.height, ==, THUMBNAIL_HEIGHT);
    gboolean fills = shapes[i].width >= THUMBNAIL_WIDTH && shapes[i].height >= THUMBNAIL_HEIGHT &&
                     shapes[i].width * THUMBNAIL_HEIGHT == shapes[i].height * THUMBNAIL_WIDTH;
    if (!fills && shapes[i].width != 181)
      g_assert_cmpuint(pixel_at(&picture, 0, 0), >, 0xE0);
    if (shapes[i].width > 2 && shapes[i].height > 2)
      g_assert_cmpuint(pixel_at(&picture, 90, 60), <, 0x60);
  }
}

/* Cut anywhere, a picture gives a picture: as much as there is of it, or a blank one. */
static void cut_pictures_do_no_harm(void) {
  g_autoptr(GBytes) jpeg = make_jpeg(64, 64);

  for (gsize len = 0; len < g_bytes_get_size(jpeg); len++) {
    g_autoptr(GBytes) cut = g_bytes_new(g_bytes_get_data(jpeg, NULL), len);
    g_autoptr(GBytes) thumbnail = thumbnail_make(cut);
    g_auto(Picture) picture = {0};
    read_again(thumbnail, &picture);
  }
}

static void too_many_pixels_are_not_decoded(void) {
  g_auto(Picture) picture = {0};

  g_assert_false(picture_allocate(&picture, 0, 10));
  g_assert_false(picture_allocate(&picture, G_MAXUINT, G_MAXUINT));
  g_assert_false(picture_allocate(&picture, THUMBNAIL_PIXELS_MAX, 2));
  g_assert_true(picture_allocate(&picture, 100, 100));
}

static void large_jpegs_are_scaled_while_decoded(void) {
  g_autoptr(GBytes) jpeg = make_jpeg(4000, 4000);
  g_auto(Picture) picture = {0};

  read_again(jpeg, &picture);
  g_assert_cmpuint(picture.width, ==, 500);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/thumbnail/every_shape_fits_and_is_in_the_middle", every_shape_fits_and_is_in_the_middle);
  g_test_add_func("/thumbnail/cut_pictures_do_no_harm", cut_pictures_do_no_harm);
  g_test_add_func("/thumbnail/too_many_pixels_are_not_decoded", too_many_pixels_are_not_decoded);
  g_test_add_func("/thumbnail/large_jpegs_are_scaled_while_decoded", large_jpegs_are_scaled_while_decoded);
  return g_test_run();
}
