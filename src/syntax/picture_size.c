#include "syntax/picture_size.h"
#include <string.h>

typedef struct Input {
  const guint8 *bytes;
  gsize len;
} Input;

/* --- numbers; what is after the end is 0, which no size is */

static guint32 big_endian(Input in, gsize at, gsize n_bytes) {
  guint32 number = 0;

  for (gsize i = 0; i < n_bytes && at + n_bytes <= in.len; i++)
    number = number << 8 | in.bytes[at + i];
  return number;
}

static guint32 little_endian(Input in, gsize at, gsize n_bytes) {
  guint32 number = 0;

  for (gsize i = 0; i < n_bytes && at + n_bytes <= in.len; i++)
    number |= (guint32)in.bytes[at + i] << (8 * i);
  return number;
}

static gboolean has_at(Input in, gsize at, const char *bytes, gsize len) {
  return at + len <= in.len && memcmp(in.bytes + at, bytes, len) == 0;
}

/* --- formats: each is given what begins as its own; no size is 0 by 0 */

static PictureSize read_png(Input in) {
  if (!has_at(in, 12, "IHDR", 4))
    return (PictureSize){0};
  return (PictureSize){big_endian(in, 16, 4), big_endian(in, 20, 4)};
}

static PictureSize read_gif(Input in) {
  if (!has_at(in, 4, "7a", 2) && !has_at(in, 4, "9a", 2))
    return (PictureSize){0};
  return (PictureSize){little_endian(in, 6, 2), little_endian(in, 8, 2)};
}

/* The header of a frame: SOF0 to SOF15, but for the three numbers among them that are other segments. */
static gboolean is_frame(guint8 marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* Steps from segment to segment; behind the start of a scan there is no frame that would count. */
static PictureSize read_jpeg(Input in) {
  gsize at = 2;

  while (at + 4 <= in.len && in.bytes[at] == 0xFF) {
    guint8 marker = in.bytes[at + 1];
    guint32 segment_len = big_endian(in, at + 2, 2);
    if (marker == 0xFF) { /* a filler */
      at++;
      continue;
    }
    if (is_frame(marker))
      return (PictureSize){big_endian(in, at + 7, 2), big_endian(in, at + 5, 2)};
    if (marker <= 0x01 || (marker >= 0xD0 && marker <= 0xDA) || segment_len < 2)
      break;
    at += 2 + segment_len;
  }
  return (PictureSize){0};
}

static PictureSize read_webp(Input in) {
  enum { SIDE_BITS = 14, SIDE_MASK = (1 << SIDE_BITS) - 1 };

  if (!has_at(in, 8, "WEBP", 4))
    return (PictureSize){0};
  if (has_at(in, 12, "VP8X", 4) && in.len >= 30)
    return (PictureSize){little_endian(in, 24, 3) + 1, little_endian(in, 27, 3) + 1};
  if (has_at(in, 12, "VP8L", 4) && has_at(in, 20, "\x2F", 1) && in.len >= 25) {
    guint32 sides = little_endian(in, 21, 4);
    return (PictureSize){(sides & SIDE_MASK) + 1, (sides >> SIDE_BITS & SIDE_MASK) + 1};
  }
  if (has_at(in, 12, "VP8 ", 4) && has_at(in, 23, "\x9D\x01\x2A", 3))
    return (PictureSize){little_endian(in, 26, 2) & SIDE_MASK, little_endian(in, 28, 2) & SIDE_MASK};
  return (PictureSize){0};
}

/* A height below zero says that the rows go from top to bottom. */
static PictureSize read_bmp(Input in) {
  enum { CORE_HEADER_LEN = 12, INFO_HEADER_LEN = 40 };
  guint32 header_len = little_endian(in, 14, 4);

  if (header_len == CORE_HEADER_LEN)
    return (PictureSize){little_endian(in, 18, 2), little_endian(in, 20, 2)};
  if (header_len < INFO_HEADER_LEN)
    return (PictureSize){0};
  guint32 height = little_endian(in, 22, 4);
  return (PictureSize){little_endian(in, 18, 4), height > G_MAXINT32 ? 0 - height : height};
}

gboolean picture_size_read(const guint8 *bytes, gsize len, PictureSize *out_size) {
  static const struct {
    const char *start;
    PictureSize (*read)(Input in);
  } formats[] = {{"\x89PNG\r\n\x1A\n", read_png},
                 {"\xFF\xD8\xFF", read_jpeg},
                 {"GIF8", read_gif},
                 {"RIFF", read_webp},
                 {"BM", read_bmp}};
  Input in = {bytes, len};

  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
    if (!has_at(in, 0, formats[i].start, strlen(formats[i].start)))
      continue;
    PictureSize size = formats[i].read(in);
    *out_size = size;
    return size.width > 0 && size.width <= PICTURE_SIDE_MAX && size.height > 0 && size.height <= PICTURE_SIDE_MAX;
  }
  return FALSE;
}
