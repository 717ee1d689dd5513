/* Heads are read whole, byte by byte and split at every place, which must make no difference; and every beginning of
 * a good one is unfinished, not wrong. */
#include "syntax/http_head.h"

#include <string.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

/* What a head says, in one line, or the status and text of its rejection. `split` bytes come first. */
static char *read_head(const char *text, gsize len, gsize split, gsize step) {
  HttpHeadReader reader = {0};
  HttpHeadState state = HTTP_HEAD_PARTIAL;
  HttpRejection rejection = {0};
  g_auto(HttpHead) head = {0};
  gsize at = 0;
  char *said;

  while (at < len && state == HTTP_HEAD_PARTIAL) {
    gsize n_bytes = at < split ? MIN(split - at, step) : MIN(len - at, step);
    g_autofree char *bytes = g_memdup2(text + at, n_bytes); /* of just its size, for ASan */
    gsize n_taken;
    state = http_head_reader_take(&reader, bytes, n_bytes, &n_taken, &rejection);
    g_assert_cmpuint(n_taken, <=, n_bytes);
    g_assert_true(state != HTTP_HEAD_PARTIAL || n_taken == n_bytes);
    at += n_taken;
  }
  if (state == HTTP_HEAD_COMPLETE)
    rejection = http_head_parse(reader.text->str, reader.text->len, &head);
  if (rejection.status != 0) {
    g_assert_true(g_str_is_ascii(rejection.text) && !strpbrk(rejection.text, "\r\n"));
    said = g_strdup_printf("%u %s", rejection.status, rejection.text);
  } else if (state == HTTP_HEAD_PARTIAL) {
    said = g_strdup("unfinished");
  } else {
    said = g_strdup_printf("%s %s?%s host=%s:%u length=%" G_GUINT64_FORMAT "%s%s%s rest=%zu", head.method, head.path,
                           head.query ? head.query : "", head.host.name, head.host.port, head.content_length,
                           head.is_chunked ? " chunked" : "", head.keeps_alive ? " keep" : "",
                           head.expects_continue ? " continue" : "", len - at);
  }
  http_head_reader_clear(&reader);
  return said;
}

static char *read_every_way(const char *text, gsize len) {
  char *whole = read_head(text, len, 0, len);
  g_autofree char *bytewise = read_head(text, len, 0, 1);

  g_assert_cmpstr(bytewise, ==, whole);
  for (gsize split = 1; split < MIN(len, 300); split++) {
    g_autofree char *said = read_head(text, len, split, len);
    g_assert_cmpstr(said, ==, whole);
  }
  return whole;
}

