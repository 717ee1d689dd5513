#include "message/html_features.h"
#include <string.h>

static gint compare(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "name", or "name*2", sorted, with blanks between. */
static char *print(GHashTable *features) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  GHashTableIter iter;
  gpointer name;
  gpointer count;

  g_hash_table_iter_init(&iter, features);
  while (g_hash_table_iter_next(&iter, &name, &count))
    g_ptr_array_add(names, GPOINTER_TO_UINT(count) == 1
                               ? g_strdup(name)
                               : g_strdup_printf("%s*%u", (char *)name, GPOINTER_TO_UINT(count)));
  g_ptr_array_sort(names, compare);
  g_ptr_array_add(names, NULL);
  return g_strjoinv(" ", (char **)names->pdata);
}

static const struct {
  const char *html;
  const char *features;
} html_vectors[] = {
    {"", ""},
    {"plain", ""},
    {"<p>a<P>b</p>", "<p*2"},
    {"<!DOCTYPE html><!-- c --><p>", "<!-- <!doctype <p"},
    {"<td ALIGN=left valign='top' hidden>", "<td [align [hidden [valign"},
    {"<input type=\"CheckBox\">", "<input <input[type=checkbox [type"},
    {"<a href='#x'><a href=mailto:a@b><a href=http://c>", "<a*3 [href*3 [href=# [href=mailto:"},
    {"<p style=\"color: red\">", "<p [style value:red {color {color:red"},
    {"<style>p{color:red}</style>", "<style sel:type value:red {color {color:red"},
    {"<style>p{color:red}", "<style"},
    {"<p a=1 b = '2 c' d>", "<p [a [b [d"},
    {"<p ===>", "<p"},
    {"<p a='never ends", "<p [a"},
};

static const struct {
  const char *css;
  gboolean is_inline;
  const char *features;
} css_vectors[] = {
    {"", FALSE, ""},
    {"display: FLEX; ", TRUE, "value:flex {display {display:flex"},
    {"width:calc(100% - 1.5em)!important", TRUE, "!important fn:calc unit:% unit:em {width"},
    {"--x: 1px; color: var(--x)", TRUE, "fn:var unit:px {color"},
    {"color:#fff0a1;background:url(\"a;b{c}\")", TRUE, "fn:url {background {color"},
    {"@media (min-width: 600px) and (-webkit-min-device-pixel-ratio:2){a:hover{x:y}}", FALSE,
     ":hover @media @media:device-pixel-ratio @media:width sel:type value:y {x {x:y"},
    {"@import url(x); @font-face{font-family:F}", FALSE, "@font-face @import value:f {font-family {font-family:f"},
    {"a>b,.c #d~e+f *{}", FALSE, "sel:# sel:* sel:+ sel:, sel:. sel:> sel:space*2 sel:type*4 sel:~"},
    {"p.a[href]::after:first-child{}", FALSE, "::after :first-child sel:. sel:[ sel:chain sel:type"},
    {"p:before{}", FALSE, "::before sel:type"},
    {"a{b{c:1}}", FALSE, "nesting sel:type*2 {c"},
    {"/* a{b:c} */ /* never ends", FALSE, "css-comment*2"},
    {"}}}{{{", FALSE, "nesting*2"},
    {"a{b:c", FALSE, "sel:type value:c {b {b:c"},
};

static void html_is_counted(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(html_vectors); i++) {
    guint n_elements;
    g_autoptr(GHashTable) features = html_features_count(html_vectors[i].html, &n_elements);
    g_autofree char *printed = print(features);
    g_assert_cmpstr(printed, ==, html_vectors[i].features);
  }
}

static void css_is_counted(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(css_vectors); i++) {
    g_autoptr(GHashTable) features = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    html_features_add_css(features, css_vectors[i].css, strlen(css_vectors[i].css), css_vectors[i].is_inline);
    g_autofree char *printed = print(features);
    g_assert_cmpstr(printed, ==, css_vectors[i].features);
  }
}

static void features_have_limits(void) {
  g_autoptr(GString) html = g_string_new(NULL);
  guint n_elements;

  for (guint i = 0; i < HTML_FEATURES_MAX + 1000; i++)
    g_string_append_printf(html, "<p a%u>", i);
  g_autofree char *long_name = g_strnfill(100, 'x');
  g_string_append_printf(html, "<p %s>", long_name);
  g_autoptr(GHashTable) features = html_features_count(html->str, &n_elements);
  g_assert_cmpuint(g_hash_table_size(features), ==, HTML_FEATURES_MAX);
  g_assert_cmpuint(n_elements, ==, HTML_FEATURES_MAX + 1001);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/html_features/html_is_counted", html_is_counted);
  g_test_add_func("/html_features/css_is_counted", css_is_counted);
  g_test_add_func("/html_features/features_have_limits", features_have_limits);
  return g_test_run();
}
