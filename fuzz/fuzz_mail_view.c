/* A message as the API shows it: links, how to unsubscribe, and its HTML with pictures and links rewritten. */
#include "api/html_view.h"
#include "fuzz.h"
#include "message/links.h"
#include "message/list_unsubscribe.h"
#include "message/remote_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autoptr(GBytes) input = g_bytes_new(bytes, len);
  g_autoptr(Message) message = message_parse(input, 0);
  g_autoptr(GPtrArray) links = message_links(message);
  g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(message);
  g_autofree char *html = message_html(message);
  const HtmlViewOptions frame = {.opens_elsewhere = TRUE, .keeps_links = TRUE, .darkens = TRUE, .has_heading = TRUE};
  const HtmlViewOptions alone = {.parts_path = "/parts/", .opens_elsewhere = TRUE};
  g_autofree char *framed = html ? html_view_print(html, message, &frame) : NULL;
  g_autofree char *view = html ? html_view_print(html, message, &alone) : NULL;
  g_autoptr(OwnParts) parts = own_parts_new(message, html ? html : "");
  g_autoptr(GPtrArray) remote = remote_content_find(html ? html : "", parts);

  g_assert_true(links->len <= LINKS_MAX && unsubscribe->links->len <= LIST_UNSUBSCRIBE_LINKS_MAX);
  g_assert_true(remote->len <= REMOTE_REFERENCES_MAX);
  if (view)
    g_assert_true(g_utf8_validate(view, -1, NULL) && g_utf8_validate(framed, -1, NULL));
  return 0;
}
