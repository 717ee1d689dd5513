#pragma once
/* How many pixels a picture has, from its header alone: PNG, JPEG, GIF, WebP, BMP.
 *
 * Owns: nothing; a PictureSize is a value.
 * Thread: any; pure.
 * Errors: FALSE: it is none of these, it is cut before its size, or its size is none.
 * Units and limits: pixels as they are stored: a JPEG that its Exif data turns is not turned here. Sides from 1 to
 *         PICTURE_SIDE_MAX; linear in what stands before the size. Nothing is decoded; what follows is not looked at.
 * Source: PNG (W3C) 11.2.1, JPEG (ITU-T T.81) B.2.2, GIF89a 18, WebP (RFC 9649) 2.4 to 2.7, BMP (MS-WMF 2.2.2.3,
 *         2.2.2.2). */
#include <glib.h>

enum { PICTURE_SIDE_MAX = 1000 * 1000 };

typedef struct PictureSize {
  guint width;
  guint height;
} PictureSize;

gboolean picture_size_read(const guint8 *bytes, gsize len, PictureSize *out_size);
