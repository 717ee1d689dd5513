#include "api/html_view.h"
#include <string.h>

static Message *parse_mail(void) {
  static const char mail[] = "Content-Type: multipart/related; boundary=b\n\n"
                             "--b\nContent-Type: text/html\n\n<p>\n"
                             "--b\nContent-Type: image/png\nContent-ID: <a@b>\n\nx\n"
                             "--b\nContent-Type: image/png\nContent-ID: <with space%>\n\nx\n--b--\n";
  g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));

  return message_parse(bytes, 0);
}

static const struct {
  const char *html;
  gboolean embeds;
  const char *view;
} vectors[] = {
    {"", FALSE, ""},
    {"<img src=\"cid:a@b\">", FALSE, "<img src=\"/p/2\">"},
    {"<img src='CID:a@b'><img src=cid:a@b>", FALSE, "<img src='/p/2'><img src=/p/2>"},
    {"<img src=\"cid:a%40b\">", FALSE, "<img src=\"/p/2\">"},
    {"<img src=\"cid:with%20space%25\">", FALSE, "<img src=\"/p/3\">"},
    {"<p style=\"background:url(cid:a@b)\">", FALSE, "<p style=\"background:url(/p/2)\">"},
    {"<img src=\"cid:other\">", FALSE, "<img src=\"cid:other\">"},
    {"<img src=\"cid:%zz\">", FALSE, "<img src=\"cid:%zz\">"},
    {"<img src=\"cid:%00\">", FALSE, "<img src=\"cid:%00\">"},
    {"an acid:a@b test", FALSE, "an acid:a@b test"},
    {"cid:a@b", FALSE, "cid:a@b"},
    {"\"cid:", FALSE, "\"cid:"},
    {"<a href=x>y</a>", FALSE, "<a href=x>y</a>"},
    {"<a href=x>y</a>", TRUE, "<a target=\"_blank\" rel=\"noreferrer noopener\" href=x>y</a>"},
    {"<A>y<area href=x>", TRUE,
     "<A target=\"_blank\" rel=\"noreferrer noopener\">y<area target=\"_blank\" rel=\"noreferrer noopener\" href=x>"},
    {"<abbr>y</abbr><!-- <a> --><a", TRUE,
     "<abbr>y</abbr><!-- <a> --><a target=\"_blank\" rel=\"noreferrer noopener\""},
};

static void views_are_rewritten(void) {
  g_autoptr(Message) message = parse_mail();

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    const HtmlViewOptions options = {.parts_path = "/p/", .opens_elsewhere = vectors[i].embeds};
    g_autofree char *view = html_view_print(vectors[i].html, message, &options);
    g_assert_cmpstr(view, ==, vectors[i].view);
  }
}

/* Relative addresses are whole where the HTML says what they are relative to, and end nothing they stand in. */
static void relative_addresses_are_made_whole(void) {
  static const struct {
    const char *html;
    const char *view;
  } rows[] = {
      {"<a href=\"v?t=1&amp;u\">x</a>", "<a href=\"https://a.test/m/v?t=1&amp;u\">x</a>"},
      {"<a href='#top'>x</a><a href='mailto:x'>x</a><a href='javascript:x'>x</a><a href='cid:a@b'>x</a>",
       "<a href='#top'>x</a><a href='mailto:x'>x</a><a href='javascript:x'>x</a><a href='/p/2'>x</a>"},
      {"<a href=a'b\"c&gt;>x</a>", "<a href=https://a.test/m/a&apos;b&quot;c&gt;>x</a>"},
      {"<img src=i.png><img srcset='i.png 1x, cid:a@b 2x'>",
       "<img src=https://a.test/m/i.png><img srcset='https://a.test/m/i.png 1x, /p/2 2x'>"},
      {"<p style='background:url(i.png)'>", "<p style='background:url(https://a.test/m/i.png)'>"},
      {"<style>p{background:url(\"i&)(.png\")}</style>",
       "<style>p{background:url(\"https://a.test/m/i&%29%28.png\")}</style>"},
      {"<a href=//b.test/>x</a>", "<a href=https://b.test/>x</a>"},
  };
  g_autoptr(Message) message = parse_mail();

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *html = g_strconcat("<base href=https://a.test/m/>", rows[i].html, NULL);
    g_autofree char *view = html_view_print(html, message, &(HtmlViewOptions){.parts_path = "/p/"});
    g_assert_cmpstr(view + strlen("<base href=https://a.test/m/>"), ==, rows[i].view);
  }
  g_autofree char *view = html_view_print("<a href=x>y</a><img src=z>", message, &(HtmlViewOptions){0});
  g_assert_cmpstr(view, ==, "<a href=x>y</a><img src=z>");
}

