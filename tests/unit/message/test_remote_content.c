#include "message/css_urls.h"
#include "message/remote_content.h"
#include <string.h>

/* "kind url" of each, with "|" between. */
static char *list(const char *html) {
  g_autoptr(GPtrArray) found = remote_content_find(html, NULL);
  GString *out = g_string_new(NULL);

  for (guint i = 0; i < found->len; i++) {
    const RemoteReference *reference = g_ptr_array_index(found, i);
    g_string_append_printf(out, "%s%s %s", i ? "|" : "", remote_kind_name(reference->kind), reference->url);
  }
  return g_string_free(out, FALSE);
}

static const struct {
  const char *html;
  const char *found;
} vectors[] = {
    {"", ""},
    {"<img src=http://a/b>", "image http://a/b"},
    {"<IMG SRC='HTTPS://a/b?x&amp;y'>", "image HTTPS://a/b?x&y"},
    {"<img src=//a/b>", "image //a/b"},
    {"<img src='\\\\a/b'>", "image //a/b"},
    {"<img src=' \n h\ntt\tps://a'>", "image https://a"},
    {"<img src=/a><img src=a.png><img src=cid:x><img src=data:image/png,x>", ""},
    {"<img src=http://a><img src=http://a>", "image http://a"},
    {"<img srcset='http://a/1,2 1x, b 2x,http://c'>", "image http://a/1,2|image http://c"},
    {"<img srcset='http://a, http://b 2x'>", "image http://a|image http://b"},
    {"<picture><source srcset=http://a><source src=http://b>", "image http://a|media http://b"},
    {"<td background=http://a><body background=http://b>", "image http://a|image http://b"},
    {"<video poster=http://a src=http://b><audio src=http://c>", "image http://a|media http://b|media http://c"},
    {"<iframe src=http://a><object data=http://b><embed src=http://c>", "frame http://a|frame http://b|frame http://c"},
    {"<svg><image xlink:href=http://a /><use href=http://b#c>", "image http://a|image http://b#c"},
    {"<link rel=stylesheet href=http://a><link rel='Alternate StyleSheet' href=http://b>",
     "stylesheet http://a|stylesheet http://b"},
    {"<link rel=dns-prefetch href=//a>", "resource //a"},
    {"<script src=http://a></script>", "script http://a"},
    {"<a href=http://a>b</a><form action=http://a>", ""},
    {"<!-- <img src=http://a> -->", ""},
    {"<p style='background:url(http://a/b)'>", "image http://a/b"},
    {"<p style=\"background:URL( 'http://a/b' )\">", "image http://a/b"},
    {"<p style='background:u\\72 l(http\\3a //a)'>", "image http://a"},
    {"<style>@import 'http://a'; @import url(http://b);p{background:url(http://c)}</style>",
     "stylesheet http://a|stylesheet http://b|image http://c"},
    {"<style>@font-face{src:url(http://a)}p{background:url(http://b)}</style>", "font http://a|image http://b"},
    {"<style>@namespace url(http://a);p{content:'http://b'}</style>", ""},
    {"<style>p{background:image-set('http://a' 1x, \"http://b\" 2x) 'http://c'}</style>",
     "image http://a|image http://b"},
    {"<style>/* url(http://a) */p{content:'url(http://b)'}</style>", ""},
    {"<style>p{background:url(http://a</style>", "image http://a"},
    {"<style>p{background:url('http://a</style>", "image http://a"},
    {"<style>@import 'http://a", ""},
};

static void what_is_elsewhere_is_found(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *found = list(vectors[i].html);
    g_assert_cmpstr(found, ==, vectors[i].found);
  }
}

/* Whatever is cut off, what was found before it stays. */
static void it_is_found_at_each_length(void) {
  const char *html =
      "<img src=http://a><p style='background:url(\"http://b\")'><style>@import url(http://c);/**/</style>";

  for (gsize len = strlen("<img src=http://a>"); len <= strlen(html); len++) {
    g_autofree char *cut = g_strndup(html, len);
    g_autofree char *found = list(cut);
    g_assert_true(g_str_has_prefix(found, "image http://a"));
  }
}

static void there_are_bounds(void) {
  g_autoptr(GString) many = g_string_new(NULL);
  g_autofree char *longest = g_strnfill(REMOTE_URL_BYTES_MAX - strlen("http://"), 'x');
  g_autofree char *fits = g_strdup_printf("<img src=http://%s>", longest);
  g_autofree char *too_long = g_strdup_printf("<img src=http://%sx>", longest);

  for (guint i = 0; i <= REMOTE_REFERENCES_MAX; i++)
    g_string_append_printf(many, "<img src=//%u>", i);
  g_autoptr(GPtrArray) found = remote_content_find(many->str, NULL);
  g_assert_cmpuint(found->len, ==, REMOTE_REFERENCES_MAX);
  g_autoptr(GPtrArray) fitting = remote_content_find(fits, NULL);
  g_assert_cmpuint(fitting->len, ==, 1);
  g_autoptr(GPtrArray) none = remote_content_find(too_long, NULL);
  g_assert_cmpuint(none->len, ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remote_content/what_is_elsewhere_is_found", what_is_elsewhere_is_found);
  g_test_add_func("/remote_content/it_is_found_at_each_length", it_is_found_at_each_length);
  g_test_add_func("/remote_content/there_are_bounds", there_are_bounds);
  return g_test_run();
}
