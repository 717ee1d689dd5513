#pragma once
/* What a reader sees of HTML, as plain text.
 *
 * Thread: any; pure.
 * Units and limits: linear; the text is not longer than about `bytes_max` bytes. Links that are
 *         relative to a base element are whole, up to a limit (html_base.h).
 * Source: what browsers show; style, script and title are left out. */
#include <glib.h>

typedef enum {
  HTML_TEXT_LINES = 1 << 0, /* lines and paragraphs are kept; else all is one line */
  HTML_TEXT_LINKS = 1 << 1, /* where links lead stands behind their text, in round brackets */
} HtmlTextFlags;

/* The caller frees. */
char *html_text(const char *html, HtmlTextFlags flags, gsize bytes_max);
