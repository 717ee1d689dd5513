#include "http/gate.h"

#include <string.h>

#define IN "in"
#define CORS "in with CORS"
#define NAME "403 host name"
#define SITE "403 pages"

static NetAddress resolve(const char *interface, guint16 port) {
  g_autoptr(GArray) addresses = net_address_resolve(interface, port, NULL);

  g_assert_nonnull(addresses);
  return g_array_index(addresses, NetAddress, 0);
}

static char *knock_at(const HttpGate *gate, const NetAddress *local, const char *headers, gboolean is_public) {
  g_autofree char *text = g_strconcat("GET /api/v1/messages HTTP/1.1\r\n", headers, NULL);
  g_auto(HttpHead) head = {0};

  g_assert_cmpuint(http_head_parse(text, strlen(text), &head).status, ==, 0);
  HttpVerdict verdict = http_gate_check(gate, &head, local, is_public);
  if (verdict.rejection.status != 0)
    return g_strdup_printf("%u %s", verdict.rejection.status, verdict.rejection.text);
  if (verdict.allow_origin) {
    g_assert_cmpstr(verdict.allow_origin, ==, http_head_header(&head, "Origin"));
    return g_strdup(CORS);
  }
  return g_strdup(IN);
}

static void knock(const HttpGate *gate, const NetAddress *local, const char *headers, const char *expected) {
  g_autofree char *said = knock_at(gate, local, headers, FALSE);

  if (!g_str_has_prefix(said, expected))
    g_error("%s: '%s', not '%s'", headers, said, expected);
}

static void test_names(void) {
  static const char *const hosts[] = {"mail.example", "*.preview.example", NULL};
  static const struct {
    const char *host, *said;
  } rows[] = {
      {"localhost", IN},
      {"localhost:8025", IN},
      {"localhost:1", IN},
      {"app.localhost:8025", IN},
      {"LOCALHOST.", IN},
      {"127.0.0.1:8025", IN},
      {"127.0.0.2", IN},
      {"[::1]:8025", IN},
      {"192.0.2.7:8025", IN},
      {"mail.example", IN},
      {"MAIL.example:443", IN},
      {"a.preview.example", IN},
      {"preview.example", NAME},
      {"mail.example.evil", NAME},
      {"evil.example:8025", NAME},
      {"localhost.evil.example", NAME},
      {"127.0.0.1.evil.example", NAME},
      {"192.0.2.8", NAME},
      {"0.0.0.0:8025", NAME},
      {"2130706433", NAME},
  };
  g_autoptr(HttpGate) gate = http_gate_new(hosts, NULL);
  NetAddress local = resolve("192.0.2.7", 8025);

  http_gate_add_address(gate, &local);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *headers = g_strdup_printf("Host: %s\r\n", rows[i].host);
    knock(gate, &local, headers, rows[i].said);
  }
}

/* Behind a listener that takes connections to every address, an address of any kind is a name of ours. */
static void test_names_where_every_address_is_listened_at(void) {
  g_autoptr(HttpGate) gate = http_gate_new(NULL, NULL);
  NetAddress local = resolve("0.0.0.0", 8025);

  http_gate_add_address(gate, &local);
  knock(gate, &local, "Host: 192.0.2.8:8025\r\n", IN);
  knock(gate, &local, "Host: [2001:db8::1]\r\n", IN);
  knock(gate, &local, "Host: evil.example\r\n", NAME);
  knock(gate, &local, "Host: 192.0.2.8.evil.example\r\n", NAME);
}

/* Names that containers and Kubernetes give, and nobody can register. */
static const struct {
  const char *host;
  gboolean is_ours;
} network_names[] = {
    {"dsmtpd", TRUE},
    {"dsmtpd:8025", TRUE},
    {"Mail_Catcher:8025", TRUE},
    {"dsmtpd.", TRUE},
    {"host.docker.internal:8025", TRUE},
    {"dsmtpd.apps.svc", TRUE},
    {"dsmtpd.apps.svc.cluster.local:8025", TRUE},
    {"internal.evil.example", FALSE},
    {"dsmtpd.internal.evil.example", FALSE},
    {"evilinternal.example", FALSE},
    {"evil.xsvc", FALSE},
    {"evil.local", FALSE},
    {"dsmtpd.evil", FALSE},
    {"evil.example", FALSE},
};

