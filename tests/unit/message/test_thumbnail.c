/* Images are made by the libraries that read them, and the pictures made of them are read again to be looked at. */
#include "message/picture.h"
#include "message/thumbnail.h"

#include <gif_lib.h>
#include <glib.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

typedef GBytes *(*MakeFunc)(guint width, guint height);

/* Left half red, right half blue. */
static guint8 *make_pixels(guint width, guint height) {
  guint8 *pixels = g_malloc0((gsize)width * height * 3);

  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      pixels[((gsize)y * width + x) * 3 + (x < width / 2 ? 0 : 2)] = 255;
  return pixels;
}

static GBytes *make_png(guint width, guint height) {
  g_autofree guint8 *pixels = make_pixels(width, height);
  png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
  png_alloc_size_t len = PNG_IMAGE_PNG_SIZE_MAX(image);
  guint8 *bytes = g_malloc(len);

  g_assert_true(png_image_write_to_memory(&image, bytes, &len, 0, pixels, 0, NULL));
  return g_bytes_new_take(bytes, len);
}

static GBytes *make_any_jpeg(guint width, guint height, gboolean is_progressive) {
  g_autofree guint8 *pixels = make_pixels(width, height);
  struct jpeg_compress_struct info = {0};
  struct jpeg_error_mgr errors;
  unsigned char *bytes = NULL;
  unsigned long len = 0;

  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &bytes, &len);
  info.image_width = width;
  info.image_height = height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  if (is_progressive)
    jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < height) {
    JSAMPROW row = pixels + (gsize)info.next_scanline * width * 3;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  GBytes *file = g_bytes_new(bytes, len);
  free(bytes);
  return file;
}

static GBytes *make_jpeg(guint width, guint height) {
  return make_any_jpeg(width, height, FALSE);
}

static GBytes *make_progressive_jpeg(guint width, guint height) {
  return make_any_jpeg(width, height, TRUE);
}

static int append_cb(GifFileType *gif, const GifByteType *bytes, int len) {
  g_byte_array_append(gif->UserData, bytes, (guint)len);
  return len;
}

static GBytes *make_any_gif(guint width, guint height, bool is_interlaced) {
  static const GifColorType colours[] = {{255, 0, 0}, {0, 0, 255}};
  static const guint starts[] = {0, 4, 2, 1};
  static const guint steps[] = {8, 8, 4, 2};
  GByteArray *bytes = g_byte_array_new();
  ColorMapObject *map = GifMakeMapObject(2, colours);
  g_autofree GifPixelType *row = g_malloc0(width);

  memset(row + width / 2, 1, width - width / 2);
  GifFileType *gif = EGifOpen(bytes, append_cb, NULL);
  EGifPutScreenDesc(gif, (int)width, (int)height, 2, 0, map);
  EGifPutImageDesc(gif, 0, 0, (int)width, (int)height, is_interlaced, NULL);
  for (guint pass = 0; pass < (is_interlaced ? 4 : 1); pass++)
    for (guint y = is_interlaced ? starts[pass] : 0; y < height; y += is_interlaced ? steps[pass] : 1)
      EGifPutLine(gif, row, (int)width);
  EGifCloseFile(gif, NULL);
  GifFreeMapObject(map);
  return g_byte_array_free_to_bytes(bytes);
}

static GBytes *make_gif(guint width, guint height) {
  return make_any_gif(width, height, false);
}

static GBytes *make_interlaced_gif(guint width, guint height) {
  return make_any_gif(width, height, true);
}

static const MakeFunc formats[] = {make_png, make_jpeg, make_progressive_jpeg, make_gif, make_interlaced_gif};

/* Reads the picture that is made of an image. */
static void look_at(GBytes *image, Picture *picture) {
  g_autoptr(GBytes) thumbnail = thumbnail_make(image);
  gsize len;
  const guint8 *bytes = g_bytes_get_data(thumbnail, &len);

  g_assert_true(picture_read(bytes, len, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT, picture));
  g_assert_cmpuint(picture->width, ==, THUMBNAIL_WIDTH);
  g_assert_cmpuint(picture->height, ==, THUMBNAIL_HEIGHT);
}

static const guint8 *pixel_at(const Picture *picture, guint x, guint y) {
  return picture->rgb + 3 * ((gsize)y * picture->width + x);
}

