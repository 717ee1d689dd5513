#include "message/html_features.h"
#include <string.h>

static gint compare(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "name", or "name*2", sorted, with blanks between. */
static char *print(const HtmlFeatures *features) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  GHashTableIter iter;
  gpointer name;
  gpointer value;

  g_hash_table_iter_init(&iter, features->found);
  while (g_hash_table_iter_next(&iter, &name, &value)) {
    guint count = ((const HtmlFeature *)value)->count;
    g_ptr_array_add(names, count == 1 ? g_strdup(name) : g_strdup_printf("%s*%u", (char *)name, count));
  }
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
    g_autoptr(HtmlFeatures) features = html_features_read(html_vectors[i].html);
    g_autofree char *printed = print(features);
    g_assert_cmpstr(printed, ==, html_vectors[i].features);
  }
}

static void css_is_counted(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(css_vectors); i++) {
    g_autoptr(HtmlFeatures) features = html_features_new();
    html_features_add_css(features, css_vectors[i].css, strlen(css_vectors[i].css), css_vectors[i].is_inline);
    g_autofree char *printed = print(features);
    g_assert_cmpstr(printed, ==, css_vectors[i].features);
  }
}

static void features_say_where_they_are_first(void) {
  static const char html[] =
      "<!DOCTYPE html>\n<style>\n/* { */ p { color: red; }\n.a::after { content: \"};\"; float: left }\n"
      "</style>\n<p\n  style=\"color: red; gap: 1px\" hidden>\n<p hidden>";
  static const struct {
    const char *name;
    const char *at;
  } vectors[] = {
      {"<!doctype", "<!DOCTYPE"}, {"sel:type", "p { color"}, {"{color", "color: red; }"},
      {"::after", ".a::after"},   {"{content", "content:"},  {"{float", "float:"},
      {"[style", "style=\""},     {"{gap", "style=\""},      {"[hidden", "hidden>\n"},
  };
  g_autoptr(HtmlFeatures) features = html_features_read(html);

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
    g_assert_cmpstr(html + html_features_find(features, vectors[i].name)->offset, ==, strstr(html, vectors[i].at));
  g_assert_null(html_features_find(features, "{margin"));
}

static void features_have_limits(void) {
  g_autoptr(GString) html = g_string_new(NULL);

  for (guint i = 0; i < HTML_FEATURES_MAX + 1000; i++)
    g_string_append_printf(html, "<p a%u>", i);
  g_autofree char *long_name = g_strnfill(100, 'x');
  g_string_append_printf(html, "<p %s>", long_name);
  g_autoptr(HtmlFeatures) features = html_features_read(html->str);
  g_assert_cmpuint(g_hash_table_size(features->found), ==, HTML_FEATURES_MAX);
  g_assert_cmpuint(features->n_elements, ==, HTML_FEATURES_MAX + 1001);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/html_features/html_is_counted", html_is_counted);
  g_test_add_func("/html_features/css_is_counted", css_is_counted);
  g_test_add_func("/html_features/features_say_where_they_are_first", features_say_where_they_are_first);
  g_test_add_func("/html_features/features_have_limits", features_have_limits);
  return g_test_run();
}
