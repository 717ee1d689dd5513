/* Every body is decoded whole, byte by byte and split at every place, which must make no difference. */
#include "syntax/http_chunked.h"

#include <string.h>

static HttpChunkedStatus decode_piece(HttpChunked *chunked, const char *text, gsize len, GString *out, gsize *at) {
  HttpChunkedStatus status = HTTP_CHUNKED_MORE;

  for (gsize end = *at + len; *at < end && status == HTTP_CHUNKED_MORE;) {
    g_autofree char *bytes = g_memdup2(text + *at, end - *at);
    gsize n_taken;
    const char *content;
    gsize content_len;
    status = http_chunked_take(chunked, bytes, end - *at, &n_taken, &content, &content_len);
    g_assert_cmpuint(n_taken, >, 0);
    if (content_len > 0)
      g_string_append_len(out, content, (gssize)content_len);
    *at += n_taken;
  }
  return status;
}

/* The content, then what follows: "|rest" of a complete body, "..." of an unfinished one, "!" of a broken one. */
static char *decode(const char *text, gsize len, gsize split, gsize step) {
  HttpChunked chunked = {0};
  HttpChunkedStatus status = HTTP_CHUNKED_MORE;
  GString *out = g_string_new(NULL);
  gsize at = 0;

  while (at < len && status == HTTP_CHUNKED_MORE)
    status = decode_piece(&chunked, text, at < split ? MIN(split - at, step) : MIN(len - at, step), out, &at);
  if (status == HTTP_CHUNKED_BROKEN)
    g_string_assign(out, "!");
  else if (status == HTTP_CHUNKED_MORE)
    g_string_append(out, "...");
  else
    g_string_append_printf(out, "|%s", text + at);
  return g_string_free(out, FALSE);
}

static void test_bodies(void) {
  static const struct {
    const char *text, *decoded;
  } rows[] = {
      {"0\r\n\r\n", "|"},
      {"5\r\nhello\r\n0\r\n\r\nGET", "hello|GET"},
      {"000005\r\nhello\r\n6\r\n world\r\n00\r\n\r\n", "hello world|"},
      {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789|"},
      {"3\r\n\r\n\r\r\n0\r\n\r\n", "\r\n\r|"},
      {"1;name=value\r\na\r\n1 ; x=\"y\"\r\nb\r\n0;z\r\n\r\n", "ab|"},
      {"0\r\nTrailer: dropped\r\nAnother: one\r\n\r\nrest", "|rest"},
      {"5\r\nhel", "hel..."},
      {"5\r\nhello\r\n", "hello..."},
      {"0\r\nA: b\r\n", "..."},
      {"", "..."},
      {"\r\n", "!"},
      {"5\nhello\r\n0\r\n\r\n", "!"},
      {"5\r\nhello\n0\r\n\r\n", "!"},
      {"5\r\nhello0\r\n\r\n", "!"},
      {"5\r\nhelloX\r\n0\r\n\r\n", "!"},
      {"5\rhello", "!"},
      {"0x5\r\nhello\r\n0\r\n\r\n", "!"},
      {"+5\r\nhello\r\n0\r\n\r\n", "!"},
      {"-1\r\n", "!"},
      {" 5\r\nhello\r\n", "!"},
      {";a\r\n", "!"},
      {"g\r\n", "!"},
      {"5;a\nb\r\n", "!"},
      {"5;a\x01\r\n", "!"},
      {"0\r\nA: b\n\r\n", "!"},
      {"0\r\n\n", "!"},
      {"0\r\n\rX", "!"},
      {"000000000000005\r\nhello\r\n0\r\n\r\n", "hello|"},
      {"0000000000000005\r\nhello\r\n0\r\n\r\n", "!"},
      {"fffffffffffffff\r\nabc", "abc..."},
      {"10000000000000000\r\nabc", "!"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gsize len = strlen(rows[i].text);
    for (gsize split = 0; split < MAX(len, 1); split++) {
      g_autofree char *decoded = decode(rows[i].text, len, split, len);
      g_assert_cmpstr(decoded, ==, rows[i].decoded);
    }
    g_autofree char *bytewise = decode(rows[i].text, len, 0, 1);
    g_assert_cmpstr(bytewise, ==, rows[i].decoded);
  }
}

static void test_extras_have_a_limit_over_the_whole_body(void) {
  for (gsize excess = 0; excess < 2; excess++) {
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *half = g_strnfill(HTTP_CHUNKED_EXTRA_MAX / 2, 'x');
    g_string_append_printf(text, "1;%s\r\na\r\n0\r\n%s%s\r\n\r\n", half, half, excess > 0 ? "x" : "");
    g_autofree char *decoded = decode(text->str, text->len, 0, text->len);
    g_assert_cmpstr(decoded, ==, excess > 0 ? "!" : "a|");
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http_chunked/bodies", test_bodies);
  g_test_add_func("/http_chunked/extras_have_a_limit_over_the_whole_body",
                  test_extras_have_a_limit_over_the_whole_body);
  return g_test_run();
}
