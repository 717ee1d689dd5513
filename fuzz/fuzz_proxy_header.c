/* The beginning of a connection, read as a PROXY header whole and byte by byte. Both must say the same, take nothing
 * after the header's end, and keep its limits; a rejection must be explained in words fit for the log. */
#include "fuzz.h"
#include "syntax/proxy_header.h"
#include <string.h>

static ProxyHeaderStatus feed(ProxyHeader *header, const uint8_t *bytes, size_t n_bytes, size_t step) {
  ProxyHeaderStatus status = PROXY_HEADER_MORE;

  for (size_t at = 0; at < n_bytes && status == PROXY_HEADER_MORE; at += step) {
    gsize n_used;
    status = proxy_header_feed(header, bytes + at, MIN(step, n_bytes - at), &n_used);
    g_assert_true(n_used <= MIN(step, n_bytes - at));
  }
  g_assert_true(header->len <= PROXY_HEADER_MAX && header->len <= n_bytes);
  g_assert_true(memcmp(header->bytes, bytes, header->len) == 0);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  ProxyHeader header = {0};
  ProxyHeader dripped = {0};
  ProxyAddresses addresses;
  GError *error = NULL;

  if (n_bytes == 0)
    return 0;
  ProxyHeaderStatus status = feed(&header, bytes, n_bytes, n_bytes);
  g_assert_true(feed(&dripped, bytes, n_bytes, 1) == status);
  g_assert_true(header.len == dripped.len);
  if (status != PROXY_HEADER_WHOLE)
    return 0;
  if (proxy_header_read(&header, &addresses, &error)) {
    g_assert_true(addresses.ip_len == 0 || addresses.ip_len == 4 || addresses.ip_len == 16);
  } else {
    g_assert_true(g_str_is_ascii(error->message) && !strpbrk(error->message, "\r\n"));
    g_error_free(error);
  }
  return 0;
}
