#include "checks/dkim.h"
#include <string.h>

static void tags_are_read(void) {
  g_autoptr(GHashTable) tags = dkim_tags_read(" v=1; a = rsa-sha256;\r\n\td=example.com ; b=a=b== ;h=From : To;");

  g_assert_cmpuint(g_hash_table_size(tags), ==, 5);
  g_assert_cmpstr(g_hash_table_lookup(tags, "a"), ==, "rsa-sha256");
  g_assert_cmpstr(g_hash_table_lookup(tags, "d"), ==, "example.com");
  g_assert_cmpstr(g_hash_table_lookup(tags, "b"), ==, "a=b==");
  g_assert_cmpstr(g_hash_table_lookup(tags, "h"), ==, "From : To");
}

static void what_is_no_list_of_tags_is_refused(void) {
  static const char *const broken[] = {"v", "v=1;;a=x", "v=1;v=1", "=1", "1v=1", "v v=1", "v=1; ;a=b", "ä=1"};

  for (gsize i = 0; i < G_N_ELEMENTS(broken); i++)
    g_assert_null(dkim_tags_read(broken[i]));
}

/* The first two from RFC 6376 3.4.3, 3.4.4 and A.2; the others are the same bodies in other words. */
static const struct {
  const char *body;
  gboolean is_relaxed;
  guint64 limit;
  const char *hash;
} bodies[] = {
    {"", FALSE, G_MAXUINT64, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="},
    {"", TRUE, G_MAXUINT64, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    {"\r\n\r\n", FALSE, G_MAXUINT64, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="},
    {" \r\n\t\r\n", TRUE, G_MAXUINT64, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    {"x", TRUE, 0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    {"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n", FALSE, G_MAXUINT64,
     "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="},
    {"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n\r\n\r\n", FALSE, G_MAXUINT64,
     "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="},
    {"Hi.\r\n \r\nWe  lost\tthe game. Are you hungry yet? \r\n\r\nJoe.", TRUE, G_MAXUINT64,
     "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="},
    {"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\nMore\r\n", FALSE, 54,
     "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="},
};

static void bodies_are_hashed(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
    g_autofree char *hash = dkim_body_hash(bodies[i].body, strlen(bodies[i].body), bodies[i].is_relaxed,
                                           bodies[i].limit, G_CHECKSUM_SHA256);
    g_assert_cmpstr(hash, ==, bodies[i].hash);
  }
}

static void nul_is_an_octet_as_any(void) {
  static const char body[] = "a\0b \r\nc\r\n";
  g_autofree char *hash = dkim_body_hash(body, sizeof body - 1, TRUE, G_MAXUINT64, G_CHECKSUM_SHA256);
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize digest_len = sizeof digest;

  g_checksum_update(checksum, (const guchar *)"a\0b\r\nc\r\n", 8);
  g_checksum_get_digest(checksum, digest, &digest_len);
  g_autofree char *expected = g_base64_encode(digest, digest_len);
  g_assert_cmpstr(hash, ==, expected);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dkim/tags_are_read", tags_are_read);
  g_test_add_func("/dkim/what_is_no_list_of_tags_is_refused", what_is_no_list_of_tags_is_refused);
  g_test_add_func("/dkim/bodies_are_hashed", bodies_are_hashed);
  g_test_add_func("/dkim/nul_is_an_octet_as_any", nul_is_an_octet_as_any);
  return g_test_run();
}