static gboolean is_like(const guint8 *pixel, guint8 red, guint8 green, guint8 blue) {
  return ABS(pixel[0] - red) < 50 && ABS(pixel[1] - green) < 50 && ABS(pixel[2] - blue) < 50;
}

static gboolean is_blank(GBytes *image) {
  g_auto(Picture) picture = {0};

  look_at(image, &picture);
  for (guint y = 0; y < THUMBNAIL_HEIGHT; y++)
    for (guint x = 0; x < THUMBNAIL_WIDTH; x++)
      if (!is_like(pixel_at(&picture, x, y), 255, 255, 255))
        return FALSE;
  return TRUE;
}

static void images_are_fitted_into_the_middle(void) {
  static const struct {
    guint width, height;             /* of the image */
    guint shown_width, shown_height; /* of what is seen of it */
  } rows[] = {{180, 120, 180, 120}, {1800, 1200, 180, 120}, {1000, 100, 180, 18},
              {100, 1000, 12, 120}, {40, 30, 40, 30},       {3001, 2003, 179, 120}};

  for (gsize row = 0; row < G_N_ELEMENTS(rows); row++) {
    for (gsize format = 0; format < G_N_ELEMENTS(formats); format++) {
      g_autoptr(GBytes) image = formats[format](rows[row].width, rows[row].height);
      g_auto(Picture) picture = {0};
      look_at(image, &picture);
      guint left = (THUMBNAIL_WIDTH - rows[row].shown_width) / 2;
      guint right = left + rows[row].shown_width - 1;
      guint middle = THUMBNAIL_HEIGHT / 2;
      guint quarter = rows[row].shown_width / 4;
      g_assert_true(is_like(pixel_at(&picture, left + quarter, middle), 255, 0, 0));
      g_assert_true(is_like(pixel_at(&picture, right - quarter, middle), 0, 0, 255));
      if (left > 12)
        g_assert_true(is_like(pixel_at(&picture, left - 12, middle), 255, 255, 255));
      if (rows[row].shown_height < THUMBNAIL_HEIGHT - 40)
        g_assert_true(is_like(pixel_at(&picture, left + quarter, 5), 255, 255, 255));
    }
  }
}

static void tiny_images_are_shown(void) {
  for (gsize format = 0; format < G_N_ELEMENTS(formats); format++) {
    for (guint size = 1; size < 4; size++) {
      g_autoptr(GBytes) image = formats[format](size, size);
      g_assert_false(is_blank(image));
    }
  }
}

static void long_thin_images_are_shown(void) {
  g_autoptr(GBytes) tall = make_png(1, 60000);
  g_autoptr(GBytes) wide = make_png(60000, 1);

  g_assert_false(is_blank(tall));
  g_assert_false(is_blank(wide));
}

static void what_is_no_image_is_blank(void) {
  static const char *const texts[] = {"", "x", "GIF89a", "\xFF\xD8\xFF", "\x89PNG\r\n\x1A\n", "<svg/>", "BM"};

  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GBytes) image = g_bytes_new(texts[i], strlen(texts[i]));
    g_assert_true(is_blank(image));
  }
}

/* Every start of an image, and every image with one byte changed, gives a picture. */
static void damaged_images_give_pictures(void) {
  for (gsize format = 0; format < G_N_ELEMENTS(formats); format++) {
    g_autoptr(GBytes) image = formats[format](20, 20);
    gsize len;
    const guint8 *bytes = g_bytes_get_data(image, &len);
    for (gsize i = 0; i < len; i++) {
      g_autoptr(GBytes) start = g_bytes_new_take(g_memdup2(bytes, MAX(i, 1)), i);
      g_autofree guint8 *changed = g_memdup2(bytes, len);
      changed[i] ^= 0x55;
      g_autoptr(GBytes) other = g_bytes_new_static(changed, len);
      g_autoptr(GBytes) of_start = thumbnail_make(start);
      g_autoptr(GBytes) of_other = thumbnail_make(other);
      g_assert_cmpuint(g_bytes_get_size(of_start), >, 100);
      g_assert_cmpuint(g_bytes_get_size(of_other), >, 100);
    }
  }
}

static void upper_half_of_a_cut_jpeg_is_shown(void) {
  g_autoptr(GBytes) image = make_jpeg(1800, 1200);
  g_autoptr(GBytes) start = g_bytes_new_from_bytes(image, 0, g_bytes_get_size(image) / 2);
  g_auto(Picture) picture = {0};

  look_at(start, &picture);
  g_assert_true(is_like(pixel_at(&picture, 20, 10), 255, 0, 0));
}

