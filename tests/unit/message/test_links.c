#include "message/links.h"

#include <string.h>

/* The links as one text: "kind url|text", one a line. */
static char *describe(const GPtrArray *links) {
  static const char *const kinds[] = {"anchor", "image", "stylesheet", "text"};
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < links->len; i++) {
    const MessageLink *link = g_ptr_array_index(links, i);
    g_string_append_printf(out, "%s%s %s|%s", i > 0 ? "\n" : "", kinds[link->kind], link->url, link->text);
  }
  return g_string_free(out, FALSE);
}

static void links_are_found(void) {
  static const struct {
    const char *text;
    const char *html;
    const char *links;
  } rows[] = {
      {NULL, NULL, ""},
      {"no links: http:// and xhttp://a.test ", NULL, ""},
      {"see https://a.test/x?y=1&z=2.", NULL, "text https://a.test/x?y=1&z=2|https://a.test/x?y=1&z=2"},
      {"(https://a.test/x_(y)) <http://b.test/>, HTTPS://C.test", NULL,
       "text https://a.test/x_(y)|https://a.test/x_(y)\ntext http://b.test/|http://b.test/\n"
       "text HTTPS://C.test|HTTPS://C.test"},
      {"https://a.test https://a.test", NULL, "text https://a.test|https://a.test"},
      {"mailto:a@b.test!", NULL, "text mailto:a@b.test|mailto:a@b.test"},
      {"リンクhttps://例え.test/パス。", NULL, "text https://例え.test/パス。|https://例え.test/パス。"},
      {NULL, "<a href='https://a.test/?x=1&amp;y'>go <b>there</b>\n now</a>",
       "anchor https://a.test/?x=1&y|go there now"},
      {NULL, "<a href=' https://a.\ntest/ '>x</a>", "anchor https://a.test/|x"},
      {NULL, "<a href='#x'>x</a><a href='javascript:1'>x</a><a href='data:x'>x</a><a href='/x'>x</a><a>x</a>", ""},
      {NULL, "<img src='https://a.test/i.png' alt='Logo'>", "image https://a.test/i.png|Logo"},
      {NULL, "<img src='cid:x'>", ""},
      {NULL, "<a href='https://a.test/'><img src='https://a.test/i.png' alt='Logo'></a>",
       "anchor https://a.test/|Logo\nimage https://a.test/i.png|Logo"},
      {NULL, "<link rel=stylesheet href='https://a.test/s.css'><link rel=icon href='https://a.test/i'>",
       "stylesheet https://a.test/s.css|"},
      {NULL, "<map><area href='https://a.test/'></map>", "anchor https://a.test/|"},
      {NULL, "<a href='https://a.test/'>a<a href='https://b.test/'>b",
       "anchor https://a.test/|a\nanchor https://b.test/|b"},
      {NULL, "<script>'https://a.test/'</script><!-- https://b.test/ --><style>url(https://c.test/)</style>", ""},
      /* once, and as an anchor rather than as text */
      {"https://a.test/", "<p>https://a.test/ <a href='https://a.test/'>go</a></p>", "anchor https://a.test/|go"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GPtrArray) links = links_find(rows[i].text, rows[i].html);
    g_autofree char *found = describe(links);
    g_assert_cmpstr(found, ==, rows[i].links);
  }
}

static void contexts_are_what_stands_before(void) {
  g_autoptr(GPtrArray) links = links_find("Please\nconfirm: https://a.test/x now",
                                          "<p>Dear Ann,</p><p>to log in <a href='https://b.test/'>click here</a>.");
  const MessageLink *anchor = g_ptr_array_index(links, 0);
  const MessageLink *text = g_ptr_array_index(links, 1);
  g_assert_cmpstr(anchor->context, ==, "Dear Ann, to log in click here");
  g_assert_cmpstr(text->context, ==, "Please confirm: https://a.test/x");
}

static void contexts_are_cut_between_characters(void) {
  for (guint padding = 0; padding < 8; padding++) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < 1000; i++)
      g_string_append(text, i % 7 == padding ? "a" : "日ü");
    g_string_append(text, " https://a.test/");
    g_autoptr(GPtrArray) links = links_find(text->str, text->str);
    const MessageLink *link = g_ptr_array_index(links, 0);
    g_assert_true(g_utf8_validate(link->context, -1, NULL));
    g_assert_cmpuint(strlen(link->context), <=, LINK_CONTEXT_OCTETS + 32);
  }
}

static void numbers_and_lengths_are_bounded(void) {
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < LINKS_MAX + 1; i++)
    g_string_append_printf(text, "https://a.test/%u\n", i);
  g_autoptr(GPtrArray) links = links_find(text->str, NULL);
  g_assert_cmpuint(links->len, ==, LINKS_MAX);

  for (gsize len = LINK_URL_OCTETS_MAX - 1; len <= LINK_URL_OCTETS_MAX + 1; len++) {
    g_autofree char *path = g_strnfill(len - strlen("https://"), 'a');
    g_autofree char *url = g_strconcat("https://", path, NULL);
    g_autoptr(GPtrArray) one = links_find(url, NULL);
    g_assert_cmpuint(one->len, ==, len <= LINK_URL_OCTETS_MAX ? 1 : 0);
  }
}

static void hostile_text_takes_linear_time(void) {
  static const char *const units[] = {
      "https://a", "h",          "<a href=https://a>", "<a href=https://a>x", "<img alt=x>", "https://a ",
      ".",         "https://a)", "mailto:x,"};
  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 2000000)
      g_string_append(text, units[i]);
    g_autoptr(GPtrArray) links = links_find(text->str, text->str);
    g_assert_cmpuint(links->len, <=, LINKS_MAX);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/links/" #name, name)
  ADD(links_are_found);
  ADD(contexts_are_what_stands_before);
  ADD(contexts_are_cut_between_characters);
  ADD(numbers_and_lengths_are_bounded);
  ADD(hostile_text_takes_linear_time);
#undef ADD
  return g_test_run();
}
