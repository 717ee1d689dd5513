#pragma once
/* Text that is cut to a length, but not within a character.
 *
 * Thread: any.
 * Units and limits: bytes.
 * Source: RFC 3629, 3. */
#include <glib.h>

/* How many of the first `len` bytes are whole characters; the byte behind them is looked at. */
static inline gsize utf8_cut(const char *text, gsize len) {
  while (len > 0 && ((guchar)text[len] & 0xC0) == 0x80)
    len--;
  return len;
}

static inline void utf8_truncate(GString *text, gsize max_bytes) {
  if (text->len > max_bytes)
    g_string_truncate(text, utf8_cut(text->str, max_bytes));
}
