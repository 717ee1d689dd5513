#include "origin/dkim_canonical.h"
#include <string.h>

/* --- fields */

/* From RFC 6376 3.4.5, and beside it what is folded, empty or odd. */
static void fields_are_canonical(void) {
  static const char *const vectors[][2] = {
      {"A: X", "a:X"},
      {"B : Y\t\r\n\tZ  ", "b:Y Z"},
      {"SUBJect: \t AbC\r\n", "subject:AbC"},
      {"Subject:\r\n x", "subject:x"},
      {"a:", "a:"},
      {"a: \t\r\n ", "a:"},
      {"a:b\n c\r\n\t\td", "a:b c d"},
      {"a:b\rc : d", "a:b\rc : d"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(GString) relaxed = g_string_new(NULL);
    g_autoptr(GString) simple = g_string_new(NULL);
    dkim_canonical_field(relaxed, vectors[i][0], strlen(vectors[i][0]), TRUE);
    dkim_canonical_field(simple, vectors[i][0], strlen(vectors[i][0]), FALSE);
    g_assert_cmpstr(relaxed->str, ==, vectors[i][1]);
    g_assert_cmpstr(simple->str, ==, vectors[i][0]);
  }
}

/* h=, and the fields of HEADER that it means. */
static void fields_are_taken_from_the_last_on(void) {
  static const char header[] = "A: 1\r\nB: x\r\na: 2\r\nC: y\r\nA : 3\r\n\r\nA: body\r\n";
  static const char *const vectors[][2] = {
      {"a", "a:3\r\n"},
      {"A:a:b:a:a:a", "a:3\r\na:2\r\nb:x\r\na:1\r\n"},
      {"d:c:d:c", "c:y\r\n"},
      {"b:a:b", "b:x\r\na:3\r\n"},
  };
  g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(HeaderField));

  header_fields_split(header, header + sizeof header - 1, NULL, NULL, fields);
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(GStrv) list = g_strsplit(vectors[i][0], ":", -1);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (char **name = list; *name; name++)
      g_ptr_array_add(names, *name);
    dkim_canonical_header(out, fields, names, TRUE);
    g_assert_cmpstr(out->str, ==, vectors[i][1]);
  }
}

/* --- bodies */

static char *hash_of(const char *body, gsize len, gboolean is_relaxed, guint64 max_bytes, guint64 *n_bytes) {
  const DkimBodyForm form = {.is_relaxed = is_relaxed, .max_bytes = max_bytes};

  return dkim_body_hash(body, len, &form, G_CHECKSUM_SHA256, n_bytes);
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
    guint64 n_bytes;
    g_autofree char *hash =
        hash_of(bodies[i].body, strlen(bodies[i].body), bodies[i].is_relaxed, bodies[i].limit, &n_bytes);
    g_assert_cmpstr(hash, ==, bodies[i].hash);
  }
}

static void nul_is_an_byte_as_any(void) {
  static const char body[] = "a\0b \r\nc\r\n";
  guint64 n_bytes;
  g_autofree char *hash = hash_of(body, sizeof body - 1, TRUE, G_MAXUINT64, &n_bytes);
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize digest_len = sizeof digest;

  g_checksum_update(checksum, (const guchar *)"a\0b\r\nc\r\n", 8);
  g_checksum_get_digest(checksum, digest, &digest_len);
  g_autofree char *expected = g_base64_encode(digest, digest_len);
  g_assert_cmpstr(hash, ==, expected);
}

/* The body, and how many bytes its canonical form has, relaxed and simple, of at most 6. */
static void bytes_are_counted(void) {
  static const struct {
    const char *body;
    guint64 n_relaxed, n_simple;
  } vectors[] = {{"", 0, 2},       {"x", 3, 3},        {"x\r\n\r\n", 3, 3},
                 {" \r\n", 0, 3},  {"a  b\r\n", 5, 6}, {"x\r\n\r\ny\r\n", 6, 6},
                 {"1234567", 6, 6}};

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    guint64 n_relaxed, n_simple;
    g_autofree char *relaxed = hash_of(vectors[i].body, strlen(vectors[i].body), TRUE, 6, &n_relaxed);
    g_autofree char *simple = hash_of(vectors[i].body, strlen(vectors[i].body), FALSE, 6, &n_simple);
    g_assert_cmpuint(n_relaxed, ==, vectors[i].n_relaxed);
    g_assert_cmpuint(n_simple, ==, vectors[i].n_simple);
  }
}

/* As who signs before the line ends are made CRLF would have it. */
static void line_ends_may_be_taken_for_lf(void) {
  const DkimBodyForm form = {.max_bytes = G_MAXUINT64, .has_bare_lf = TRUE};
  guint64 n_bytes;
  g_autofree char *hash = dkim_body_hash("a\r\n\r\nb\r\n\r\n", 10, &form, G_CHECKSUM_SHA1, &n_bytes);
  g_autofree char *hex = g_compute_checksum_for_string(G_CHECKSUM_SHA1, "a\n\nb\n", -1);
  gsize len;
  g_autofree guchar *bytes = g_base64_decode(hash, &len);

  g_assert_cmpuint(n_bytes, ==, 5);
  g_assert_cmpuint(len, ==, 20);
  for (gsize i = 0; i < len; i++) {
    g_autofree char *byte = g_strdup_printf("%02x", bytes[i]);
    g_assert_cmpmem(byte, 2, hex + 2 * i, 2);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dkim_canonical/fields_are_canonical", fields_are_canonical);
  g_test_add_func("/dkim_canonical/fields_are_taken_from_the_last_on", fields_are_taken_from_the_last_on);
  g_test_add_func("/dkim_canonical/bodies_are_hashed", bodies_are_hashed);
  g_test_add_func("/dkim_canonical/nul_is_an_byte_as_any", nul_is_an_byte_as_any);
  g_test_add_func("/dkim_canonical/bytes_are_counted", bytes_are_counted);
  g_test_add_func("/dkim_canonical/line_ends_may_be_taken_for_lf", line_ends_may_be_taken_for_lf);
  return g_test_run();
}
