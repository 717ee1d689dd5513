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
      {"no links: http:// and //a.test, C:\\x, x://, 1://a, www., www.a, a.www.b.test, a@www.b.test ", NULL, ""},
      {"see https://a.test/x?y=1&z=2.", NULL, "text https://a.test/x?y=1&z=2|https://a.test/x?y=1&z=2"},
      {"(https://a.test/x_(y)) <http://b.test/>, HTTPS://C.test", NULL,
       "text https://a.test/x_(y)|https://a.test/x_(y)\ntext http://b.test/|http://b.test/\n"
       "text HTTPS://C.test|HTTPS://C.test"},
      {"https://a.test https://a.test", NULL, "text https://a.test|https://a.test"},
      {"mailto:a@b.test!", NULL, "text mailto:a@b.test|mailto:a@b.test"},
      {"リンクhttps://例え.test/パス。", NULL, "text https://例え.test/パス|https://例え.test/パス"},
      {"xhttp://a.test see.https://b.test", NULL,
       "text xhttp://a.test|xhttp://a.test\ntext https://b.test|https://b.test"},
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
    g_autoptr(GPtrArray) links = links_find(rows[i].text, rows[i].html, NULL);
    g_autofree char *found = describe(links);
    g_assert_cmpstr(found, ==, rows[i].links);
  }
}

/* The URLs of a text alone, with blanks between. */
static char *urls_of(const char *text, const char *html) {
  g_autoptr(GPtrArray) links = links_find(text, html, NULL);
  GString *out = g_string_new(NULL);

  for (guint i = 0; i < links->len; i++)
    g_string_append_printf(out, "%s%s", i > 0 ? " " : "", ((const MessageLink *)g_ptr_array_index(links, i))->url);
  return g_string_free(out, FALSE);
}

typedef struct Row {
  const char *text;
  const char *urls;
} Row;

static void assert_urls(const Row *rows, gsize n, gboolean is_html) {
  for (gsize i = 0; i < n; i++) {
    g_autofree char *urls = urls_of(is_html ? NULL : rows[i].text, is_html ? rows[i].text : NULL);
    if (strcmp(urls, rows[i].urls) != 0)
      g_error("\"%s\": \"%s\", not \"%s\"", rows[i].text, urls, rows[i].urls);
  }
}

static void punctuation_of_any_script_ends_a_url(void) {
  static const char *const marks[] = {"，", "。", "）", "」", "』",     "】",     "》",     "〉",      "；", "：", "、",
                                      "！", "？", "…",  "“",  "”",      "‘",      "’",      "«",       "»",  "‹",  "›",
                                      "（", "「", "【", "《", "～",     "—",      "·",      "・",      "、", "｡",  "｣",
                                      "`",  ">",  "\"", "\\", "|",      "،",      "؟",      "।",       "՝",  "→",  "▶",
                                      "🎉", "€",  "＞", "　", "\u00A0", "\u2009", "\u2028", "\xC2\x85"};

  for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
    static const char *const behind[] = {"", "谢谢", "next", " next", "。"};
    for (gsize j = 0; j < G_N_ELEMENTS(behind); j++) {
      g_autofree char *text = g_strconcat("打开https://a.test/verify?t=ab12", marks[i], behind[j], NULL);
      g_autofree char *urls = urls_of(text, NULL);
      if (strcmp(urls, "https://a.test/verify?t=ab12") != 0)
        g_error("\"%s\": \"%s\"", text, urls);
    }
  }
}

