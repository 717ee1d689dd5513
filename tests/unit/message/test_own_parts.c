#include "message/html_addresses.h"
#include "message/own_parts.h"
#include "message/remote_content.h"
#include <string.h>

static const char mail[] =
    "Content-Type: multipart/related; boundary=b\nContent-Base: \"https://base.test/dir/\"\n\n"
    "--b\nContent-Type: text/html\n\n<p>\n"
    "--b\nContent-Type: image/png; name=\"Logo One.png\"\nContent-ID: <Logo@Shop.example>\n\nx\n"
    "--b\nContent-Type: image/png\nContent-ID: bare\nContent-Location: images/head.png\n\nx\n"
    "--b\nContent-Type: image/png\nContent-ID: < blank id @x >\nContent-Location: https://a.test/\n foot.png\n\nx\n"
    "--b\nContent-Type: image/png\nContent-ID: <p%20q@x>\nContent-Location: cid:odd\n\nx\n"
    "--b\nContent-Type: image/png; name=logo.png\nContent-Disposition: attachment\n\nx\n--b--\n";

static Message *parse(void) {
  g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));

  return message_parse(bytes, 0);
}

static void parts_are_found_by_what_names_them(void) {
  static const struct {
    const char *address;
    const char *part; /* "": none */
    OwnPartMatch match;
  } rows[] = {
      {"cid:Logo@Shop.example", "2", OWN_PART_BY_ID},
      {"CID:Logo%40Shop.example", "2", OWN_PART_BY_ID},
      {"cid:logo@shop.EXAMPLE", "2", OWN_PART_BY_LIKE_ID},
      {"cid:logo", "2", OWN_PART_BY_LIKE_ID},
      {" cid:<Logo@Shop.example> \n", "2", OWN_PART_BY_LIKE_ID},
      {"cid:logo one.png", "2", OWN_PART_BY_NAME},
      {"Logo%20One.png", "2", OWN_PART_BY_NAME},
      {"./img/LOGO ONE.PNG?v=2#x", "2", OWN_PART_BY_NAME},
      {"cid:bare", "3", OWN_PART_BY_ID},
      {"cid:bare@anywhere", "3", OWN_PART_BY_LIKE_ID},
      {"images/head.png", "3", OWN_PART_BY_LOCATION},
      {"https://base.test/dir/images/head.png", "3", OWN_PART_BY_LOCATION},
      {"../dir/images/head.png", "3", OWN_PART_BY_LOCATION},
      {"https://a.test/foot.png", "4", OWN_PART_BY_LOCATION},
      {"cid:blank%20id%20@x", "4", OWN_PART_BY_ID},
      {"cid:p%20q@x", "5", OWN_PART_BY_LIKE_ID},
      {"cid:odd", "5", OWN_PART_BY_LOCATION},
      {"logo.png", "6", OWN_PART_BY_NAME},
      {"", "", 0},
      {"#logo.png", "", 0},
      {"cid:", "", 0},
      {"cid:other", "", 0},
      {"head.jpg", "", 0},
      {"https://b.test/logo.png", "", 0},
      {"//b.test/logo.png", "", 0},
      {"data:image/png,logo.png", "", 0},
      {"file:///logo.png", "", 0},
  };
  g_autoptr(Message) message = parse();
  g_autoptr(OwnParts) parts = own_parts_new(message, "");

  g_autofree char *beside = html_base_resolve(own_parts_base(parts), "a.png");

  g_assert_cmpstr(beside, ==, "https://base.test/dir/a.png");
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    OwnPartMatch match = 0;
    const MessagePart *part = own_parts_find(parts, rows[i].address, &match);
    if (strcmp(part ? part->part_id : "", rows[i].part) != 0 || match != rows[i].match)
      g_error("\"%s\": part \"%s\", %d", rows[i].address, part ? part->part_id : "", match);
  }
}

static void a_base_element_leads_elsewhere(void) {
  static const char html[] = "<base href=https://b.test/><img src=logo.png><img src=images/head.png>";
  g_autoptr(Message) message = parse();
  g_autoptr(OwnParts) parts = own_parts_new(message, html);

  g_autofree char *beside = html_base_resolve(own_parts_base(parts), "a.png");

  g_assert_cmpstr(beside, ==, "https://b.test/a.png");
  g_assert_null(own_parts_find(parts, "logo.png", NULL));
  g_autoptr(GPtrArray) remote = remote_content_find(html, parts);
  g_assert_cmpuint(remote->len, ==, 1);
  g_assert_cmpstr(((const RemoteReference *)g_ptr_array_index(remote, 0))->url, ==, "https://b.test/logo.png");
}

