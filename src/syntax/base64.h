#pragma once
/* Base64, read strictly.
 *
 * Thread: any; pure.
 * Errors: FALSE.
 * Units and limits: the result has at most BASE64_DECODED_MAX(len) bytes.
 * Source: RFC 4648 4, and 3.3: characters outside the alphabet are an error, as RFC 4954 4 wants it. */
#include <glib.h>

#define BASE64_DECODED_MAX(len) ((len) / 4 * 3)

/* The six bits a character stands for; -1: none. */
static inline int base64_value(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Alphabet and padding as they should be, nothing else in between or behind. g_base64_decode(), and OpenSSL's, skip
 * what they do not know. Empty text is empty. */
gboolean base64_decode(const char *text, gsize len, guint8 *out, gsize *out_len);
