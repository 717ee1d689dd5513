#pragma once
/* The addresses in a style sheet: what a browser would fetch for it.
 *
 * Thread: any; pure.
 * Errors: none: what cannot be read is stepped over.
 * Units and limits: linear in the CSS.
 * Source: CSS Syntax 3, 4.3.6 (url tokens), CSS Cascade 5, 2 (@import), CSS Images 4, 2.4 (image-set), CSS Fonts 4,
 *         4.3; read tolerantly. */
#include <glib.h>

typedef enum { CSS_URL_IMAGE, CSS_URL_FONT, CSS_URL_SHEET } CssUrlKind;

/* `url` is lent. */
typedef void (*CssUrlFunc)(CssUrlKind kind, const char *url, gpointer user_data);

/* Calls `found` for each address, in their order. */
void css_urls_find(const char *css, gsize len, CssUrlFunc found, gpointer user_data);