static void what_is_in_the_message_is_not_elsewhere(void) {
  g_autoptr(Message) message = parse();
  static const char html[] =
      "<img src=https://a.test/foot.png><img srcset='images/head.png 1x, https://c.test/x.png 2x'>"
      "<p style=\"background:url('logo.png')\"><p background=rel.png>";
  g_autoptr(OwnParts) parts = own_parts_new(message, html);
  g_autoptr(GPtrArray) remote = remote_content_find(html, parts);

  g_assert_cmpuint(remote->len, ==, 2);
  g_assert_cmpstr(((const RemoteReference *)g_ptr_array_index(remote, 0))->url, ==, "https://c.test/x.png");
  g_assert_cmpstr(((const RemoteReference *)g_ptr_array_index(remote, 1))->url, ==, "https://base.test/dir/rel.png");
}

/* Each address as "kind text", with "|" between. */
static char *list(const char *html) {
  static const char *const kinds[] = {"link", "load", "cid"};
  GString *out = g_string_new(NULL);
  HtmlAddressReader reader;
  HtmlAddress address;

  html_address_reader_init(&reader, html);
  while (html_address_reader_next(&reader, &address)) {
    g_autofree char *text = html_address_read(&address, address.len);
    g_string_append_printf(out, "%s%s %s", out->len ? "|" : "", kinds[address.kind], text);
  }
  return g_string_free(out, FALSE);
}

static void addresses_are_found_where_they_are_written(void) {
  static const struct {
    const char *html;
    const char *found;
  } rows[] = {
      {"", ""},
      {"<a href='x'>src=y url(z)</a><area href=w>", "link x|link w"},
      {"<img alt='src=x' src=\"a&amp;b.png\" SRCSET='c.png 1x, d.png,e.png 2x'>",
       "load a&b.png|load c.png|load d.png,e.png"},
      {"<body background=a><video poster=b><svg><image xlink:href=c href=d>", "load a|load b|load c|load d"},
      {"<p style=\"background: url( a.png ), URL(&quot;b.png&quot;), url('c d.png')\">",
       "load a.png|load b.png|load c d.png"},
      {"<style>p{background:url(a&b.png)}</style><script>'src=x'</script><img src=y>", "load a&b.png|load y"},
      {"<v:fill src='cid:a b'><!--[if mso]><v:image src=\"cid:c d\" /><![endif]-->", "load cid:a b|cid cid:c d"},
      {"<div data-x='cid:a 1x'>\"cid:b\" cid:c, acid:d</div>", "cid cid:a 1x|cid cid:b|cid cid:c,"},
      {"<style>p{background:url(a", ""},
      {"<p style='background:url(a", "load a"},
      {"<img src=>", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *found = list(rows[i].html);
    g_assert_cmpstr(found, ==, rows[i].found);
  }
}

static void hostile_html_takes_linear_time(void) {
  static const char *const units[] = {
      "<a href=x>",       "cid:",           "\"cid:",  "url(", "<style>", "<style>url(", "<p style=\"url(",
      "<img srcset=\"a,", "<img srcset=a>", "'cid:a ", "<",    "<a "};

  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    g_autoptr(GString) html = g_string_new(NULL);
    while (html->len < 2000000)
      g_string_append(html, units[i]);
    g_autofree char *found = list(html->str);
    g_assert_nonnull(found);
  }
}

/* Else a few bytes for each link would become a thousand. */
static void a_base_adds_as_much_as_the_html_allows(void) {
  g_autofree char *path = g_strnfill(HTML_BASE_BYTES_MAX - strlen("https://a.test/"), 'x');
  g_autofree char *fits = g_strconcat("https://a.test/", path, NULL);
  g_autofree char *too_long = g_strconcat(fits, "x", NULL);
  enum { HTML_BYTES = 100000, N_MAX = (2 * HTML_BYTES + HTML_BASE_SPARE_BYTES) / (HTML_BASE_BYTES_MAX + 1) };
  g_autoptr(HtmlBase) base = html_base_new(fits, HTML_BYTES);

  g_assert_null(html_base_new(too_long, HTML_BYTES));
  g_assert_null(html_base_new("ftp://a.test/", HTML_BYTES));
  g_assert_null(html_base_new("relative", HTML_BYTES));
  for (guint i = 0; i <= N_MAX; i++) {
    g_autofree char *whole = html_base_resolve(base, "y");
    g_assert_cmpstr(whole, ==, i < N_MAX ? "https://a.test/y" : NULL);
  }
  g_autofree char *absolute = html_base_resolve(base, "https://b.test/");
  g_assert_cmpstr(absolute, ==, "https://b.test/");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/own_parts/" #name, name)
  ADD(parts_are_found_by_what_names_them);
  ADD(a_base_element_leads_elsewhere);
  ADD(what_is_in_the_message_is_not_elsewhere);
  ADD(addresses_are_found_where_they_are_written);
  ADD(a_base_adds_as_much_as_the_html_allows);
  ADD(hostile_html_takes_linear_time);
#undef ADD
  return g_test_run();
}
