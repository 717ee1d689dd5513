#pragma once
/* A small picture of a picture.
 *
 * Thread: any.
 * Errors: none: what is no picture that can be read here (JPEG, PNG, GIF) gives a blank one.
 * Units and limits: THUMBNAIL_PIXELS_MAX pixels are decoded, about three times that many bytes of memory; a JPEG is
 *         scaled down while it is decoded and may have eight times as many a side. Of an animation the first picture.
 * Source: the pictures' own formats, by libjpeg, libpng and giflib. */
#include <glib.h>

enum { THUMBNAIL_WIDTH = 180, THUMBNAIL_HEIGHT = 120, THUMBNAIL_PIXELS_MAX = 16 * 1024 * 1024 };

/* A JPEG of just that size, the picture in its middle, no larger than it is. No bytes: there is no memory. */
GBytes *thumbnail_make(GBytes *picture);
