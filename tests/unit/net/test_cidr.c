#include "net/cidr.h"
#include <string.h>

static NetAddress address_of(const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) addresses = net_address_resolve(text, 25, &error);

  g_assert_no_error(error);
  return g_array_index(addresses, NetAddress, 0);
}

static const struct {
  const char *block;
  const char *address;
  gboolean inside;
} cases[] = {
    {"192.0.2.0/24", "192.0.2.0", TRUE},
    {"192.0.2.0/24", "192.0.2.255", TRUE},
    {"192.0.2.0/24", "192.0.3.0", FALSE},
    {"192.0.2.0/24", "192.0.1.255", FALSE},
    {"192.0.2.128/25", "192.0.2.127", FALSE},
    {"192.0.2.128/25", "192.0.2.128", TRUE},
    {"192.0.2.4/30", "192.0.2.7", TRUE},
    {"192.0.2.4/30", "192.0.2.8", FALSE},
    {"192.0.2.1", "192.0.2.1", TRUE},
    {"192.0.2.1", "192.0.2.2", FALSE},
    {"192.0.2.1/32", "192.0.2.1", TRUE},
    {"0.0.0.0/0", "255.255.255.255", TRUE},
    {"0.0.0.0/0", "::ffff:192.0.2.1", TRUE},
    {"0.0.0.0/0", "::1", FALSE},
    {"192.0.2.0/24", "::ffff:192.0.2.9", TRUE},
    {"192.0.2.0/24", "::ffff:192.0.3.9", FALSE},
    {"::ffff:192.0.2.0/120", "192.0.2.9", TRUE},
    {"::ffff:192.0.2.0/120", "::ffff:192.0.2.9", TRUE},
    {"::ffff:0.0.0.0/96", "192.0.2.9", TRUE},
    {"::/0", "2001:db8::1", TRUE},
    {"::/0", "192.0.2.1", FALSE},
    {"::/0", "::ffff:192.0.2.1", FALSE},
    {"2001:db8::/32", "2001:db8:ffff::1", TRUE},
    {"2001:db8::/32", "2001:db9::1", FALSE},
    {"2001:db8:0:8000::/49", "2001:db8:0:7fff::1", FALSE},
    {"2001:db8:0:8000::/49", "2001:db8:0:8000::1", TRUE},
    {"[::1]", "::1", TRUE},
    {"::1/128", "::2", FALSE},
    {"unix", "unix:/run/mail.sock", TRUE},
    {"unix", "127.0.0.1", FALSE},
    {"0.0.0.0/0", "unix:/run/mail.sock", FALSE},
    {"::/0", "unix:/run/mail.sock", FALSE},
};

static void blocks_contain_what_is_in_them(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    NetCidr cidr;
    NetAddress address = address_of(cases[i].address);

    g_assert_true(net_cidr_parse(cases[i].block, &cidr, &error));
    g_assert_no_error(error);
    if (net_cidr_contains(&cidr, &address) != cases[i].inside)
      g_error("%s in %s: expected %d", cases[i].address, cases[i].block, cases[i].inside);
  }
}

static const struct {
  const char *text;
  const char *why;
} wrong[] = {
    {"", "\"\" does not begin with an IP address"},
    {"localhost", "\"localhost\" does not begin with an IP address"},
    {"/24", "\"/24\" does not begin with an IP address"},
    {"192.0.2", "\"192.0.2\" does not begin with an IP address"},
    {"192.0.2.0.0/24", "\"192.0.2.0.0/24\" does not begin with an IP address"},
    {"192.0.02.0/24", "\"192.0.02.0/24\" does not begin with an IP address"},
    {"[192.0.2.1", "\"[192.0.2.1\" does not begin with an IP address"},
    {"unix:/run/x", "\"unix:/run/x\" does not begin with an IP address"},
    {"fe80::1%lo", "\"fe80::1%lo\" does not begin with an IP address"},
    {"a\nb", "\"a\\nb\" does not begin with an IP address"},
    {"192.0.2.0/", "\"192.0.2.0/\" needs a number from 0 to 32 after its slash"},
    {"192.0.2.0/33", "\"192.0.2.0/33\" needs a number from 0 to 32 after its slash"},
    {"192.0.2.0/-1", "\"192.0.2.0/-1\" needs a number from 0 to 32 after its slash"},
    {"192.0.2.0/+8", "\"192.0.2.0/+8\" needs a number from 0 to 32 after its slash"},
    {"192.0.2.0/8/8", "\"192.0.2.0/8/8\" needs a number from 0 to 32 after its slash"},
    {"192.0.2.0/255.255.255.0", "\"192.0.2.0/255.255.255.0\" needs a number from 0 to 32 after its slash"},
    {"::/129", "\"::/129\" needs a number from 0 to 128 after its slash"},
    {"::/99999999999999999999", "\"::/99999999999999999999\" needs a number from 0 to 128 after its slash"},
    {"192.0.2.1/24", "\"192.0.2.1/24\" has bits set after its prefix, so the address or the length is wrong"},
    {"192.0.2.0/0", "\"192.0.2.0/0\" has bits set after its prefix, so the address or the length is wrong"},
    {"2001:db8::1/64", "\"2001:db8::1/64\" has bits set after its prefix, so the address or the length is wrong"},
};

static void what_is_no_block_is_explained(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    NetCidr cidr;

    g_assert_false(net_cidr_parse(wrong[i].text, &cidr, &error));
    g_assert_error(error, NET_ERROR, NET_ERROR_ADDRESS);
    g_assert_cmpstr(error->message, ==, wrong[i].why);
  }
}

static void no_blocks_contain_nothing(void) {
  NetAddress address = address_of("127.0.0.1");
  g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(NetCidr));

  g_assert_false(net_cidrs_contain(NULL, &address));
  g_assert_false(net_cidrs_contain(none, &address));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cidr/blocks_contain_what_is_in_them", blocks_contain_what_is_in_them);
  g_test_add_func("/cidr/what_is_no_block_is_explained", what_is_no_block_is_explained);
  g_test_add_func("/cidr/no_blocks_contain_nothing", no_blocks_contain_nothing);
  return g_test_run();
}
