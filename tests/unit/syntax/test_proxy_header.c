#include "syntax/proxy_header.h"
#include <arpa/inet.h>
#include <string.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define IP4 "\xC0\x00\x02\x01\xC6\x33\x64\x02\x9C\x40\x00\x19" /* 192.0.2.1:40000 -> 198.51.100.2:25 */
#define IP6                                                                                                            \
  "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"                                                                         \
  "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x02"                                                                         \
  "\x9C\x40\x00\x19"

typedef struct HeaderCase {
  const char *bytes;
  gsize len; /* 0: up to the NUL */
  const char *expected;
} HeaderCase;

/* A literal that may hold NULs. */
#define BYTES(text) text, sizeof(text) - 1

/* What a header says, or why it is wrong. */
static const HeaderCase cases[] = {
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\r\n"), "192.0.2.1 40000 -> 198.51.100.2 25"},
    {BYTES("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
     "255.255.255.255 65535 -> 255.255.255.255 65535"},
    {BYTES("PROXY TCP6 2001:db8::1 2001:db8::2 0 25\r\n"), "2001:db8::1 0 -> 2001:db8::2 25"},
    {BYTES("PROXY UNKNOWN\r\n"), "none"},
    {BYTES("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"), "none"},
    {BYTES("PROXY UNKNOWNS\r\n"), "its line has not six fields with one space between them"},
    {BYTES("PROXY \r\n"), "its line has not six fields with one space between them"},
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 40000\r\n"), "its line has not six fields with one space between them"},
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 40000 25 \r\n"),
     "its line has not six fields with one space between them"},
    {BYTES("PROXY TCP4  192.0.2.1 198.51.100.2 40000 25\r\n"),
     "its line has not six fields with one space between them"},
    {BYTES("PROXY TCP5 192.0.2.1 198.51.100.2 40000 25\r\n"), "its protocol is not TCP4, TCP6 or UNKNOWN"},
    {BYTES("PROXY tcp4 192.0.2.1 198.51.100.2 40000 25\r\n"), "its protocol is not TCP4, TCP6 or UNKNOWN"},
    {BYTES("PROXY TCP4 2001:db8::1 2001:db8::2 40000 25\r\n"), "an address in it does not fit its protocol"},
    {BYTES("PROXY TCP6 192.0.2.1 198.51.100.2 40000 25\r\n"), "an address in it does not fit its protocol"},
    {BYTES("PROXY TCP4 192.0.2.256 198.51.100.2 40000 25\r\n"), "an address in it does not fit its protocol"},
    {BYTES("PROXY TCP4 192.0.2.1 localhost 40000 25\r\n"), "an address in it does not fit its protocol"},
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 65536 25\r\n"), "a port in it is not a number from 0 to 65535"},
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 040 25\r\n"), "a port in it is not a number from 0 to 65535"},
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 +40 25\r\n"), "a port in it is not a number from 0 to 65535"},
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 40000 -1\r\n"), "a port in it is not a number from 0 to 65535"},
    {BYTES("PROXY TCP4 192.0.2.1\0 198.51.100.2 40000 25\r\n"), "there is a NUL in its line"},
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\n"), "wrong"},
    {BYTES("PROXX"), "wrong"},
    {BYTES("EHLO x\r\n"), "wrong"},
    {BYTES("proxy"), "wrong"},
    {BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\r"), "more"},
    {BYTES("PRO"), "more"},

    {BYTES(SIGNATURE "\x21\x11\x00\x0C" IP4), "192.0.2.1 40000 -> 198.51.100.2 25"},
    {BYTES(SIGNATURE "\x21\x21\x00\x24" IP6), "2001:db8::1 40000 -> 2001:db8::2 25"},
    {BYTES(SIGNATURE "\x21\x11\x00\x14" IP4 "\x02\x00\x01x\xFF\x00\x01y"), "192.0.2.1 40000 -> 198.51.100.2 25"},
    {BYTES(SIGNATURE "\x21\x11\x00\x0F" IP4 "\x04\x00\x00"), "192.0.2.1 40000 -> 198.51.100.2 25"},
    {BYTES(SIGNATURE "\x20\x00\x00\x00"), "none"},
    {BYTES(SIGNATURE "\x20\x11\x00\x03"
                     "abc"),
     "none"},
    {BYTES(SIGNATURE "\x20\xFF\x00\x00"), "none"},
    {BYTES(SIGNATURE "\x21\x00\x00\x02"
                     "ab"),
     "none"},
    {BYTES(SIGNATURE "\x21\x11\x00\x0B\xC0\x00\x02\x01\xC6\x33\x64\x02\x9C\x40\x00"),
     "it is too short for its addresses"},
    {BYTES(SIGNATURE "\x21\x21\x00\x0C" IP4), "it is too short for its addresses"},
    {BYTES(SIGNATURE "\x21\x31\x00\x00"), "it is too short for its addresses"},
    {BYTES(SIGNATURE "\x21\x11\x00\x0E" IP4 "\x02\x00"), "a value after its addresses is cut off"},
    {BYTES(SIGNATURE "\x21\x11\x00\x10" IP4 "\x02\x00\x02x"), "a value after its addresses is cut off"},
    {BYTES(SIGNATURE "\x21\x11\x00\x0F" IP4 "\x02\xFF\xFF"), "a value after its addresses is cut off"},
    {BYTES(SIGNATURE "\x21\x12\x00\x0C" IP4), "its connection is not a stream over IPv4, IPv6 or a unix socket"},
    {BYTES(SIGNATURE "\x21\x41\x00\x0C" IP4), "its connection is not a stream over IPv4, IPv6 or a unix socket"},
    {BYTES(SIGNATURE "\x22\x11\x00\x0C" IP4), "its version or command is unknown"},
    {BYTES(SIGNATURE "\x11\x11\x00\x0C" IP4), "its version or command is unknown"},
    {BYTES(SIGNATURE "\x21\x11\x02\x09"), "wrong"}, /* 16 + 521 bytes */
    {BYTES(SIGNATURE "\x21\x11\xFF\xFF"), "wrong"},
    {BYTES("\r\n\r\n\0\r\nQUIT\r"), "wrong"},
    {BYTES(SIGNATURE "\x21\x11\x00\x0C"
                     "\xC0"),
     "more"},
};

static char *show_end(const ProxyEnd *end, gsize ip_len) {
  char text[INET6_ADDRSTRLEN];

  g_assert_nonnull(inet_ntop(ip_len == 4 ? AF_INET : AF_INET6, end->ip, text, sizeof text));
  return g_strdup_printf("%s %u", text, end->port);
}

static char *show(const ProxyHeader *header, ProxyHeaderStatus status) {
  g_autoptr(GError) error = NULL;
  ProxyAddresses addresses;

  if (status != PROXY_HEADER_WHOLE)
    return g_strdup(status == PROXY_HEADER_MORE ? "more" : "wrong");
  if (!proxy_header_read(header, &addresses, &error)) {
    g_assert_error(error, PROXY_HEADER_ERROR, PROXY_HEADER_ERROR_WRONG);
    return g_strdup(error->message);
  }
  if (addresses.ip_len == 0)
    return g_strdup("none");
  g_autofree char *source = show_end(&addresses.source, addresses.ip_len);
  g_autofree char *destination = show_end(&addresses.destination, addresses.ip_len);
  return g_strdup_printf("%s -> %s", source, destination);
}

/* Feeds the bytes and, behind them, a command that must stay untouched; the first `first` bytes on their own, the
 * rest in pieces of `step`. */
static void check_split(const HeaderCase *vector, gsize first, gsize step) {
  static const char behind[] = "EHLO x\r\n";
  g_autoptr(GByteArray) in = g_byte_array_new();
  ProxyHeader header = {0};
  ProxyHeaderStatus status = PROXY_HEADER_MORE;
  gsize n_taken = 0;
  gboolean whole = !g_str_equal(vector->expected, "more");

  g_byte_array_append(in, (const guint8 *)vector->bytes, (guint)vector->len);
  if (whole)
    g_byte_array_append(in, (const guint8 *)behind, strlen(behind));
  for (gsize at = 0; at < in->len && status == PROXY_HEADER_MORE;) {
    gsize n_bytes = MIN(at < first ? first - at : step, in->len - at);
    gsize n_used;
    status = proxy_header_feed(&header, in->data + at, n_bytes, &n_used);
    g_assert_cmpuint(n_used, <=, n_bytes);
    g_assert_true(status != PROXY_HEADER_MORE || n_used == n_bytes);
    n_taken += n_used;
    at += n_bytes;
  }
  g_autofree char *shown = show(&header, status);
  g_assert_cmpstr(shown, ==, vector->expected);
  if (status == PROXY_HEADER_WHOLE)
    g_assert_cmpuint(n_taken, ==, vector->len);
}

static void headers_say_what_they_say_however_they_are_split(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    check_split(&cases[i], 0, 4096);
    check_split(&cases[i], 0, 1);
    for (gsize first = 1; first < cases[i].len; first++)
      check_split(&cases[i], first, 4096);
  }
}

