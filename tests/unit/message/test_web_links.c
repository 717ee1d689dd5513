#include "message/list_unsubscribe.h"
#include "message/web_links.h"
#include <string.h>

static Message *parse(const char *text) {
  g_autoptr(GBytes) octets = g_bytes_new(text, strlen(text));

  return message_parse(octets, 0);
}

static char *join(GPtrArray *strings) {
  g_ptr_array_add(strings, NULL);
  return g_strjoinv(" ", (char **)strings->pdata);
}

static void links_are_found_and_trimmed(void) {
  static const struct {
    const char *text;
    const char *links;
  } vectors[] = {
      {"nothing", ""},
      {"http://a.example", "http://a.example"},
      {"HTTPS://A.example/x?y#z.", "HTTPS://A.example/x?y#z"},
      {"(http://a.example/b), <http://c.example>; \"http://d.example\"",
       "http://a.example/b http://c.example http://d.example"},
      {"http://a.example/b_(c)", "http://a.example/b_(c)"},
      {"http://a.example http://a.example", "http://a.example"},
      {"http:// https:// ftp://a.example mailto:a@b", ""},
      {"http://a.example\nhttp://b.example", "http://a.example http://b.example"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *mail = g_strconcat("Subject: x\n\n", vectors[i].text, NULL);
    g_autoptr(Message) message = parse(mail);
    g_autoptr(GPtrArray) links = web_links_find(message);
    g_autofree char *joined = join(links);
    g_assert_cmpstr(joined, ==, vectors[i].links);
  }
}

static void html_has_links_in_attributes(void) {
  g_autoptr(Message) message = parse(
      "Content-Type: text/html\n\n<a href=' http://a.example/?b&amp;c '>http://in.text</a><IMG SRC=http://d.example>"
      "<link rel=StyleSheet href=http://e.example><link rel=icon href=http://f.example><area href=http://g.example>"
      "<script>'<a href=http://h.example>'</script>");
  g_autoptr(GPtrArray) links = web_links_find(message);
  g_autofree char *joined = join(links);

  g_assert_cmpstr(joined, ==, "http://a.example/?b&c http://d.example http://e.example http://g.example");
}

static void links_have_limits(void) {
  g_autoptr(GString) text = g_string_new("\n");
  for (guint i = 0; i <= WEB_LINKS_MAX; i++)
    g_string_append_printf(text, "http://a.example/%u ", i);
  g_autoptr(Message) many = parse(text->str);
  g_autoptr(GPtrArray) links = web_links_find(many);
  g_assert_cmpuint(links->len, ==, WEB_LINKS_MAX);

  g_autofree char *path = g_strnfill(WEB_LINK_OCTETS_MAX, 'x');
  g_autofree char *mail = g_strconcat("\nhttp://", path, NULL);
  g_autoptr(Message) message = parse(mail);
  g_autoptr(GPtrArray) none = web_links_find(message);
  g_assert_cmpuint(none->len, ==, 0);
}

static void list_unsubscribe_is_read_and_judged(void) {
  static const struct {
    const char *header;
    const char *post;
    const char *links;
    const char *problem; /* a part of it; "": none */
  } vectors[] = {
      {"<mailto:a@b>", NULL, "mailto:a@b", ""},
      {"<https://a/>,\n <mailto:a@b>", NULL, "https://a/ mailto:a@b", ""},
      {"<https://a/>", "List-Unsubscribe=One-Click", "https://a/", ""},
      {"<http://a/>", "List-Unsubscribe=One-Click", "http://a/", "needs a link with https:"},
      {"<https://a/>", "Yes", "https://a/", "List-Unsubscribe=One-Click"},
      {"<https://a/> <https://b/>", NULL, "https://a/ https://b/", "commas"},
      {"https://a/", NULL, "", "angle brackets"},
      {"<https://a/", NULL, "", "angle brackets"},
      {"<https://a/>, ", NULL, "https://a/", "angle brackets"},
      {"<tel:1>", NULL, "tel:1", "mailto:"},
      {"", NULL, "", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *post =
        vectors[i].post ? g_strdup_printf("List-Unsubscribe-Post: %s\n", vectors[i].post) : g_strdup("");
    g_autofree char *mail = g_strdup_printf("List-Unsubscribe: %s\n%s\n", vectors[i].header, post);
    g_autoptr(Message) message = parse(mail);
    g_autoptr(ListUnsubscribe) read = list_unsubscribe_read(message);
    g_autofree char *joined = join(read->links);
    g_assert_cmpstr(joined, ==, vectors[i].links);
    g_assert_true(*vectors[i].problem != '\0' ? strstr(read->problem, vectors[i].problem) != NULL
                                              : *read->problem == '\0');
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/web_links/links_are_found_and_trimmed", links_are_found_and_trimmed);
  g_test_add_func("/web_links/html_has_links_in_attributes", html_has_links_in_attributes);
  g_test_add_func("/web_links/links_have_limits", links_have_limits);
  g_test_add_func("/list_unsubscribe/it_is_read_and_judged", list_unsubscribe_is_read_and_judged);
  return g_test_run();
}
