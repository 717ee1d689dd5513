#include "net/peer_count.h"

static gboolean enter(NetPeerCount *count, const char *text) {
  g_autoptr(GArray) addresses = net_address_resolve(text, 25, NULL);
  NetPeerKey key = net_peer_key(&g_array_index(addresses, NetAddress, 0));

  return net_peer_count_enter(count, &key);
}

static void leave(NetPeerCount *count, const char *text) {
  g_autoptr(GArray) addresses = net_address_resolve(text, 25, NULL);
  NetPeerKey key = net_peer_key(&g_array_index(addresses, NetAddress, 0));

  net_peer_count_leave(count, &key);
}

static void an_address_has_its_number_and_no_more(void) {
  g_autoptr(NetPeerCount) count = net_peer_count_new(2);

  g_assert_true(enter(count, "192.0.2.1"));
  g_assert_true(enter(count, "192.0.2.1"));
  g_assert_false(enter(count, "192.0.2.1"));
  g_assert_false(enter(count, "::ffff:192.0.2.1"));
  g_assert_true(enter(count, "192.0.2.2"));
  leave(count, "192.0.2.1");
  g_assert_true(enter(count, "::ffff:192.0.2.1"));
  g_assert_false(enter(count, "192.0.2.1"));
  leave(count, "192.0.2.1");
  leave(count, "192.0.2.1");
  g_assert_true(enter(count, "192.0.2.1"));
}

static void a_network_of_64_bits_is_one_address(void) {
  g_autoptr(NetPeerCount) count = net_peer_count_new(1);

  g_assert_true(enter(count, "2001:db8::1"));
  g_assert_false(enter(count, "2001:db8::ffff:ffff:ffff:ffff"));
  g_assert_true(enter(count, "2001:db8:0:1::1"));
  g_assert_true(enter(count, "::1"));
  g_assert_false(enter(count, "::1"));
}

static void unix_clients_are_not_counted(void) {
  g_autoptr(NetPeerCount) count = net_peer_count_new(1);

  for (int i = 0; i < 3; i++)
    g_assert_true(enter(count, "unix:/run/mail.sock"));
  leave(count, "unix:/run/mail.sock");
}

static void without_a_limit_all_enter(void) {
  g_autoptr(NetPeerCount) count = net_peer_count_new(0);

  for (int i = 0; i < 10000; i++)
    g_assert_true(enter(count, "127.0.0.1"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/peer_count/an_address_has_its_number_and_no_more", an_address_has_its_number_and_no_more);
  g_test_add_func("/peer_count/a_network_of_64_bits_is_one_address", a_network_of_64_bits_is_one_address);
  g_test_add_func("/peer_count/unix_clients_are_not_counted", unix_clients_are_not_counted);
  g_test_add_func("/peer_count/without_a_limit_all_enter", without_a_limit_all_enter);
  return g_test_run();
}
