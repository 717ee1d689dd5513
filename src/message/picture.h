#pragma once
/* Pixels out of the formats of pictures that messages have.
 *
 * Owns: a Picture its pixels.
 * Thread: any.
 * Errors: FALSE: it cannot be read, or is too large.
 * Source: libjpeg, libpng, giflib. */
#include <glib.h>

typedef struct Picture {
  guint width;
  guint height;
  guint8 *rgb; /* 3 bytes a pixel, row by row */
} Picture;

void picture_clear(Picture *picture);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Picture, picture_clear)

/* Reads it, a JPEG maybe smaller than it is, but not smaller than it fits into the box. Transparent is white. */
gboolean picture_read(const guint8 *bytes, gsize len, guint box_width, guint box_height, Picture *out_picture);

/* One in each of these: picture_jpeg.c, picture_png.c, picture_gif.c. `picture` is empty, and cleared by the caller. */
gboolean picture_read_jpeg(const guint8 *bytes, gsize len, guint box_width, guint box_height, Picture *picture);
gboolean picture_read_png(const guint8 *bytes, gsize len, Picture *picture);
gboolean picture_read_gif(const guint8 *bytes, gsize len, Picture *picture);

/* Makes room for the pixels, white; FALSE: none, too many, or no memory. */
gboolean picture_allocate(Picture *picture, guint width, guint height);

/* The picture as a JPEG. */
GBytes *picture_print_jpeg(const Picture *picture);
