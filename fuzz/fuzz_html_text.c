/* HTML made text, its links, and the codes in what it shows. What is read up to a limit is the beginning of what is
 * read whole. */
#include "fuzz.h"
#include "message/codes.h"
#include "message/html_text.h"
#include "message/text_urls.h"

#include <string.h>

static void check_flags(const char *html, HtmlTextFlags flags) {
  enum { SOME_BYTES = 40 };
  g_autofree char *whole = html_text(html, flags, G_MAXSIZE);
  g_autofree char *start = html_text(html, flags, SOME_BYTES);

  g_assert_true(g_utf8_validate(whole, -1, NULL));
  g_assert_true(g_utf8_validate(start, -1, NULL));
  /* A link that was under way is ended when reading stops. */
  if (!(flags & HTML_TEXT_LINKS))
    g_assert_true(g_str_has_prefix(whole, start));
}

/* URLs come in their order, lie inside the text and do not overlap. */
static void check_urls(const char *text) {
  gsize len = strlen(text);
  gsize last_end = 0;
  TextUrl url;

  for (gsize at = 0; text_urls_next(text, len, &at, &url); g_free(url.url)) {
    g_assert_true(last_end <= url.start && url.start < url.end && url.end <= at && at <= len);
    g_assert_true(g_utf8_validate(text + url.start, (gssize)(url.end - url.start), NULL));
    g_assert_true(strlen(url.url) <= TEXT_URL_BYTES_MAX && url_is_safe_link(url.url));
    last_end = url.end;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autofree char *html = g_utf8_make_valid((const char *)bytes, (gssize)len);

  check_flags(html, 0);
  check_flags(html, HTML_TEXT_LINES);
  check_flags(html, HTML_TEXT_LINKS);
  check_flags(html, HTML_TEXT_LINES | HTML_TEXT_LINKS);

  g_autofree char *text = html_text(html, HTML_TEXT_LINES, G_MAXSIZE);
  check_urls(html);
  check_urls(text);
  g_autoptr(GPtrArray) links = links_find(text, html, NULL);
  g_assert_cmpuint(links->len, <=, LINKS_MAX);
  for (guint i = 0; i < links->len; i++) {
    const MessageLink *link = g_ptr_array_index(links, i);
    g_assert_true(g_utf8_validate(link->url, -1, NULL));
    g_assert_true(g_utf8_validate(link->text, -1, NULL));
    g_assert_true(g_utf8_validate(link->context, -1, NULL));
    g_assert_null(strpbrk(link->url, "\t\r\n"));
  }
  g_autoptr(GPtrArray) codes = codes_find(text, text, links);
  for (guint i = 0; i < codes->len; i++) {
    const MessageCode *code = g_ptr_array_index(codes, i);
    g_assert_true(g_utf8_validate(code->value, -1, NULL));
    g_assert_true(g_utf8_validate(code->context, -1, NULL));
    g_assert_cmpuint(code->confidence, >=, CODE_CONFIDENCE_MIN);
  }
  return 0;
}