static void test_good_heads(void) {
  static const struct {
    const char *text, *said;
  } rows[] = {
      {"GET / HTTP/1.1\r\nHost: localhost:8025\r\n\r\n", "GET /? host=localhost:8025 length=0 keep rest=0"},
      {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /? host=a:0 length=0 keep rest=0"},
      {"GET /a/b?c=d&e HTTP/1.1\r\nhOsT:a\r\n\r\nGET", "GET /a/b?c=d&e host=a:0 length=0 keep rest=3"},
      {"GET /\xc3\xa9?\xff HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\xc3\xa9?\xff host=a:0 length=0 keep rest=0"},
      {"GET / HTTP/1.1\r\nHost: \t a \t \r\nX-Empty:\r\nX-High: \xff\r\n\r\n", "GET /? host=a:0 length=0 keep rest=0"},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", "GET /? host=a:0 length=0 rest=0"},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n", "GET /? host=a:0 length=0 rest=0"},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", "GET /? host=a:0 length=0 keep rest=0"},
      {"GET / HTTP/1.0\r\n\r\n", "GET /? host=:0 length=0 rest=0"},
      {"GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n", "GET /? host=a:0 length=0 keep rest=0"},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET /? host=a:0 length=0 keep rest=0"},
      {POST "Content-Length: 5\r\n\r\nhello", "POST /? host=a:0 length=5 keep rest=5"},
      {POST "Content-Length: 0005\r\n\r\n", "POST /? host=a:0 length=5 keep rest=0"},
      {POST "Content-Length: 9223372036854775807\r\n\r\n", "POST /? host=a:0 length=9223372036854775807 keep rest=0"},
      {POST "Transfer-Encoding: Chunked\r\n\r\n0", "POST /? host=a:0 length=0 chunked keep rest=1"},
      {POST "Expect: 100-Continue\r\n\r\n", "POST /? host=a:0 length=0 keep continue rest=0"},
      {"POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "POST /? host=:0 length=0 rest=0"},
      {"GET http://a:80/b?c HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /b?c host=a:80 length=0 keep rest=0"},
      {"GET HTTPS://A./ HTTP/1.1\r\nHost: a\r\n\r\n", "GET /? host=a:0 length=0 keep rest=0"},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *? host=a:0 length=0 keep rest=0"},
      {"M-SEARCH!#$%&'*+.^_`|~ / HTTP/1.1\r\nHost: a\r\n\r\n",
       "M-SEARCH!#$%&'*+.^_`|~ /? host=a:0 length=0 keep rest=0"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gsize len = strlen(rows[i].text);
    g_autofree char *said = read_every_way(rows[i].text, len);
    g_assert_cmpstr(said, ==, rows[i].said);
    gsize head_len = (gsize)(strstr(rows[i].text, "\r\n\r\n") - rows[i].text) + 4;
    for (gsize beginning = 0; beginning < head_len; beginning++) {
      g_autofree char *unfinished = read_head(rows[i].text, beginning, 0, len);
      g_assert_cmpstr(unfinished, ==, "unfinished");
    }
  }
}

static void test_bad_heads_are_rejected(void) {
  static const struct {
    const char *text;
    gsize len;
    const char *said; /* how it begins */
  } rows[] = {
#define ROW(text, said) {text, sizeof(text) - 1, said}
      ROW("GET / HTTP/1.1\nHost: a\r\n\r\n", "400 a line ends with LF alone"),
      ROW("GET / HTTP/1.1\r\nHost: a\n\r\n", "400 a line ends with LF alone"),
      ROW("\nGET / HTTP/1.1\r\n", "400 a line ends with LF alone"),
      ROW(GET "\n", "400 a line ends with LF alone"),
      ROW("GET /\r\n\r\n", "400 the request line"),
      ROW("GET\r\n\r\n", "400 the request line"),
      ROW("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400 the request line"),
      ROW("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "400 the request line"),
      ROW("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400 the request line"),
      ROW("GET / a HTTP/1.1\r\nHost: a\r\n\r\n", "400 the request line"),
      ROW(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400 the method"),
      ROW("GET\t/ HTTP/1.1 x\r\nHost: a\r\n\r\n", "400 the method"),
      ROW("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "400 the method"),
      ROW("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\nHost: a\r\n\r\n", "400 the method"),
      ROW("GET / http/1.1\r\nHost: a\r\n\r\n", "400 the request line"),
      ROW("GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400 the request line"),
      ROW("GET / HTTP/1\r\nHost: a\r\n\r\n", "400 the request line"),
      ROW("PRI * HTTP/2.0\r\n\r\n", "505"),
      ROW("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505"),
      ROW("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ROW("GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n", "400"),
      ROW("GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target"),
      ROW("GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target"),
      ROW("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target"),
      ROW("GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target"),
      ROW("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400 only OPTIONS"),
      ROW("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "400 the target"),
      ROW("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target"),
      ROW("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target has no path"),
      ROW("GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target has no path"),
      ROW("GET http://x@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target's host"),
      ROW("GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", "400 the target's host"),
      ROW("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 Host and the target"),
      ROW("GET http://a:1/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 Host and the target"),
      ROW("GET / HTTP/1.1\r\n\r\n", "400 Host is missing"),
      ROW("GET / HTTP/1.1\r\nHost:\r\n\r\n", "400 Host is not a valid host name"),
      ROW("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400 Host is not a valid host name"),
      ROW("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400 Host is not a valid host name"),
      ROW("GET / HTTP/1.0\r\nHost: a@b\r\n\r\n", "400 Host is not a valid host name"),
      ROW(GET "Host: a\r\n\r\n", "400 Host is given more"),
      ROW(GET " folded\r\n\r\n", "400 a header field is folded"),
      ROW(GET "A: b\r\n\tc\r\n\r\n", "400 a header field is folded"),
      ROW("GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400 a header field is folded"),
      ROW(GET "A\r\n\r\n", "400 a header field has no colon"),
      ROW(GET ": b\r\n\r\n", "400 the name of a header field"),
      ROW(GET "A : b\r\n\r\n", "400 the name of a header field"),
      ROW(GET "A\t: b\r\n\r\n", "400 the name of a header field"),
      ROW(GET "A B: c\r\n\r\n", "400 the name of a header field"),
      ROW(GET "\xc3\xa9: b\r\n\r\n", "400 the name of a header field"),
      ROW(GET "A: b\rc\r\n\r\n", "400 a header field has a control"),
      ROW(GET "A: b\r\r\n\r\n", "400 a header field has a control"),
      ROW(GET "A: \x1b[31m\r\n\r\n", "400 a header field has a control"),
      ROW(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "400 both"),
      ROW(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "400 both"),
      ROW(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "400 Content-Length is given more"),
      ROW(POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", "400 Content-Length is given more"),
      ROW(POST "Content-Length: 5, 5\r\n\r\n", "400 Content-Length is not a number"),
      ROW(POST "Content-Length:\r\n\r\n", "400 Content-Length is not a number"),
      ROW(POST "Content-Length: +5\r\n\r\n", "400 Content-Length is not a number"),
      ROW(POST "Content-Length: -5\r\n\r\n", "400 Content-Length is not a number"),
      ROW(POST "Content-Length: 0x5\r\n\r\n", "400 Content-Length is not a number"),
      ROW(POST "Content-Length: 5 5\r\n\r\n", "400 Content-Length is not a number"),
      ROW(POST "Content-Length: 9223372036854775808\r\n\r\n", "413"),
      ROW(POST "Content-Length: 99999999999999999999999999\r\n\r\n", "413"),
      ROW(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", "501"),
      ROW(POST "Transfer-Encoding: chunked, chunked\r\n\r\n", "501"),
      ROW(POST "Transfer-Encoding: xchunked\r\n\r\n", "501"),
      ROW(POST "Transfer-Encoding: chunked;q=1\r\n\r\n", "501"),
      ROW(POST "Transfer-Encoding:\r\n\r\n", "501"),
      ROW(POST "Transfer-Encoding: identity\r\n\r\n", "501"),
      ROW(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "501"),
      ROW("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400 HTTP/1.0"),
      ROW(POST "Expect: 200-ok\r\n\r\n", "417"),
#undef ROW
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *said = read_every_way(rows[i].text, rows[i].len);
    if (!g_str_has_prefix(said, rows[i].said))
      g_error("'%s' gives '%s', not '%s'", rows[i].text, said, rows[i].said);
  }
}

/* A head with one header more, whose value is so long. */
static char *read_long(const char *before, gsize n_bytes, const char *after) {
  g_autofree char *filling = g_strnfill(n_bytes, 'x');
  g_autofree char *text = g_strconcat(before, filling, after, NULL);

  return read_head(text, strlen(text), 0, 4096);
}

static void test_limits_at_their_edges(void) {
  const char *header = GET "X: ";
  gsize room = HTTP_HEAD_MAX - strlen(header) - strlen("\r\n\r\n");
  g_autofree char *fits = read_long(header, room, "\r\n\r\n");
  g_autofree char *large = read_long(header, room + 1, "\r\n\r\n");
  g_autofree char *endless = read_long(header, HTTP_HEAD_MAX, "");
  g_autofree char *target_fits = read_long("GET /", HTTP_TARGET_MAX - 1, " HTTP/1.1\r\nHost: a\r\n\r\n");
  g_autofree char *target_long = read_long("GET /", HTTP_TARGET_MAX, " HTTP/1.1\r\nHost: a\r\n\r\n");

  g_assert_true(g_str_has_prefix(fits, "GET"));
  g_assert_true(g_str_has_prefix(large, "431"));
  g_assert_true(g_str_has_prefix(endless, "431"));
  g_assert_true(g_str_has_prefix(target_fits, "GET"));
  g_assert_true(g_str_has_prefix(target_long, "414"));
}

static char *read_many(guint n_headers) {
  g_autoptr(GString) text = g_string_new(GET);

  for (guint i = 1; i < n_headers; i++)
    g_string_append(text, "A: b\r\n");
  g_string_append(text, "\r\n");
  return read_head(text->str, text->len, 0, text->len);
}

static void test_number_of_headers_at_its_edge(void) {
  g_autofree char *fits = read_many(HTTP_HEADERS_MAX);
  g_autofree char *too_many = read_many(HTTP_HEADERS_MAX + 1);

  g_assert_true(g_str_has_prefix(fits, "GET"));
  g_assert_true(g_str_has_prefix(too_many, "431"));
}

static void test_headers_are_found_by_name(void) {
  const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX-One:  1 \r\nx-one: 2\r\nList: a , B\r\nlist: ,c,\r\n";
  g_auto(HttpHead) head = {0};

  g_assert_cmpuint(http_head_parse(text, strlen(text), &head).status, ==, 0);
  g_assert_cmpstr(http_head_header(&head, "X-ONE"), ==, "1");
  g_assert_null(http_head_header(&head, "X-On"));
  g_assert_true(http_head_has_token(&head, "List", "b"));
  g_assert_true(http_head_has_token(&head, "List", "C"));
  g_assert_false(http_head_has_token(&head, "List", "a , b"));
  g_assert_false(http_head_has_token(&head, "None", "a"));
  g_assert_cmpstr(head.target, ==, "/");
}

static void test_a_rejected_head_still_tells_its_target(void) {
  const char text[] = "GET /a?b HTTP/1.1\r\nHost: a\r\nHost: b\r\n";
  g_auto(HttpHead) head = {0};

  g_assert_cmpuint(http_head_parse(text, strlen(text), &head).status, ==, 400);
  g_assert_cmpstr(head.method, ==, "GET");
  g_assert_cmpstr(head.target, ==, "/a?b");
}

/* What the head of an answer says, in one line, or why it is none. */
static char *read_answer(const char *text) {
  g_auto(HttpHead) head = {0};
  HttpRejection rejection = http_head_parse_answer(text, strlen(text), &head);

  if (rejection.status != 0)
    return g_strdup(rejection.text);
  return g_strdup_printf("%u 1.%u length=%d:%" G_GUINT64_FORMAT "%s%s", head.status, head.minor_version,
                         head.has_length, head.content_length, head.is_chunked ? " chunked" : "",
                         head.keeps_alive ? " keep" : "");
}

static void test_heads_of_answers(void) {
  static const struct {
    const char *text, *said; /* how it begins */
  } rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "200 1.1 length=1:5 keep"},
      {"HTTP/1.1 200\r\n", "200 1.1 length=0:0 keep"},
      {"HTTP/1.1 404 \r\nConnection: close\r\n", "404 1.1 length=0:0"},
      {"HTTP/1.0 503 Not now, later\r\nContent-Length: 0\r\n", "503 1.0 length=1:0"},
      {"HTTP/1.1 200 \xc3\xa9\r\nTransfer-Encoding: chunked\r\n", "200 1.1 length=0:0 chunked keep"},
      {"HTTP/1.1 2000 OK\r\n", "the status line"},
      {"HTTP/1.1 20 OK\r\n", "the status line"},
      {"HTTP/1.1 +20 OK\r\n", "the status line"},
      {"HTTP/1.1  200 OK\r\n", "the status line"},
      {"HTTP/1.1 200-OK\r\n", "the status line"},
      {"HTTP/1.1 200 a\x1b[1m\r\n", "the status line"},
      {"HTTP/1.1\r\n", "the status line"},
      {"GET / HTTP/1.1\r\n", "the status line"},
      {"HTTP/2.0 200 OK\r\n", "only HTTP/1.0"},
      {"HTTP 200 OK\r\n", "the status line"},
      {"HTTP/1.1 200 OK\r\nA : b\r\n", "the name of a header field"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n", "Content-Length is given more"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n", "both"},
      {"", "the header is empty"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *said = read_answer(rows[i].text);
    if (!g_str_has_prefix(said, rows[i].said))
      g_error("'%s' gives '%s', not '%s'", rows[i].text, said, rows[i].said);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http_head/good_heads", test_good_heads);
  g_test_add_func("/http_head/bad_heads_are_rejected", test_bad_heads_are_rejected);
  g_test_add_func("/http_head/limits_at_their_edges", test_limits_at_their_edges);
  g_test_add_func("/http_head/number_of_headers_at_its_edge", test_number_of_headers_at_its_edge);
  g_test_add_func("/http_head/headers_are_found_by_name", test_headers_are_found_by_name);
  g_test_add_func("/http_head/a_rejected_head_still_tells_its_target", test_a_rejected_head_still_tells_its_target);
  g_test_add_func("/http_head/heads_of_answers", test_heads_of_answers);
  return g_test_run();
}
