/* Headers are read whole and cut at each byte: from where the size is whole on it is told, before it nothing is. */
#include "syntax/picture_size.h"
#include <string.h>

#define BYTES(text) (text), sizeof(text) - 1
#define PNG "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"
#define JPEG "\xFF\xD8\xFF\xE0\0\x04xx"
#define FRAME "\0\x0B\x08\x01\x02\x03\x04" /* 772 by 258 */
#define WEBP "RIFF\0\0\0\0WEBP"
#define BMP "BM............"

typedef struct Vector {
  const char *bytes;
  gsize len;    /* of what is needed */
  guint width;  /* 0: it has none */
  guint height; /* what stands behind it is another matter */
} Vector;

static const Vector sizes[] = {
    {BYTES(PNG "\0\0\x02\x80\0\0\x01\xE0"), 640, 480},
    {BYTES("GIF87a\x40\x01\xC8\0"), 320, 200},
    {BYTES("GIF89a\1\0\1\0"), 1, 1},
    {BYTES(JPEG "\xFF\xC0" FRAME), 772, 258},
    {BYTES(JPEG "\xFF\xC4\0\2\xFF\xC8\0\3x\xFF\xCC\0\2\xFF\xFF\xFF\xC2" FRAME), 772, 258},
    {BYTES("\xFF\xD8\xFF\xCF" FRAME), 772, 258},
    {BYTES(WEBP "VP8 \0\0\0\0...\x9D\x01\x2A\x80\x42\xE0\x81"), 640, 480},
    {BYTES(WEBP "VP8L\0\0\0\0\x2F\x7F\xC2\x77\0"), 640, 480},
    {BYTES(WEBP "VP8X\0\0\0\0....\x7F\2\0\xDF\1\0"), 640, 480},
    {BYTES(BMP "\x0C\0\0\0\x80\2\xE0\1"), 640, 480},
    {BYTES(BMP "\x28\0\0\0\x80\2\0\0\xE0\1\0\0"), 640, 480},
    {BYTES(BMP "\x7C\0\0\0\x80\2\0\0\x20\xFE\xFF\xFF"), 640, 480},
};

static const Vector without_size[] = {
    {BYTES(""), 0, 0},
    {BYTES("<svg width='1' height='1'>"), 0, 0},
    {BYTES(PNG "\0\0\0\0\0\0\0\1"), 0, 0},
    {BYTES(PNG "\0\0\0\1\x80\0\0\0"), 0, 0},
    {BYTES(PNG "\0\0\0\1\0\x0F\x42\x41"), 0, 0},
    {BYTES("\x89PNG\r\n\x1A\n\0\0\0\x0DIDAT\0\0\0\1\0\0\0\1"), 0, 0},
    {BYTES("GIF88a\1\0\1\0"), 0, 0},
    {BYTES(JPEG "\xFF\xDA\0\2\xFF\xC0" FRAME), 0, 0},
    {BYTES(JPEG "\xFF\xD9\0\2\xFF\xC0" FRAME), 0, 0},
    {BYTES(JPEG "\xFF\xE1\0\1\xFF\xC0" FRAME), 0, 0},
    {BYTES(JPEG "x\xFF\xC0" FRAME), 0, 0},
    {BYTES(JPEG "\xFF\xE1\xFF\xFF\xFF\xC0" FRAME), 0, 0},
    {BYTES("\xFF\xD8\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), 0, 0},
    {BYTES("RIFF\0\0\0\0WAVEVP8X\0\0\0\0....\x7F\2\0\xDF\1\0"), 0, 0},
    {BYTES(WEBP "ALPH\0\0\0\0....\x7F\2\0\xDF\1\0"), 0, 0},
    {BYTES(WEBP "VP8 \0\0\0\0...\x9D\x01\x2B\x80\x02\xE0\x01"), 0, 0},
    {BYTES(WEBP "VP8L\0\0\0\0\x2E\x7F\xC2\x77\0"), 0, 0},
    {BYTES(BMP "\x27\0\0\0\x80\2\0\0\xE0\1\0\0"), 0, 0},
    {BYTES(BMP "\x28\0\0\0\xFF\xFF\xFF\xFF\xE0\1\0\0"), 0, 0},
    {BYTES(BMP "\x28\0\0\0\x80\2\0\0\0\0\0\x80"), 0, 0},
};

/* From memory that ends where the bytes do, so that the sanitizers see what is read behind them. */
static gboolean read_copy(const char *bytes, gsize len, PictureSize *size) {
  g_autofree guint8 *copy = g_memdup2(bytes, len);

  return picture_size_read(copy, len, size);
}

static void sizes_are_told_when_they_are_whole(void) {
  PictureSize size;

  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    for (gsize len = 0; len < sizes[i].len; len++)
      g_assert_false(read_copy(sizes[i].bytes, len, &size));
    g_assert_true(read_copy(sizes[i].bytes, sizes[i].len, &size));
    g_assert_cmpuint(size.width, ==, sizes[i].width);
    g_assert_cmpuint(size.height, ==, sizes[i].height);
  }
}

static void what_has_no_size_has_none(void) {
  PictureSize size;

  for (gsize i = 0; i < G_N_ELEMENTS(without_size); i++)
    for (gsize len = 0; len <= without_size[i].len; len++)
      g_assert_false(read_copy(without_size[i].bytes, len, &size));
}

static void sides_have_a_limit(void) {
  PictureSize size;

  g_assert_true(read_copy(BYTES(PNG "\0\x0F\x42\x40\0\x0F\x42\x40"), &size));
  g_assert_cmpuint(size.width, ==, PICTURE_SIDE_MAX);
  g_assert_false(read_copy(BYTES(PNG "\0\x0F\x42\x41\0\x0F\x42\x40"), &size));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/picture_size/sizes_are_told_when_they_are_whole", sizes_are_told_when_they_are_whole);
  g_test_add_func("/picture_size/what_has_no_size_has_none", what_has_no_size_has_none);
  g_test_add_func("/picture_size/sides_have_a_limit", sides_have_a_limit);
  return g_test_run();
}
