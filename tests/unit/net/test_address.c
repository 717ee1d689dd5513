#include "net/address.h"
#include <netinet/in.h>
#include <string.h>

typedef struct AddressCase {
  const char *interface;
  const char *formatted; /* with port 25 */
  const char *literal;
  gboolean local;
} AddressCase;

static const AddressCase cases[] = {
    {"127.0.0.1", "127.0.0.1:25", "[127.0.0.1]", TRUE},
    {"127.9.9.9", "127.9.9.9:25", "[127.9.9.9]", TRUE},
    {"0.0.0.0", "0.0.0.0:25", "[0.0.0.0]", FALSE},
    {"192.0.2.7", "192.0.2.7:25", "[192.0.2.7]", FALSE},
    {"::1", "[::1]:25", "[IPv6:::1]", TRUE},
    {"[::1]", "[::1]:25", "[IPv6:::1]", TRUE},
    {"::", "[::]:25", "[IPv6:::]", FALSE},
    {"2001:db8::7", "[2001:db8::7]:25", "[IPv6:2001:db8::7]", FALSE},
    {"::ffff:127.0.0.1", "127.0.0.1:25", "[127.0.0.1]", TRUE},
    {"::ffff:192.0.2.7", "192.0.2.7:25", "[192.0.2.7]", FALSE},
    {"unix:/run/mail.sock", "unix:/run/mail.sock", NULL, TRUE},
};

static void addresses_print_as_people_write_them(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) addresses = net_address_resolve(cases[i].interface, 25, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(addresses->len, ==, 1);
    const NetAddress *address = &g_array_index(addresses, NetAddress, 0);
    g_autofree char *formatted = net_address_format(address);
    g_autofree char *literal = net_address_literal(address);
    g_assert_cmpstr(formatted, ==, cases[i].formatted);
    g_assert_cmpstr(literal, ==, cases[i].literal);
    g_assert_cmpint(net_address_is_local(address), ==, cases[i].local);
  }
}

static void a_host_name_gives_its_addresses(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) addresses = net_address_resolve("localhost", 25, &error);

  g_assert_no_error(error);
  for (guint i = 0; i < addresses->len; i++) {
    g_assert_true(net_address_is_local(&g_array_index(addresses, NetAddress, i)));
    g_assert_cmpuint(net_address_port(&g_array_index(addresses, NetAddress, i)), ==, 25);
  }
}

static void what_is_no_address_is_named_in_the_error(void) {
  g_autofree char *long_path = g_strnfill(200, 'x');
  g_autofree char *too_long = g_strconcat("unix:/", long_path, NULL);
  const char *const wrong[] = {"", "no host", "[::1", "999.1.1.1", "unix:", too_long};

  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(net_address_resolve(wrong[i], 25, &error));
    g_assert_error(error, NET_ERROR, NET_ERROR_ADDRESS);
    g_assert_nonnull(strstr(error->message, wrong[i]));
  }
}

static void an_unnamed_unix_peer_is_unix(void) {
  NetAddress address = {.len = sizeof(sa_family_t)};

  address.storage.ss_family = AF_UNIX;
  g_autofree char *formatted = net_address_format(&address);

  g_assert_cmpstr(formatted, ==, "unix:");
  g_assert_null(net_address_path(&address));
  g_assert_cmpuint(net_address_port(&address), ==, 0);
}

static void endpoints_are_split(void) {
  static const struct {
    const char *endpoint, *interface; /* NULL: is none */
    guint16 port;
  } rows[] = {
      {"127.0.0.1:8025", "127.0.0.1", 8025},
      {"localhost:0", "localhost", 0},
      {"[::1]:65535", "[::1]", 65535},
      {"unix:/run/web:1", "unix:/run/web:1", 0},
      {"::1:8025", NULL, 0},
      {"::", NULL, 0},
      {"8025", NULL, 0},
      {":8025", NULL, 0},
      {"a:", NULL, 0},
      {"a:65536", NULL, 0},
      {"a:-1", NULL, 0},
      {"", NULL, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *interface = NULL;
    guint16 port = 0;
    g_assert_cmpint(net_endpoint_split(rows[i].endpoint, &interface, &port), ==, rows[i].interface != NULL);
    g_assert_cmpstr(interface, ==, rows[i].interface);
    g_assert_cmpuint(port, ==, rows[i].port);
  }
}

/* However an address is made, IPv4 mapped into IPv6 is IPv4. */
static void mapped_ip4_is_ip4(void) {
  const struct sockaddr_in6 mapped = {
      .sin6_family = AF_INET6,
      .sin6_port = htons(1025),
      .sin6_addr = {.s6_addr = {[10] = 0xFF, [11] = 0xFF, [12] = 192, [13] = 0, [14] = 2, [15] = 7}}};
  NetAddress addresses[3];
  g_autoptr(GArray) resolved = net_address_resolve("::ffff:192.0.2.7", 1025, NULL);

  net_address_from_socket((const struct sockaddr *)&mapped, sizeof mapped, &addresses[0]);
  net_address_from_ip(mapped.sin6_addr.s6_addr, 16, 1025, &addresses[1]);
  addresses[2] = g_array_index(resolved, NetAddress, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
    guint8 ip[16];
    g_autofree char *formatted = net_address_format(&addresses[i]);
    g_assert_cmpstr(formatted, ==, "192.0.2.7:1025");
    g_assert_cmpint(addresses[i].storage.ss_family, ==, AF_INET);
    g_assert_cmpuint(addresses[i].len, ==, sizeof(struct sockaddr_in));
    g_assert_cmpuint(net_address_ip(&addresses[i], ip), ==, 4);
  }
}

/* 0.0.0.0 and :: stand for addresses of their family; a dual :: for both. */
static void near_is_where_a_wide_address_answers(void) {
  static const struct {
    const char *interface, *near;
    gboolean is_dual;
  } rows[] = {
      {"0.0.0.0", "127.0.0.1:25", FALSE},
      {"::", "[::1]:25", FALSE},
      {"::", "127.0.0.1:25", TRUE},
      {"192.0.2.7", "192.0.2.7:25", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GArray) addresses = net_address_resolve(rows[i].interface, 25, NULL);
    g_array_index(addresses, NetAddress, 0).is_dual = rows[i].is_dual;
    NetAddress near = net_address_near(&g_array_index(addresses, NetAddress, 0));
    g_autofree char *formatted = net_address_format(&near);
    g_assert_cmpstr(formatted, ==, rows[i].near);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/net/address/print_as_people_write_them", addresses_print_as_people_write_them);
  g_test_add_func("/net/address/host_name_gives_its_addresses", a_host_name_gives_its_addresses);
  g_test_add_func("/net/address/wrong_is_named_in_the_error", what_is_no_address_is_named_in_the_error);
  g_test_add_func("/net/address/endpoints_are_split", endpoints_are_split);
  g_test_add_func("/net/address/unnamed_unix_peer_is_unix", an_unnamed_unix_peer_is_unix);
  g_test_add_func("/net/address/mapped_ip4_is_ip4", mapped_ip4_is_ip4);
  g_test_add_func("/net/address/near_is_where_a_wide_address_answers", near_is_where_a_wide_address_answers);
  return g_test_run();
}
