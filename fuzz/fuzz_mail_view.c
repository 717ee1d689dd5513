/* A mail as the API shows it: links, how to unsubscribe, and its HTML with pictures and links rewritten. */
#include "api/html_view.h"
#include "fuzz.h"
#include "message/links.h"
#include "message/list_unsubscribe.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len) {
  g_autoptr(GBytes) bytes = g_bytes_new(octets, len);
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autoptr(GPtrArray) links = message_links(message);
  g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(message);
  g_autofree char *html = message_html(message);
  g_autofree char *view = html ? html_view_print(html, message, "/parts/", TRUE) : NULL;

  g_assert_true(links->len <= LINKS_MAX && unsubscribe->links->len <= LIST_UNSUBSCRIBE_LINKS_MAX);
  if (view)
    g_assert_true(g_utf8_validate(view, -1, NULL));
  return 0;
}
