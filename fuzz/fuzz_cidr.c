/* A block of addresses as a user writes it. What is accepted contains the address it was written with and says so
 * however that is mapped; what is rejected is explained in one line. */
#include "fuzz.h"
#include "net/cidr.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  g_autofree char *text = g_strndup((const char *)bytes, n_bytes);
  g_autoptr(GError) error = NULL;
  NetCidr cidr;
  NetAddress address;

  if (!net_cidr_parse(text, &cidr, &error)) {
    g_assert_true(error->domain == NET_ERROR && !strpbrk(error->message, "\r\n"));
    return 0;
  }
  if (cidr.family == AF_UNIX)
    return 0;
  gsize ip_len = cidr.family == AF_INET ? 4 : 16;
  g_assert_true(cidr.n_bits <= 8 * ip_len);
  net_address_from_ip(cidr.ip, ip_len, 0, &address);
  /* ::ffff:0:0 with a short prefix is a block of IPv6, though that one address in it is IPv4. */
  g_autofree char *formatted = net_address_format(&address);
  if (ip_len == 16 && formatted[0] != '[')
    return 0;
  g_assert_true(net_cidr_contains(&cidr, &address));
  return 0;
}