/* A header of just so many bytes, and its status when they have come. */
static ProxyHeaderStatus status_of_v1(gsize len, gboolean ended) {
  g_autoptr(GString) line = g_string_new("PROXY UNKNOWN ");
  ProxyHeader header = {0};
  gsize n_used;

  while (line->len < len - (ended ? 2 : 0))
    g_string_append_c(line, 'x');
  g_string_append(line, ended ? "\r\n" : "");
  g_assert_cmpuint(line->len, ==, len);
  return proxy_header_feed(&header, (const guint8 *)line->str, line->len, &n_used);
}

static void version_1_has_107_bytes_at_most(void) {
  g_assert_cmpint(status_of_v1(107, TRUE), ==, PROXY_HEADER_WHOLE);
  g_assert_cmpint(status_of_v1(108, TRUE), ==, PROXY_HEADER_WRONG);
  g_assert_cmpint(status_of_v1(106, FALSE), ==, PROXY_HEADER_MORE);
  g_assert_cmpint(status_of_v1(107, FALSE), ==, PROXY_HEADER_WRONG);
}

static void version_2_has_536_bytes_at_most(void) {
  static const char start[] = SIGNATURE "\x21\x11\x02\x08" IP4 "\x04\x01\xF9";
  g_autoptr(GByteArray) in = g_byte_array_new();
  ProxyHeader header = {0};
  gsize n_used;

  g_byte_array_append(in, (const guint8 *)start, sizeof start - 1);
  gsize n_start = in->len;
  g_byte_array_set_size(in, PROXY_HEADER_MAX);
  memset(in->data + n_start, 0, in->len - n_start);
  g_assert_cmpint(proxy_header_feed(&header, in->data, in->len, &n_used), ==, PROXY_HEADER_WHOLE);
  g_assert_cmpuint(n_used, ==, PROXY_HEADER_MAX);
  g_autofree char *shown = show(&header, PROXY_HEADER_WHOLE);
  g_assert_cmpstr(shown, ==, "192.0.2.1 40000 -> 198.51.100.2 25");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/proxy_header/headers_say_what_they_say_however_they_are_split",
                  headers_say_what_they_say_however_they_are_split);
  g_test_add_func("/proxy_header/version_1_has_107_bytes_at_most", version_1_has_107_bytes_at_most);
  g_test_add_func("/proxy_header/version_2_has_536_bytes_at_most", version_2_has_536_bytes_at_most);
  return g_test_run();
}