static void ends_are_where_a_reader_sees_them(void) {
  static const Row rows[] = {
      {"(https://a.test/x).", "https://a.test/x"},
      {"(https://a.test/x)和", "https://a.test/x"},
      {"[go](https://a.test/x)now [https://b.test/y] {https://c.test}",
       "https://a.test/x https://b.test/y https://c.test"},
      {"https://en.wikipedia.org/wiki/Mail_(disambiguation)", "https://en.wikipedia.org/wiki/Mail_(disambiguation)"},
      {"(see https://en.wikipedia.org/wiki/Mail_(x))", "https://en.wikipedia.org/wiki/Mail_(x)"},
      {"https://a.test/x?!... https://b.test/x;", "https://a.test/x https://b.test/x"},
      {"'https://a.test/x' and \"https://b.test/y\",", "https://a.test/x https://b.test/y"},
      {"https://a.test/it's", "https://a.test/it's"},
      {"**https://a.test/x** __https://b.test/y__ ~https://c.test/z~",
       "https://a.test/x https://b.test/y https://c.test/z"},
      {"https://a.test/?t=abc_ https://b.test/?t=abc-", "https://a.test/?t=abc_ https://b.test/?t=abc-"},
      {"https://a.test/verify?t=abをクリック", "https://a.test/verify?t=ab"},
      {"请访问https://a.example.com查看", "https://a.example.com"},
      {"https://例え.test/パスe/x", "https://例え.test/パスe/x"},
      {"https://abc商店.test/x", "https://abc商店.test/x"},
      {"https://a.test/?q=日本語2024年", "https://a.test/?q=日本語2024年"},
      {"https://a.test/ก", "https://a.test/ก"},
      {"https://a.test/xคลิก", "https://a.test/x"},
      {"https://bücher.example/straße?ä=ö#ü", "https://bücher.example/straße?ä=ö#ü"},
      {"https://пример.рф/путь, и", "https://пример.рф/путь"},
      {"http://[::1]:8025/x http://[2001:db8::1]/ http://127.0.0.1:8025/#/a?b",
       "http://[::1]:8025/x http://[2001:db8::1]/ http://127.0.0.1:8025/#/a?b"},
      {"www.example.com/x, www.пример.рф.", "http://www.example.com/x http://www.пример.рф"},
      {"https://u:p@a.test:8443/x;y=1,2/@z/~t/%7E+&=!$'*(1)", "https://u:p@a.test:8443/x;y=1,2/@z/~t/%7E+&=!$'*(1)"},
      /* what cannot be seen */
      {"https://a.test/\u200Bverify?t=\u00ADab\u2060cd\uFEFF", "https://a.test/verify?t=abcd"},
      {"\u200Ehttps://a.test/x\u200E \u2066https://b.test/y\u2069.", "https://a.test/x https://b.test/y"},
      {"https://a.test/x\u200Bและ", "https://a.test/x"},
      {"https://a.test/گزارش\u200Cها", "https://a.test/گزارش\u200Cها"},
      /* broken by line ends, in angle brackets */
      {"<https://a.test/a/long/path/\nverify?t=ab\n12>", "https://a.test/a/long/path/verify?t=ab12"},
      {"<URL:https://a.test/a/\r\n  b> <https://b.test/x>", "https://a.test/a/b https://b.test/x"},
      {"<https://a.test/a\n\nb> <https://b.test/x y>", "https://a.test/a https://b.test/x"},
      {"<https://a.test/a\nhttps://b.test/b", "https://a.test/a https://b.test/b"},
      {"https://a.test/a\nb", "https://a.test/a"},
      /* schemes of apps */
      {"myapp://verify?token=ab12, exp://127.0.0.1:8081/--/x intent://x/#Intent;scheme=https;end",
       "myapp://verify?token=ab12 exp://127.0.0.1:8081/--/x intent://x/#Intent;scheme=https;end"},
      {"com.example.app:/oauth?code=ab12。 de.example:/x", "com.example.app:/oauth?code=ab12 de.example:/x"},
      {"host.test:/srv/x com.:/x tel:+49301 javascript://%0aalert(1) file:///etc/passwd data://x vbscript://x "
       "view-source:https://c.test blob:https://d.test/x",
       "https://c.test https://d.test/x"},
  };

  assert_urls(rows, G_N_ELEMENTS(rows), FALSE);
}

static void relative_links_take_the_base(void) {
  static const Row rows[] = {
      {"<base href='https://a.test/mail/'><a href='verify?t=1'>x</a>", "https://a.test/mail/verify?t=1"},
      {"<a href=../x#y>x</a><base href=https://a.test/b/c/d>", "https://a.test/b/x#y"},
      {"<base target=_top><base href=https://a.test/><base href=https://b.test/><a href=/x>x</a>", "https://a.test/x"},
      {"<base href='javascript:1'><base href=https://b.test/><a href=x>x</a>", ""},
      {"<base href='data:text/html,x'><a href=x>x</a><a href=https://a.test/>x</a>", "https://a.test/"},
      {"<base href=/relative/><a href=x>x</a>", ""},
      {"<base href='https://a.test; x'><a href=y>x</a>", ""},
      {"<base href='https://a.test/'><a href='//b.test;x'>x</a><a href='//'>x</a><a href='///x'>x</a>", ""},
      {"<base href='https://'><a href=y>x</a>", ""},
      {"<base href=//a.test/b/><a href=x>x</a>", "https://a.test/b/x"},
      {"<!-- <base href=https://a.test/> --><a href=x>x</a>", ""},
      {"<base href=https://a.test/b?c#d><a href='?e'>x</a><a href='#f'>x</a><a href=''>x</a>",
       "https://a.test/b?e https://a.test/b?c"},
      {"<base href=https://a.test/><a href='//b.test/x'>x</a><a href='http://c.test'>x</a><a "
       "href='mailto:x@d.test'>x</a>",
       "https://b.test/x http://c.test mailto:x@d.test"},
      {"<base href=https://a.test/b/><img src=i.png><link rel=stylesheet href=s.css>",
       "https://a.test/b/i.png https://a.test/b/s.css"},
      {"<base href=https://a.test/><a href='a b\\c'>x</a><a href='日本'>x</a>",
       "https://a.test/a%20b/c https://a.test/%E6%97%A5%E6%9C%AC"},
      {"<a href='//a.test/x'>x</a><a href=x>x</a>", "https://a.test/x"},
      /* schemes */
      {"<a href='myapp://x?t=1'>x</a><a href='com.example.app:/x'>x</a><a href='tel:+4930'>x</a><a "
       "href='sms:1?body=x'>x</a>"
       "<a href='whatsapp:x'>x</a>",
       "myapp://x?t=1 com.example.app:/x tel:+4930 sms:1?body=x whatsapp:x"},
      {"<a href=' jAvA\nscript:alert(1)'>x</a><a href='vbscript:x'>x</a><a href='data:x'>x</a><a href='file:///x'>x</a>"
       "<a href='cid:x'>x</a><a href='about:blank'>x</a><a href='myapp:'>x</a>",
       ""},
      {"<img src='myapp://x'><img src='ftp://a.test/x'>", "ftp://a.test/x"},
      /* written out */
      {"<p>https://a.test/a/<wbr>verify?t=&shy;ab12</p>", "https://a.test/a/verify?t=ab12"},
      {"<a href='https://a.test/'>https://shown.test/</a> https://b.test/", "https://a.test/ https://b.test/"},
  };

  assert_urls(rows, G_N_ELEMENTS(rows), TRUE);
}

