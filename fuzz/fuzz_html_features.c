/* HTML and CSS of any kind: names of features are short and there are not too many. */
#include "fuzz.h"
#include "message/html_features.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autofree char *html = g_strndup((const char *)bytes, len);
  g_autoptr(HtmlFeatures) features = html_features_read(html);
  GHashTableIter iter;
  gpointer name;
  gpointer feature;

  g_hash_table_iter_init(&iter, features->found);
  while (g_hash_table_iter_next(&iter, &name, &feature))
    g_assert_cmpuint(((const HtmlFeature *)feature)->offset, <=, strlen(html));
  html_features_add_css(features, (const char *)bytes, len, FALSE);
  html_features_add_css(features, (const char *)bytes, len, TRUE);
  g_assert_true(g_hash_table_size(features->found) <= HTML_FEATURES_MAX);
  g_hash_table_iter_init(&iter, features->found);
  while (g_hash_table_iter_next(&iter, &name, &feature))
    g_assert_true(strlen(name) <= HTML_FEATURE_BYTES_MAX && ((const HtmlFeature *)feature)->count > 0);
  return 0;
}
