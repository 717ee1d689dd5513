#include "checks/url_host.h"

static void hosts_are_read(void) {
  static const struct {
    const char *url;
    const char *host;
  } vectors[] = {
      {"https://a.example", "a.example"},
      {"HTTPS://A.Example:8443/x?y#z", "a.example"},
      {"http://a.example?x", "a.example"},
      {"http://a.example#x", "a.example"},
      {"http://a.example./", "a.example"},
      {"http://./", ""},
      {"http://good.example@evil.example/", "evil.example"},
      {"http://good.example:x@evil.example:80/", "evil.example"},
      {"http://a@good.example@evil.example/", "evil.example"},
      {"http://evil.example/@good.example", "evil.example"},
      {"http://evil.example?@good.example", "evil.example"},
      {"http://evil.example#@good.example", "evil.example"},
      {"http://evil.example\\@good.example", "evil.example"},
      {"http:\\\\evil.example\\good.example", "evil.example"},
      {"http://evil.example/http://good.example", "evil.example"},
      {"https://[2001:DB8::1]:80/", "2001:db8::1"},
      {"https://[2001:db8::x]/", ""},
      {"https://%61.example/", "a.example"},
      {"https://a%00.example/", ""},
      {"https://a.example/%00%zz {{x}}", "a.example"},
      {"https://b\xC3\xBC"
       "cher.example/",
       "xn--bcher-kva.example"},
      {"https://a.example:99999/", ""},
      {"https://a.example:x/", ""},
      {"https://", ""},
      {"mailto:a@b.example?body=https://a.example/", ""},
      {"mailto://a.example", ""},
      {"javascript:open(\"https://a.example\")", ""},
      {"//a.example", ""},
      {"a.example", ""},
      {"", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *host = url_host_read(vectors[i].url);
    g_assert_cmpstr(host, ==, vectors[i].host);
  }
}

static void local_hosts_are_told_at_their_edges(void) {
  static const char *const local[] = {"localhost",     "a.localhost",    "a.local",         "a.internal",
                                      "a.test",        "127.0.0.1",      "127.255.255.255", "127.1",
                                      "2130706433",    "0x7f000001",     "0177.0.0.1",      "0.0.0.0",
                                      "0.255.255.255", "10.0.0.0",       "10.255.255.255",  "169.254.0.0",
                                      "172.16.0.0",    "172.31.255.255", "192.168.0.0",     "::",
                                      "::1",           "fe80::1",        "febf::1",         "fc00::1",
                                      "fdff::1",       "::ffff:10.0.0.1"};
  static const char *const others[] = {"",
                                       "a.example",
                                       "localhost.example",
                                       "notlocalhost",
                                       "local",
                                       "127.example",
                                       "10.example",
                                       "1.0.0.0",
                                       "9.255.255.255",
                                       "11.0.0.0",
                                       "128.0.0.0",
                                       "169.253.0.0",
                                       "169.255.0.0",
                                       "172.15.255.255",
                                       "172.32.0.0",
                                       "192.167.0.0",
                                       "192.169.0.0",
                                       "::2",
                                       "fbff::1",
                                       "fe00::1",
                                       "fec0::1",
                                       "2001:db8::1",
                                       "::ffff:11.0.0.1"};

  for (gsize i = 0; i < G_N_ELEMENTS(local); i++)
    if (!url_host_is_local(local[i]))
      g_error("\"%s\" is local", local[i]);
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    if (url_host_is_local(others[i]))
      g_error("\"%s\" is not local", others[i]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/url_host/hosts_are_read", hosts_are_read);
  g_test_add_func("/url_host/local_hosts_are_told_at_their_edges", local_hosts_are_told_at_their_edges);
  return g_test_run();
}