static void contexts_are_what_stands_before(void) {
  g_autoptr(GPtrArray) links =
      links_find("Please\nconfirm: https://a.test/x now",
                 "<p>Dear Ann,</p><p>to log in <a href='https://b.test/'>click here</a>.", NULL);
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
    g_autoptr(GPtrArray) links = links_find(text->str, text->str, NULL);
    const MessageLink *link = g_ptr_array_index(links, 0);
    g_assert_true(g_utf8_validate(link->context, -1, NULL));
    g_assert_cmpuint(strlen(link->context), <=, LINK_CONTEXT_BYTES + 32);
  }
}

static void numbers_and_lengths_are_bounded(void) {
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; i < LINKS_MAX + 1; i++)
    g_string_append_printf(text, "https://a.test/%u\n", i);
  g_autoptr(GPtrArray) links = links_find(text->str, NULL, NULL);
  g_assert_cmpuint(links->len, ==, LINKS_MAX);

  for (gsize len = LINK_URL_BYTES_MAX - 1; len <= LINK_URL_BYTES_MAX + 1; len++) {
    g_autofree char *path = g_strnfill(len - strlen("https://"), 'a');
    g_autofree char *url = g_strconcat("https://", path, NULL);
    g_autoptr(GPtrArray) one = links_find(url, NULL, NULL);
    g_assert_cmpuint(one->len, ==, len <= LINK_URL_BYTES_MAX ? 1 : 0);
  }
}

static void a_long_base_address_gives_fewer_links(void) {
  enum { BASE_BYTES = 900 };
  g_autofree char *base = g_strnfill(BASE_BYTES, 'b');
  g_autoptr(GString) html = g_string_new(NULL);
  gsize n_bytes = 0;

  g_string_append_printf(html, "<base href=https://a.test/%s/>", base);
  for (guint i = 0; i < LINKS_MAX; i++)
    g_string_append_printf(html, "<a href=%u>x</a>", i);
  g_autoptr(GPtrArray) links = links_find(NULL, html->str, NULL);
  for (guint i = 0; i < links->len; i++)
    n_bytes += strlen(((const MessageLink *)g_ptr_array_index(links, i))->url);
  gsize n_bytes_max = 2 * html->len + HTML_BASE_SPARE_BYTES;
  g_assert_cmpuint(n_bytes, <=, n_bytes_max);
  g_assert_cmpuint(n_bytes, >, n_bytes_max - 2 * BASE_BYTES);
}

static void hostile_text_takes_linear_time(void) {
  static const char *const units[] = {"https://a",
                                      "h",
                                      "<a href=https://a>",
                                      "<a href=https://a>x",
                                      "<img alt=x>",
                                      "https://a ",
                                      ".",
                                      "https://a)",
                                      "mailto:x,",
                                      "<https://a\n",
                                      "www.a查",
                                      "a.",
                                      "a://",
                                      "https://a查",
                                      "https://a\u200B",
                                      "<base href=https://a><a href=b>",
                                      "<wbr>x"};

  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 2000000)
      g_string_append(text, units[i]);
    g_autoptr(GPtrArray) links = links_find(text->str, text->str, NULL);
    g_assert_cmpuint(links->len, <=, LINKS_MAX);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/links/" #name, name)
  ADD(links_are_found);
  ADD(punctuation_of_any_script_ends_a_url);
  ADD(ends_are_where_a_reader_sees_them);
  ADD(relative_links_take_the_base);
  ADD(contexts_are_what_stands_before);
  ADD(contexts_are_cut_between_characters);
  ADD(numbers_and_lengths_are_bounded);
  ADD(a_long_base_address_gives_fewer_links);
  ADD(hostile_text_takes_linear_time);
#undef ADD
  return g_test_run();
}
