#include "syntax/http_chunked.h"

/* chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF, the last of size 0; then trailer lines and an empty one */
typedef enum {
  IN_SIZE,
  IN_EXTENSION,
  AT_SIZE_LF,
  IN_CONTENT,
  AT_CONTENT_CR,
  AT_CONTENT_LF,
  AT_TRAILER, /* at the start of a line */
  IN_TRAILER,
  AT_TRAILER_LF,
  AT_END_LF,
  AT_END,
  BROKEN
} ChunkedState;

static ChunkedState expect(char byte, char wanted, ChunkedState next) {
  return byte == wanted ? next : BROKEN;
}

static ChunkedState take_size(HttpChunked *chunked, char byte) {
  if (g_ascii_isxdigit(byte) && chunked->n_digits < HTTP_CHUNKED_DIGITS_MAX) {
    chunked->left_bytes = chunked->left_bytes * 16 + (guint64)g_ascii_xdigit_value(byte);
    chunked->n_digits++;
    return IN_SIZE;
  }
  if (chunked->n_digits == 0)
    return BROKEN;
  if (byte == ';' || byte == ' ' || byte == '\t') /* blanks before the semicolon: RFC 9112 7.1.1, "BWS" */
    return IN_EXTENSION;
  return expect(byte, '\r', AT_SIZE_LF);
}

/* An extension or a trailer: dropped, but not without end. */
static ChunkedState take_extra(HttpChunked *chunked, char byte, ChunkedState here, ChunkedState at_lf) {
  if (byte == '\r')
    return at_lf;
  if ((g_ascii_iscntrl(byte) && byte != '\t') || ++chunked->n_extra > HTTP_CHUNKED_EXTRA_MAX)
    return BROKEN;
  return here;
}

static ChunkedState end_size(HttpChunked *chunked, char byte) {
  chunked->n_digits = 0;
  return expect(byte, '\n', chunked->left_bytes > 0 ? IN_CONTENT : AT_TRAILER);
}

static ChunkedState step(HttpChunked *chunked, char byte) {
  switch ((ChunkedState)chunked->state) {
  case IN_SIZE:
    return take_size(chunked, byte);
  case IN_EXTENSION:
    return take_extra(chunked, byte, IN_EXTENSION, AT_SIZE_LF);
  case AT_SIZE_LF:
    return end_size(chunked, byte);
  case AT_CONTENT_CR:
    return expect(byte, '\r', AT_CONTENT_LF);
  case AT_CONTENT_LF:
    return expect(byte, '\n', IN_SIZE);
  case AT_TRAILER:
    return take_extra(chunked, byte, IN_TRAILER, AT_END_LF);
  case IN_TRAILER:
    return take_extra(chunked, byte, IN_TRAILER, AT_TRAILER_LF);
  case AT_TRAILER_LF:
    return expect(byte, '\n', AT_TRAILER);
  case AT_END_LF:
    return expect(byte, '\n', AT_END);
  case IN_CONTENT:
  case AT_END:
  case BROKEN:
  default:
    return BROKEN;
  }
}

static HttpChunkedStatus status_of(const HttpChunked *chunked) {
  if (chunked->state == BROKEN)
    return HTTP_CHUNKED_BROKEN;
  return chunked->state == AT_END ? HTTP_CHUNKED_DONE : HTTP_CHUNKED_MORE;
}

HttpChunkedStatus http_chunked_take(HttpChunked *chunked, const char *bytes, gsize len, gsize *out_taken,
                                    const char **out_content, gsize *out_len) {
  gsize at = 0;

  *out_content = NULL;
  *out_len = 0;
  while (at < len && status_of(chunked) == HTTP_CHUNKED_MORE && chunked->state != IN_CONTENT)
    chunked->state = (int)step(chunked, bytes[at++]);
  if (at < len && chunked->state == IN_CONTENT) {
    *out_content = bytes + at;
    *out_len = (gsize)MIN(chunked->left_bytes, len - at);
    chunked->left_bytes -= *out_len;
    at += *out_len;
    if (chunked->left_bytes == 0)
      chunked->state = AT_CONTENT_CR;
  }
  *out_taken = at;
  return status_of(chunked);
}
