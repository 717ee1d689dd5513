/* HTML and CSS of any kind: names of features are short and there are not too many. */
#include "fuzz.h"
#include "message/html_features.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len) {
  g_autofree char *html = g_strndup((const char *)octets, len);
  guint n_elements;
  g_autoptr(GHashTable) features = html_features_count(html, &n_elements);
  GHashTableIter iter;
  gpointer name;
  gpointer count;

  html_features_add_css(features, (const char *)octets, len, FALSE);
  html_features_add_css(features, (const char *)octets, len, TRUE);
  g_assert_true(g_hash_table_size(features) <= HTML_FEATURES_MAX);
  g_hash_table_iter_init(&iter, features);
  while (g_hash_table_iter_next(&iter, &name, &count))
    g_assert_true(strlen(name) <= HTML_FEATURE_OCTETS_MAX && GPOINTER_TO_UINT(count) > 0);
  return 0;
}