/* Of a chunk of PNG: the polynomial of ISO 3309. */
static guint32 chunk_crc(const guint8 *bytes, gsize len) {
  guint32 crc = 0xFFFFFFFF;

  for (gsize i = 0; i < len; i++) {
    crc ^= bytes[i];
    for (guint bit = 0; bit < 8; bit++)
      crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
  }
  return ~crc;
}

/* Sets the size that the header of an image claims. */
static void claim_size(guint8 *bytes, gsize len, gboolean is_png, guint32 width, guint32 height) {
  if (is_png) {
    guint32 big_endian[] = {GUINT32_TO_BE(width), GUINT32_TO_BE(height)};
    memcpy(bytes + 16, big_endian, sizeof big_endian);
    guint32 checksum = GUINT32_TO_BE(chunk_crc(bytes + 12, 17));
    memcpy(bytes + 29, &checksum, sizeof checksum);
    return;
  }
  for (gsize i = 0; i + 9 < len; i++) {
    if (bytes[i] != 0xFF || (bytes[i + 1] != 0xC0 && bytes[i + 1] != 0xC2))
      continue;
    guint16 big_endian[] = {GUINT16_TO_BE((guint16)height), GUINT16_TO_BE((guint16)width)};
    memcpy(bytes + i + 5, big_endian, sizeof big_endian);
    return;
  }
  g_assert_not_reached();
}

static void too_many_pixels_are_not_decoded(void) {
  g_auto(Picture) picture = {0};

  g_assert_false(picture_allocate(&picture, 0, 10));
  g_assert_false(picture_allocate(&picture, G_MAXUINT, G_MAXUINT));
  g_assert_false(picture_allocate(&picture, THUMBNAIL_PIXELS_MAX, 2));
  g_assert_true(picture_allocate(&picture, 100, 100));
}

static void bombs_are_blank(void) {
  static const struct {
    MakeFunc make;
    guint32 width, height;
    gboolean is_blank;
  } rows[] = {
      {make_png, 1000000, 1000000, TRUE},
      {make_png, 4096, 4097, TRUE}, /* one row more than the limit */
      {make_jpeg, 65500, 65500, TRUE},
      {make_jpeg, 10000, 10000, FALSE}, /* read as far as it goes, at an eighth of its size */
      {make_progressive_jpeg, 16000, 16000, TRUE},
      {make_progressive_jpeg, 1000, 1000, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) image = rows[i].make(64, 64);
    gsize len;
    g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(image, &len), g_bytes_get_size(image));
    claim_size(bytes, len, rows[i].make == make_png, rows[i].width, rows[i].height);
    g_autoptr(GBytes) bomb = g_bytes_new_static(bytes, len);
    g_assert_true(is_blank(bomb) == rows[i].is_blank);
  }
}

/* The last scan of a progressive image over and over. */
static void endless_scans_are_left(void) {
  g_autoptr(GBytes) image = make_progressive_jpeg(2000, 2000);
  gsize len;
  const guint8 *bytes = g_bytes_get_data(image, &len);
  gsize scan = len - 2;

  while (bytes[scan] != 0xFF || bytes[scan + 1] != 0xDA)
    scan--;
  GByteArray *many = g_byte_array_new();
  g_byte_array_append(many, bytes, (guint)len - 2);
  for (guint i = 0; i < 20000; i++)
    g_byte_array_append(many, bytes + scan, (guint)(len - 2 - scan));
  g_autoptr(GBytes) bomb = g_byte_array_free_to_bytes(many);
  g_autoptr(GBytes) picture = thumbnail_make(bomb);
  g_assert_cmpuint(g_bytes_get_size(picture), >, 100);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/thumbnail/" #name, name)
  ADD(images_are_fitted_into_the_middle);
  ADD(tiny_images_are_shown);
  ADD(long_thin_images_are_shown);
  ADD(what_is_no_image_is_blank);
  ADD(damaged_images_give_pictures);
  ADD(upper_half_of_a_cut_jpeg_is_shown);
  ADD(too_many_pixels_are_not_decoded);
  ADD(bombs_are_blank);
  ADD(endless_scans_are_left);
#undef ADD
  return g_test_run();
}
