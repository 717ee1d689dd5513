/* A link of a message, and a reference relative to it after the first line end. What is read can be sent in a request,
 * and is read as the same again. */
#include "fuzz.h"
#include "syntax/http_head.h"
#include "syntax/web_url.h"
#include <string.h>

static void check_url(const char *text, const WebUrl *base, WebUrl *out_url) {
  g_autoptr(GError) error = NULL;
  g_auto(WebUrl) again = {0};

  if (!web_url_parse(text, base, out_url, &error)) {
    g_assert_true(g_str_is_ascii(error->message) && !out_url->text);
    return;
  }
  for (const char *byte = out_url->text; *byte != '\0'; byte++)
    g_assert_true(g_ascii_isgraph(*byte));
  g_assert_true(out_url->target[0] == '/' && strlen(out_url->target) <= HTTP_TARGET_MAX);
  g_assert_true(!strpbrk(out_url->authority, "@/?#") && !strchr(out_url->target, '#'));
  g_assert_true(out_url->host.port > 0);
  if (strlen(out_url->text) > WEB_URL_MAX)
    return;
  g_assert_true(web_url_parse(out_url->text, NULL, &again, NULL));
  g_assert_cmpstr(again.text, ==, out_url->text);
  g_assert_false(again.had_login);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  g_autofree char *text = g_strndup((const char *)bytes, n_bytes);
  char *reference = strchr(text, '\n');
  g_auto(WebUrl) url = {0};
  g_auto(WebUrl) next = {0};

  if (reference)
    *reference++ = '\0';
  check_url(text, NULL, &url);
  if (reference && url.text)
    check_url(reference, &url, &next);
  return 0;
}