static void check_network_names(const char *interface, gboolean are_allowed) {
  g_autoptr(HttpGate) gate = http_gate_new(NULL, NULL);
  NetAddress local = resolve(interface, 8025);

  http_gate_add_address(gate, &local);
  for (gsize i = 0; i < G_N_ELEMENTS(network_names); i++) {
    const char *host = network_names[i].host;
    g_autofree char *headers = g_strdup_printf("Host: %s\r\n", host);
    g_autofree char *own = g_strdup_printf("Host: %s\r\nOrigin: http://%s\r\n", host, host);
    g_autofree char *foreign = g_strdup_printf("Host: %s\r\nOrigin: http://other\r\n", host);
    gboolean is_in = are_allowed && network_names[i].is_ours;
    knock(gate, &local, headers, is_in ? IN : NAME);
    knock(gate, &local, own, is_in ? IN : NAME);
    knock(gate, &local, foreign, is_in ? SITE : NAME);
  }
}

static void test_network_names_where_every_address_is_listened_at(void) {
  check_network_names("0.0.0.0", TRUE);
  check_network_names("::", TRUE);
}

static void test_network_names_elsewhere(void) {
  check_network_names("127.0.0.1", FALSE);
  check_network_names("::1", FALSE);
  check_network_names("192.0.2.7", FALSE);
}

static void test_name_of_the_machine(void) {
  const char *own = g_get_host_name();
  g_autofree char *host =
      strchr(own, '.') ? g_strdup_printf("Host: %s\r\n", own) : g_strdup_printf("Host: %s.local\r\n", own);
  g_autoptr(HttpGate) everywhere = http_gate_new(NULL, NULL);
  g_autoptr(HttpGate) near = http_gate_new(NULL, NULL);
  NetAddress any = resolve("0.0.0.0", 8025), loopback = resolve("127.0.0.1", 8025);

  http_gate_add_address(everywhere, &any);
  http_gate_add_address(near, &loopback);
  knock(everywhere, &any, host, IN);
  knock(near, &loopback, host, NAME);
}

static void test_a_unix_socket_has_any_name(void) {
  g_autoptr(HttpGate) gate = http_gate_new(NULL, NULL);
  NetAddress local = resolve("unix:/run/web", 0);

  http_gate_add_address(gate, &local);
  knock(gate, &local, "Host: anything\r\n", IN);
  knock(gate, &local, "Host: anything\r\nOrigin: http://anything\r\n", IN);
  knock(gate, &local, "Host: anything\r\nOrigin: http://evil.example\r\n", SITE);
}

static void test_origins(void) {
  static const struct {
    const char *headers, *said;
  } rows[] = {
      {"Host: localhost:8025\r\n", IN},
      {"Host: localhost:8025\r\nOrigin: http://localhost:8025\r\n", IN},
      {"Host: localhost:8025\r\nOrigin: http://LOCALHOST:8025\r\n", IN},
      {"Host: localhost\r\nOrigin: http://localhost\r\n", IN},
      {"Host: localhost\r\nOrigin: https://localhost\r\n", IN},
      {"Host: localhost:80\r\nOrigin: http://localhost\r\n", IN},
      {"Host: [::1]:8025\r\nOrigin: http://[::1]:8025\r\n", IN},
      {"Host: localhost:8025\r\nOrigin: http://localhost\r\n", SITE},
      {"Host: localhost\r\nOrigin: http://localhost:8025\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin: http://127.0.0.1:8025\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin: http://evil.example\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin: http://evil.example:8025\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin: http://localhost:8025.evil.example\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin: null\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin:\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin: http://localhost:8025\r\nOrigin: http://evil.example\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin: http://evil.example, http://localhost:8025\r\n", SITE},
      {"Host: localhost:8025\r\nOrigin: http://localhost:8025\r\nSec-Fetch-Site: same-origin\r\n", IN},
      {"Host: localhost:8025\r\nOrigin: http://app.localhost:3000\r\n", CORS},
      {"Host: localhost:8025\r\nOrigin: http://app.localhost:3000\r\nSec-Fetch-Site: same-site\r\n", CORS},
      {"Host: localhost:8025\r\nOrigin: http://app.localhost:3001\r\n", SITE},
      {"Host: evil.example\r\nOrigin: http://evil.example\r\n", NAME},
      {"Host: evil.example\r\nOrigin: http://app.localhost:3000\r\n", NAME},
  };
  static const char *const origins[] = {"http://app.localhost:3000", NULL};
  g_autoptr(HttpGate) gate = http_gate_new(NULL, origins);
  NetAddress local = resolve("127.0.0.1", 8025);

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    knock(gate, &local, rows[i].headers, rows[i].said);
}

