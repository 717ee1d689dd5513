#include "syntax/web_url.h"
#include <string.h>

/* What a URL is taken for; with what is wrong behind "-". The caller frees. */
static char *read_url(const char *text, const char *base_text) {
  g_auto(WebUrl) base = {0};
  g_auto(WebUrl) url = {0};
  g_autoptr(GError) error = NULL;

  g_assert_true(!base_text || web_url_parse(base_text, NULL, &base, NULL));
  if (!web_url_parse(text, base_text ? &base : NULL, &url, &error))
    return g_strdup_printf("- %s", error->message);
  g_assert_cmpint(g_str_has_prefix(url.text, "https://"), ==, url.is_https);
  g_assert_true(g_str_is_ascii(url.text) && g_str_has_suffix(url.text, url.target));
  return g_strdup_printf("%s %s %u %s%s", url.is_https ? "s" : "-", url.host.name, url.host.port, url.text,
                         url.had_login ? " (login)" : "");
}

static void urls_are_taken_apart(void) {
  static const struct {
    const char *text, *expected;
  } rows[] = {
      {"http://a.example", "- a.example 80 http://a.example/"},
      {"HTTPS://A.Example:443/x#frag", "s a.example 443 https://a.example/x"},
      {"https://a.example:80/?q=%20&r", "s a.example 80 https://a.example:80/?q=%20&r"},
      {"http://a.example?q", "- a.example 80 http://a.example/?q"},
      {"http://[::1]:8025/x", "- ::1 8025 http://[::1]:8025/x"},
      {"http://[::FFFF:127.0.0.1]/", "- 127.0.0.1 80 http://127.0.0.1/"},
      {"http://2130706433/", "- 2130706433 80 http://2130706433/"},
      {"http://user:secret@a.example/x", "- a.example 80 http://a.example/x (login)"},
      {"http://a.example@b.example/", "- b.example 80 http://b.example/ (login)"},
      {"http://b\xc3\xbc"
       "cher.example/\xc3\xbc?\xc3\xbc",
       "- xn--bcher-kva.example 80 http://xn--bcher-kva.example/%C3%BC?%C3%BC"},
      {"http://a.example/a b\"<>\\^`{|}", "- a.example 80 http://a.example/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D"},
      {"http://a.example/x\r\nHost: evil", "- a.example 80 http://a.example/xHost:%20evil"},
      {"http://a.example./", "- a.example 80 http://a.example/"},
      {"ftp://a.example/", "- it is neither http nor https"},
      {"file:///etc/passwd", "- it is neither http nor https"},
      {"javascript:alert(1)", "- it is neither http nor https"},
      {"//a.example/", "- it is not a URL"},
      {"", "- it is not a URL"},
      {"http:///x", "- it names no host"},
      {"http://a..b/", "- it names no host"},
      {"http://a../", "- it names no host"},
      {"http://a%2eb/", "- a.b 80 http://a.b/"},
      {"http://a b/", "- it names no host"},
      {"http://a.example:0/", "- its port is invalid"},
      {"http://a.example:65536/", "- it is not a URL"},
      {"http://a.example/\xff", "- a.example 80 http://a.example/%FF"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *said = read_url(rows[i].text, NULL);
    g_assert_cmpstr(said, ==, rows[i].expected);
  }
}

static void references_are_resolved(void) {
  static const char base[] = "https://u:p@a.example:444/b/c?q";
  static const struct {
    const char *text, *expected;
  } rows[] = {
      {"/x", "s a.example 444 https://a.example:444/x"},
      {"d?r", "s a.example 444 https://a.example:444/b/d?r"},
      {"../../../d", "s a.example 444 https://a.example:444/d"},
      {"//b.example", "s b.example 443 https://b.example/"},
      {"http://b.example/y", "- b.example 80 http://b.example/y"},
      {"?s", "s a.example 444 https://a.example:444/b/c?s"},
      {"file:///etc/passwd", "- it is neither http nor https"},
      {"http://x:y@127.0.0.1/", "- 127.0.0.1 80 http://127.0.0.1/ (login)"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *said = read_url(rows[i].text, base);
    g_assert_cmpstr(said, ==, rows[i].expected);
  }
}

static char *long_url(const char *start, char fill, gsize len) {
  GString *url = g_string_new(start);

  while (url->len < len)
    g_string_append_c(url, fill);
  return g_string_free(url, FALSE);
}

static void urls_have_a_limit(void) {
  g_autofree char *longest = long_url("http://a/", 'x', WEB_URL_MAX);
  g_autofree char *too_long = long_url("http://a/", 'x', WEB_URL_MAX + 1);
  g_autofree char *grows = long_url("http://a/", '"', WEB_URL_MAX / 2);
  g_autofree char *said = read_url(longest, NULL);
  g_autofree char *said_of_too_long = read_url(too_long, NULL);
  g_autofree char *said_of_what_grows = read_url(grows, NULL);

  g_assert_true(g_str_has_prefix(said, "- a 80 "));
  g_assert_cmpstr(said_of_too_long, ==, "- it is too long");
  g_assert_cmpstr(said_of_what_grows, ==, "- it is too long");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/web_url/urls_are_taken_apart", urls_are_taken_apart);
  g_test_add_func("/web_url/references_are_resolved", references_are_resolved);
  g_test_add_func("/web_url/urls_have_a_limit", urls_have_a_limit);
  return g_test_run();
}
