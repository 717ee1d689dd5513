#include "syntax/http_host.h"
#include "syntax/http_target.h"

#include <string.h>

/* Joined by '|', or "!". */
static char *split(const char *path) {
  g_autofree char *copy = g_strdup(path);
  HttpRejection rejection = {0};
  g_auto(GStrv) segments = http_target_split(copy, &rejection);

  g_assert_true((segments == NULL) == (rejection.status == 400));
  return segments ? g_strjoinv("|", segments) : g_strdup("!");
}

static void test_paths(void) {
  static const struct {
    const char *path, *segments;
  } rows[] = {
      {"/", ""},
      {"/a", "a"},
      {"/a/", "a|"},
      {"//a", "|a"},
      {"/a/b%20c/%C3%A9", "a|b c|\xc3\xa9"},
      {"/a+b", "a+b"},
      {"/%25%32%65", "%2e"},
      {"/%252e%252e", "%2e%2e"},
      {"/...", "..."},
      {"/.a", ".a"},
      {"/\xc3\xa9", "\xc3\xa9"},
      {"/a\\b", "a\\b"},
      {"/.", "!"},
      {"/..", "!"},
      {"/../etc/passwd", "!"},
      {"/a/%2e%2E/b", "!"},
      {"/a/.%2e", "!"},
      {"/a%2fb", "!"},
      {"/a%2Fb", "!"},
      {"/%00", "!"},
      {"/a%00b", "!"},
      {"/%0d%0aX:", "!"},
      {"/%7f", "!"},
      {"/%c2%85", "!"},
      {"/%", "!"},
      {"/%4", "!"},
      {"/%zz", "!"},
      {"/%c0%af", "!"},
      {"/%c0%ae%c0%ae", "!"},
      {"/%ff", "!"},
      {"/%ed%a0%80", "!"},
      {"/\xff", "!"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *segments = split(rows[i].path);
    g_assert_cmpstr(segments, ==, rows[i].segments);
  }
}

static char *parse_query(const char *query) {
  HttpRejection rejection = {0};
  g_auto(GStrv) texts = http_query_parse(query, &rejection);

  g_assert_true((texts == NULL) == (rejection.status == 400));
  return texts ? g_strjoinv("|", texts) : g_strdup("!");
}

static void test_queries(void) {
  static const struct {
    const char *query, *texts;
  } rows[] = {
      {NULL, ""},        {"", ""},
      {"&&", ""},        {"a=b", "a|b"},
      {"a", "a|"},       {"a=&b==c&a=d", "a||b|=c|a|d"},
      {"=x", "|x"},      {"q=a+b%2Bc%26d", "q|a b+c&d"},
      {"q=%0a", "q|\n"}, {"q=\xc3\xa9", "q|\xc3\xa9"},
      {"q=100%", "!"},   {"q=%00", "!"},
      {"q=%ff", "!"},    {"%zz=1", "!"},
      {"q=\xff", "!"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *texts = parse_query(rows[i].query);
    g_assert_cmpstr(texts, ==, rows[i].texts);
  }
}

static void test_number_of_parameters_at_its_edge(void) {
  g_autoptr(GString) query = g_string_new(NULL);

  for (guint i = 0; i < HTTP_QUERY_PARAMETERS_MAX; i++)
    g_string_append(query, "a&");
  g_autofree char *fits = parse_query(query->str);
  g_string_append(query, "a");
  g_autofree char *too_many = parse_query(query->str);
  g_assert_cmpstr(fits, !=, "!");
  g_assert_cmpstr(too_many, ==, "!");
}

static void test_hosts(void) {
  static const struct {
    const char *text, *host; /* "name:port kind"; NULL: is none */
  } rows[] = {
      {"localhost", "localhost:0 0"},
      {"LocalHost.:8025", "localhost:8025 0"},
      {"my_container:1", "my_container:1 0"},
      {"127.0.0.1:65535", "127.0.0.1:65535 1"},
      {"[::1]", "::1:0 2"},
      {"[0:0::0:1]:8025", "::1:8025 2"},
      {"[::ffff:127.0.0.1]:1", "127.0.0.1:1 1"},
      {"127.1", "127.1:0 0"},
      {"2130706433", "2130706433:0 0"},
      {"", NULL},
      {":80", NULL},
      {"a:", NULL},
      {"a:0", NULL},
      {"a:65536", NULL},
      {"a:080000", NULL},
      {"a:+1", NULL},
      {"a:8 ", NULL},
      {"a b", NULL},
      {"a@b", NULL},
      {"a/b", NULL},
      {"a%2eb", NULL},
      {"\xc3\xa9", NULL},
      {".a", NULL},
      {"a..b", NULL},
      {"[", NULL},
      {"[]", NULL},
      {"[::1", NULL},
      {"[::1]x", NULL},
      {"[::1]8025", NULL},
      {"[fe80::1%25lo]", NULL},
      {"[127.0.0.1]", NULL},
      {"::1", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gsize len = strlen(rows[i].text);
    g_autofree char *text = g_memdup2(rows[i].text, MAX(len, 1));
    HttpHost host;
    gboolean valid = http_host_parse(text, len, &host);
    g_autofree char *said = g_strdup_printf("%s:%u %d", host.name, host.port, (int)host.kind);
    g_assert_cmpstr(valid ? said : NULL, ==, rows[i].host);
  }
}

static void test_a_name_has_255_bytes_at_most(void) {
  for (gsize len = HTTP_HOST_NAME_MAX; len <= HTTP_HOST_NAME_MAX + 1; len++) {
    g_autofree char *name = g_strnfill(len, 'a');
    HttpHost host;
    g_assert_cmpint(http_host_parse(name, len, &host), ==, len == HTTP_HOST_NAME_MAX);
  }
}

static void test_origins(void) {
  static const struct {
    const char *text;
    const char *name;
    guint16 port;
  } rows[] = {
      {"http://localhost:3000", "localhost", 3000},
      {"http://a", "a", 80},
      {"HTTPS://A", "a", 443},
      {"https://[::1]:1", "::1", 1},
      {"null", NULL, 0},
      {"", NULL, 0},
      {"http://", NULL, 0},
      {"http://a/", NULL, 0},
      {"http://a b", NULL, 0},
      {"http://u@a", NULL, 0},
      {"file://", NULL, 0},
      {"moz-extension://abc", NULL, 0},
      {"http://a http://b", NULL, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    HttpHost origin;
    gboolean valid = http_origin_parse(rows[i].text, &origin);
    g_assert_cmpstr(valid ? origin.name : NULL, ==, rows[i].name);
    g_assert_cmpuint(valid ? origin.port : 0, ==, rows[i].port);
  }
}

static void test_loopback_names(void) {
  static const struct {
    const char *name;
    gboolean loopback;
  } rows[] = {
      {"localhost", TRUE},       {"app.localhost", TRUE}, {"localhost.", TRUE},    {"127.0.0.1", TRUE},
      {"127.9.8.7", TRUE},       {"[::1]", TRUE},         {"notlocalhost", FALSE}, {"localhost.evil", FALSE},
      {"127.0.0.1.evil", FALSE}, {"127.evil", FALSE},     {"0.0.0.0", FALSE},      {"[::2]", FALSE},
      {"128.0.0.1", FALSE},      {".localhost", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    HttpHost host;
    gboolean valid = http_host_parse(rows[i].name, strlen(rows[i].name), &host);
    g_assert_cmpint(valid && http_host_is_loopback(&host), ==, rows[i].loopback);
  }
}

static void test_patterns(void) {
  static const struct {
    const char *pattern, *name;
    gboolean valid, matches;
  } rows[] = {
      {"mail.example", "mail.example", TRUE, TRUE},
      {"Mail.Example.", "MAIL.example", TRUE, TRUE},
      {"mail.example", "a.mail.example", TRUE, FALSE},
      {"*.example", "a.b.example", TRUE, TRUE},
      {"*.example", "example", TRUE, FALSE},
      {"*.example", "badexample", TRUE, FALSE},
      {"192.0.2.1", "192.0.2.1", TRUE, TRUE},
      {"[2001:db8::1]", "[2001:DB8:0::1]", TRUE, TRUE},
      {"*.0.0.1", "127.0.0.1", TRUE, FALSE},
      {"*", "a", FALSE, FALSE},
      {"mail.example:80", "mail.example", FALSE, FALSE},
      {"http://a", "a", FALSE, FALSE},
      {"*.127.0.0.1", "a.127.0.0.1", FALSE, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    HttpHost host;
    g_assert_true(http_host_parse(rows[i].name, strlen(rows[i].name), &host));
    g_assert_cmpint(http_host_pattern_is_valid(rows[i].pattern), ==, rows[i].valid);
    g_assert_cmpint(rows[i].valid && http_host_matches(&host, rows[i].pattern), ==, rows[i].matches);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http_target/paths", test_paths);
  g_test_add_func("/http_target/queries", test_queries);
  g_test_add_func("/http_target/number_of_parameters_at_its_edge", test_number_of_parameters_at_its_edge);
  g_test_add_func("/http_host/hosts", test_hosts);
  g_test_add_func("/http_host/a_name_has_255_bytes_at_most", test_a_name_has_255_bytes_at_most);
  g_test_add_func("/http_host/origins", test_origins);
  g_test_add_func("/http_host/loopback_names", test_loopback_names);
  g_test_add_func("/http_host/patterns", test_patterns);
  return g_test_run();
}