static void test_every_origin(void) {
  static const char *const origins[] = {"*", NULL};
  g_autoptr(HttpGate) gate = http_gate_new(NULL, origins);
  NetAddress local = resolve("127.0.0.1", 8025);

  knock(gate, &local, "Host: localhost\r\nOrigin: https://anybody.example\r\n", CORS);
  knock(gate, &local, "Host: evil.example\r\nOrigin: https://anybody.example\r\n", NAME);
  knock(gate, &local, "Host: localhost\r\nOrigin: null\r\n", SITE);
}

/* What a browser says of requests that have no Origin: pictures, frames, links. */
static void test_fetch_metadata(void) {
  static const struct {
    const char *headers, *said;
  } rows[] = {
      {"Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n", IN},
      {"Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: no-cors\r\n", IN},
      {"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n", IN},
      {"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n", SITE},
      {"Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n", SITE},
      {"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n", SITE},
      {"Sec-Fetch-Site: cross-site\r\n", SITE},
      {"Sec-Fetch-Site: nonsense\r\n", SITE},
  };
  g_autoptr(HttpGate) gate = http_gate_new(NULL, NULL);
  NetAddress local = resolve("127.0.0.1", 8025);

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *headers = g_strconcat("Host: localhost\r\n", rows[i].headers, NULL);
    knock(gate, &local, headers, rows[i].said);
  }
}

static void test_what_is_public_is_open_to_every_page_but_not_by_every_name(void) {
  g_autoptr(HttpGate) gate = http_gate_new(NULL, NULL);
  NetAddress local = resolve("127.0.0.1", 8025);
  g_autofree char *page = knock_at(gate, &local, "Host: localhost\r\nOrigin: http://evil.example\r\n", TRUE);
  g_autofree char *name = knock_at(gate, &local, "Host: evil.example\r\n", TRUE);

  g_assert_cmpstr(page, ==, IN);
  g_assert_true(g_str_has_prefix(name, NAME));
}

static void test_a_client_without_a_name_for_us_is_no_browser(void) {
  const char text[] = "GET / HTTP/1.0\r\n";
  g_auto(HttpHead) head = {0};
  g_autoptr(HttpGate) gate = http_gate_new(NULL, NULL);
  NetAddress local = resolve("127.0.0.1", 8025);

  g_assert_cmpuint(http_head_parse(text, strlen(text), &head).status, ==, 0);
  g_assert_cmpuint(http_gate_check(gate, &head, &local, FALSE).rejection.status, ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/gate/names", test_names);
  g_test_add_func("/gate/names_where_every_address_is_listened_at", test_names_where_every_address_is_listened_at);
  g_test_add_func("/gate/network_names_where_every_address_is_listened_at",
                  test_network_names_where_every_address_is_listened_at);
  g_test_add_func("/gate/network_names_elsewhere", test_network_names_elsewhere);
  g_test_add_func("/gate/name_of_the_machine", test_name_of_the_machine);
  g_test_add_func("/gate/a_unix_socket_has_any_name", test_a_unix_socket_has_any_name);
  g_test_add_func("/gate/origins", test_origins);
  g_test_add_func("/gate/every_origin", test_every_origin);
  g_test_add_func("/gate/fetch_metadata", test_fetch_metadata);
  g_test_add_func("/gate/what_is_public_is_open_to_every_page_but_not_by_every_name",
                  test_what_is_public_is_open_to_every_page_but_not_by_every_name);
  g_test_add_func("/gate/a_client_without_a_name_for_us_is_no_browser",
                  test_a_client_without_a_name_for_us_is_no_browser);
  return g_test_run();
}