static void pictures_without_a_type_are_known_by_their_bytes(void) {
  static const char mail[] = "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>\n"
                             "--b\nContent-Type: application/octet-stream; name=a.gif\n\nGIF89a\n"
                             "--b\nContent-Type: application/octet-stream; name=b.html\n\n<html>\n--b--\n";
  g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autofree char *view = html_view_print("<img src=a.gif><img src=b.html>", message, &(HtmlViewOptions){0});

  g_assert_cmpstr(view, ==, "<img src=data:image/gif;base64,R0lGODlh><img src=b.html>");
}

static void frames_have_their_pictures_in_them(void) {
  g_autoptr(Message) message = parse_mail();
  g_autofree char *view = html_view_print("<img src=cid:a@b><img src='cid:other'>", message, &(HtmlViewOptions){0});

  g_assert_cmpstr(view, ==, "<img src=data:image/png;base64,eA==><img src='cid:other'>");
}

static void a_page_holds_so_many_bytes_of_pictures(void) {
  g_autoptr(GString) mail = g_string_new("Content-Type: multipart/related; boundary=b\n\n--b\n"
                                         "Content-Type: image/png\nContent-ID: <big>\n\n");
  g_autoptr(GString) html = g_string_new(NULL);
  enum { PICTURE_BYTES = 3 * 1024 * 1024, N_SHOWN = HTML_VIEW_PICTURES_MAX / (4 * 1024 * 1024 + 64) };

  for (gsize i = 0; i < PICTURE_BYTES; i++)
    g_string_append_c(mail, 'x');
  g_string_append(mail, "\n--b--\n");
  for (gsize i = 0; i < N_SHOWN + 2; i++)
    g_string_append(html, "<img src=cid:big>");
  g_autoptr(GBytes) bytes = g_bytes_new_static(mail->str, mail->len);
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autofree char *view = html_view_print(html->str, message, &(HtmlViewOptions){0});

  g_assert_cmpuint(strlen(view), <=, HTML_VIEW_PICTURES_MAX + html->len);
  g_assert_true(g_str_has_suffix(view, "><img src=cid:big><img src=cid:big>"));
  g_assert_false(g_str_has_suffix(view, "<img src=cid:big><img src=cid:big><img src=cid:big>"));
}

static void nothing_stays_that_connects_by_itself(void) {
  static const char html[] =
      "<!-- --!><LINK rel=preconnect href=//x><p title='<link'>a<blink>b<Iframe><frameset><frames";
  g_autoptr(Message) message = parse_mail();
  g_autofree char *view = html_view_print(html, message, &(HtmlViewOptions){0});
  g_autofree char *remote = html_view_print(html, message, &(HtmlViewOptions){.keeps_links = TRUE});

  g_assert_cmpstr(
      view, ==, "<!-- --!><x-LINK rel=preconnect href=//x><p title='<x-link'>a<blink>b<x-Iframe><x-frameset><x-frames");
  g_assert_cmpstr(remote, ==,
                  "<!-- --!><LINK rel=preconnect href=//x><p title='<link'>a<blink>b<x-Iframe><x-frameset><x-frames");
}

static void the_heading_is_text(void) {
  static const char mail[] = "From: \"<b>&\" <a@b.example>\nSubject: =?utf-8?q?<script>?= (cid:a@b)\n"
                             "Content-Type: image/png\nContent-ID: <a@b>\n\nx";
  g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autofree char *view =
      html_view_print("<!doctype html><body class=x><p>y", message, &(HtmlViewOptions){.has_heading = TRUE});

  g_assert_true(g_str_has_prefix(view, "<!doctype html><body class=x><div"));
  g_assert_nonnull(strstr(view, "<b>Subject:</b> &lt;script&gt; (cid:a@b)</div>"));
  g_assert_nonnull(strstr(view, "&lt;b&gt;&amp;"));
  g_assert_true(g_str_has_suffix(view, "</div><p>y"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/html_view/views_are_rewritten", views_are_rewritten);
  g_test_add_func("/html_view/relative_addresses_are_made_whole", relative_addresses_are_made_whole);
  g_test_add_func("/html_view/pictures_without_a_type_are_known_by_their_bytes",
                  pictures_without_a_type_are_known_by_their_bytes);
  g_test_add_func("/html_view/frames_have_their_pictures_in_them", frames_have_their_pictures_in_them);
  g_test_add_func("/html_view/a_page_holds_so_many_bytes_of_pictures", a_page_holds_so_many_bytes_of_pictures);
  g_test_add_func("/html_view/nothing_stays_that_connects_by_itself", nothing_stays_that_connects_by_itself);
  g_test_add_func("/html_view/the_heading_is_text", the_heading_is_text);
  return g_test_run();
}
