#include "api/api_data.h"
#include "api/api_private.h"

static json_t *read_document(void) {
  g_autoptr(GBytes) bytes =
      g_resource_lookup_data(api_data_get_resource(), "/dsmtpd/openapi.json", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize len;
  const char *text = g_bytes_get_data(bytes, &len);
  json_error_t problem;
  json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);

  g_assert_nonnull(document);
  return document;
}

/* "GET /livez" of every row. */
static GHashTable *routes(void) {
  GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (const HttpRoute *const *table = api_tables; *table; table++)
    for (const HttpRoute *row = *table; row->pattern; row++)
      g_assert_true(g_hash_table_add(found, g_strdup_printf("%s %s", row->method, row->pattern)));
  return found;
}

static GHashTable *operations(const json_t *document) {
  GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const char *path;
  const char *method;
  json_t *methods;
  json_t *operation;

  json_object_foreach(json_object_get(document, "paths"), path, methods) {
    json_object_foreach(methods, method, operation) {
      g_autofree char *capitals = g_ascii_strup(method, -1);
      g_hash_table_add(found, g_strdup_printf("%s %s", capitals, path));
    }
  }
  return found;
}

static void assert_all_in(GHashTable *names, GHashTable *others, const char *where) {
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init(&iter, names);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    if (!g_hash_table_contains(others, name))
      g_error("%s is not in %s", (const char *)name, where);
}

static void every_route_is_described_and_every_description_is_a_route(void) {
  g_autoptr(json_t) document = read_document();
  g_autoptr(GHashTable) in_tables = routes();
  g_autoptr(GHashTable) in_document = operations(document);

  g_assert_cmpuint(g_hash_table_size(in_tables), >, 20);
  assert_all_in(in_tables, in_document, "openapi.json");
  assert_all_in(in_document, in_tables, "the tables of routes");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/openapi/every_route_is_described_and_every_description_is_a_route",
                  every_route_is_described_and_every_description_is_a_route);
  return g_test_run();
}
