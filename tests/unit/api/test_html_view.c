#include "api/html_view.h"
#include <string.h>

static Message *parse_mail(void) {
  static const char mail[] = "Content-Type: multipart/related; boundary=b\n\n"
                             "--b\nContent-Type: text/html\n\n<p>\n"
                             "--b\nContent-Type: image/png\nContent-ID: <a@b>\n\nx\n"
                             "--b\nContent-Type: image/png\nContent-ID: <with space%>\n\nx\n--b--\n";
  g_autoptr(GBytes) octets = g_bytes_new_static(mail, strlen(mail));

  return message_parse(octets, 0);
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
    g_autofree char *view = html_view_print(vectors[i].html, message, "/p/", vectors[i].embeds);
    g_assert_cmpstr(view, ==, vectors[i].view);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/html_view/views_are_rewritten", views_are_rewritten);
  return g_test_run();
}
