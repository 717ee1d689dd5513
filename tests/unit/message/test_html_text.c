#include "message/html_text.h"

#include <string.h>

#define LINES HTML_TEXT_LINES
#define LINKS HTML_TEXT_LINKS

static const struct {
  const char *html;
  int flags;
  const char *text;
} vectors[] = {
    {"", 0, ""},
    {"plain", 0, "plain"},
    {"a  b\n\tc", 0, "a b c"},
    {"<p>a</p><p>b</p>", 0, "a b"},
    {"<p>a</p><p>b</p>", LINES, "a\n\nb"},
    {"<div>a</div><div>b</div>", LINES, "a\nb"},
    {"a<br>b<br/>c<br><br><br><br>d", LINES, "a\nb\nc\n\nd"},
    {"a<b>b</b>c", 0, "abc"},
    {"<td>a</td><td>b</td>", LINES, "a b"},
    {"<ul><li>a<li>b</ul>c", LINES, "- a\n- b\nc"},
    {"<pre>a\n  b</pre>", LINES, "a\n  b"},
    {"<pre>a\n  b</pre>", 0, "a b"},
    {"<img alt='logo' src=x> hi", LINES, "logo hi"},
    /* what is not shown */
    {"<style>p{}</style>a<script>if (1<2) '</p>'</script>b", 0, "ab"},
    {"<head><title>T</title></head><body>a</body>", 0, "a"},
    {"<STYLE>x</Style >a", 0, "a"},
    {"<!DOCTYPE html><!-- c > --> a <!--[if mso]><p>x</p><![endif]-->b<?php x ?>c", 0, "a bc"},
    {"a<!-->b", 0, "ab"},
    {"a<!-- never ends", 0, "a"},
    {"a<style>never ends", 0, "anever ends"},
    {"a&shy;b&zwnj;c\xE2\x80\x8B"
     "d",
     0, "abcd"},
    /* references */
    {"&lt;b&gt; &amp;amp; &euro; &#8364; &#x20ac; &#150;", 0, "<b> &amp; € € € –"},
    {"&check; &NotEqualTilde; &CounterClockwiseContourIntegral;", 0, "\u2713 \u2242\u0338 \u2233"},
    {"&nosuch; & &; &# &#x; &amp", 0, "&nosuch; & &; &# &#x; &amp"},
    {"&#0;&#xD800;&#99999999;&#1114112;", 0, "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"a&nbsp;&nbsp;b", 0, "a b"},
    /* no tags */
    {"1 < 2 and 3<4 <", 0, "1 < 2 and 3<4 <"},
    {"a <3 b", 0, "a <3 b"},
    /* tags that are broken */
    {"<a title='>'>b</a>", 0, "b"},
    {"<p class=\"never ends>a", 0, ""},
    {"<a don't>b", 0, "b"},
    {"a<b", 0, "a"},
    {"</>a</ b>", 0, "</>a</ b>"},
    /* links */
    {"<a href='https://x.test/?a=1&amp;b=2'>go</a> on", LINKS, "go (https://x.test/?a=1&b=2) on"},
    {"<a href=https://x.test/>https://x.test/</a>", LINKS, "https://x.test/"},
    {"<a href='https://x.test/'>go</a>", 0, "go"},
    {"<a href='javascript:x'>go</a><a name=x>y</a>", LINKS, "goy"},
    {"<a HREF = \"mailto:a@b\">mail", LINKS, "mail (mailto:a@b)"},
    {"<a href='http://a'>x<a href='http://b'>y</a>", LINKS, "x (http://a)y (http://b)"},
    {"<a href='https://x.test/'><img src=x></a>", LINKS, "(https://x.test/)"},
};

static void vectors_give_their_text(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *text = html_text(vectors[i].html, (HtmlTextFlags)vectors[i].flags, G_MAXSIZE);
    g_assert_cmpstr(text, ==, vectors[i].text);
  }
}

static void cut_anywhere_it_is_valid_utf8(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    for (gsize len = 0; len <= strlen(vectors[i].html); len++) {
      g_autofree char *start = g_strndup(vectors[i].html, len);
      if (!g_utf8_validate(start, -1, NULL))
        continue;
      g_autofree char *text = html_text(start, LINES | LINKS, G_MAXSIZE);
      g_assert_true(g_utf8_validate(text, -1, NULL));
    }
  }
}

static void reading_stops_when_there_is_enough(void) {
  g_autoptr(GString) html = g_string_new(NULL);

  while (html->len < 1000000)
    g_string_append(html, "<p>word</p>");
  g_autofree char *text = html_text(html->str, LINES, 100);
  g_assert_cmpuint(strlen(text), >=, 100);
  g_assert_cmpuint(strlen(text), <, 120);
}

/* What could be read again and again from each of its bytes: megabytes of it take less than the whole test's time. */
static void hostile_html_takes_linear_time(void) {
  static const char *const units[] = {"<",    "<!--",   "<style>",    "<a '",  "<a x=\"",
                                      "&",    "&#",     "<a href=x>", "<pre>", "</",
                                      "<li>", "<title", "<a ",        "x='",   "<script></scrip"};

  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    g_autoptr(GString) html = g_string_new(NULL);
    while (html->len < 4000000)
      g_string_append(html, units[i]);
    g_autofree char *text = html_text(html->str, LINES | LINKS, G_MAXSIZE);
    g_assert_true(g_utf8_validate(text, -1, NULL));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/html_text/" #name, name)
  ADD(vectors_give_their_text);
  ADD(cut_anywhere_it_is_valid_utf8);
  ADD(reading_stops_when_there_is_enough);
  ADD(hostile_html_takes_linear_time);
#undef ADD
  return g_test_run();
}
