#include "origin/dkim_signature.h"
#include "origin/dkim_canonical.h"
#include "origin/dns_records.h"
#include "origin/tag_list.h"
#include <string.h>

static const char *const algorithms[] = {
    [DKIM_RSA_SHA256] = "rsa-sha256", [DKIM_RSA_SHA1] = "rsa-sha1", [DKIM_ED25519_SHA256] = "ed25519-sha256"};

const char *dkim_algorithm_name(DkimAlgorithm algorithm) {
  return algorithms[algorithm];
}

/* --- tags: each is read into its place; FALSE: it is not well-formed */

static gboolean read_version(DkimSignature *signature, const char *value) {
  return strcmp(value, "1") == 0;
}

static gboolean read_algorithm(DkimSignature *signature, const char *value) {
  for (gsize i = 0; i < G_N_ELEMENTS(algorithms); i++) {
    if (g_ascii_strcasecmp(value, algorithms[i]) == 0) {
      signature->algorithm = (DkimAlgorithm)i;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean read_bytes(DkimSignature *signature, const char *value) {
  signature->bytes = tag_list_bytes(value);
  return signature->bytes != NULL;
}

static gboolean read_body_hash(DkimSignature *signature, const char *value) {
  enum { SHA1_BYTES = 20 };
  g_autoptr(GBytes) hash = tag_list_bytes(value);
  gsize expected = signature->algorithm == DKIM_RSA_SHA1 ? SHA1_BYTES : DKIM_HASH_BYTES;

  signature->body_hash = tag_list_squeeze(value);
  return hash && g_bytes_get_size(hash) == expected;
}

static gboolean read_domain(DkimSignature *signature, const char *value) {
  signature->domain = dns_name_normalize(value);
  return signature->domain != NULL;
}

static gboolean read_selector(DkimSignature *signature, const char *value) {
  signature->selector = dns_name_normalize(value);
  return signature->selector != NULL;
}

/* Fields have names of visible bytes but colons (RFC 5322 3.6.8). */
static gboolean read_fields(DkimSignature *signature, const char *value) {
  g_auto(GStrv) names = g_strsplit(value, ":", DKIM_FIELDS_MAX + 1);

  signature->fields = g_ptr_array_new_with_free_func(g_free);
  for (char **name = names; *name; name++) {
    g_strstrip(*name);
    for (const char *at = *name; *at != '\0'; at++)
      if (!g_ascii_isgraph(*at) || *at == ':')
        return FALSE;
    if (**name == '\0')
      return FALSE;
    g_ptr_array_add(signature->fields, g_strdup(*name));
  }
  return signature->fields->len > 0 && signature->fields->len <= DKIM_FIELDS_MAX;
}

static gboolean read_canonical(DkimSignature *signature, const char *value) {
  static const char *const names[] = {"simple", "relaxed"};
  g_auto(GStrv) pair = g_strsplit(value, "/", 2);
  gboolean *const places[] = {&signature->is_header_relaxed, &signature->is_body_relaxed};

  for (gsize i = 0; i < G_N_ELEMENTS(places) && pair[i]; i++) {
    *places[i] = g_ascii_strcasecmp(pair[i], names[1]) == 0;
    if (!*places[i] && g_ascii_strcasecmp(pair[i], names[0]) != 0)
      return FALSE;
  }
  return pair[0] != NULL;
}

static gboolean read_identity(DkimSignature *signature, const char *value) {
  const char *at = strrchr(value, '@');

  signature->identity = at ? dns_name_normalize(at + 1) : NULL;
  if (!signature->identity)
    return FALSE;
  return strcmp(signature->identity, signature->domain) == 0 ||
         dns_name_is_below(signature->identity, signature->domain);
}

/* More digits than fit say as much as the largest number that does. */
static gboolean read_number(const char *value, guint64 *out_number) {
  enum { DIGITS_MAX = 76 };
  gsize len = strspn(value, "0123456789");

  *out_number = g_ascii_strtoull(value, NULL, 10);
  return len > 0 && len <= DIGITS_MAX && value[len] == '\0';
}

static gboolean read_max_bytes(DkimSignature *signature, const char *value) {
  return read_number(value, &signature->max_body_bytes);
}

static gboolean read_time(const char *value, gint64 *out_s) {
  guint64 number;
  gboolean is_good = read_number(value, &number);

  *out_s = (gint64)MIN(number, (guint64)G_MAXINT64);
  return is_good;
}

static gboolean read_signed(DkimSignature *signature, const char *value) {
  return read_time(value, &signature->signed_s);
}

static gboolean read_expires(DkimSignature *signature, const char *value) {
  return read_time(value, &signature->expires_s) && signature->expires_s > signature->signed_s;
}

static gboolean read_query(DkimSignature *signature, const char *value) {
  return tag_list_has_word(value, "dns/txt");
}

/* In an order in which each finds what it needs. */
static const struct {
  const char *name;
  gboolean is_required;
  gboolean (*read)(DkimSignature *signature, const char *value);
  const char *problem;
} tags_known[] = {
    {"v", TRUE, read_version, "v= is not 1"},
    {"a", TRUE, read_algorithm, "a= is not rsa-sha256 or ed25519-sha256"},
    {"b", TRUE, read_bytes, "b= is not Base64"},
    {"bh", TRUE, read_body_hash, "bh= is not a Base64 hash of the kind that a= names"},
    {"d", TRUE, read_domain, "d= is not a domain"},
    {"s", TRUE, read_selector, "s= is not a selector"},
    {"h", TRUE, read_fields, "h= is not a list of field names separated by colons"},
    {"c", FALSE, read_canonical, "c= is not a combination of simple and relaxed"},
    {"i", FALSE, read_identity, "i= is not in the domain of d= or a subdomain"},
    {"l", FALSE, read_max_bytes, "l= is not a number"},
    {"t", FALSE, read_signed, "t= is not a time"},
    {"x", FALSE, read_expires, "x= is not a time after t="},
    {"q", FALSE, read_query, "q= does not contain dns/txt"},
};

DkimSignature *dkim_signature_parse(const char *value, gsize len, const char **out_problem) {
  g_autoptr(DkimSignature) signature = g_new0(DkimSignature, 1);
  g_autoptr(GHashTable) tags = tag_list_parse(value, len);

  signature->max_body_bytes = G_MAXUINT64;
  *out_problem = tags ? NULL : "not a list of tags such as v=1; a=rsa-sha256, each once";
  for (gsize i = 0; tags && i < G_N_ELEMENTS(tags_known) && !*out_problem; i++) {
    const char *text = tag_list_find(tags, tags_known[i].name);
    if (!text && tags_known[i].is_required)
      *out_problem = "a required tag is missing: v, a, b, bh, d, s or h";
    else if (text && !tags_known[i].read(signature, text))
      *out_problem = tags_known[i].problem;
  }
  if (*out_problem)
    return NULL;
  if (!signature->identity)
    signature->identity = g_strdup(signature->domain);
  return g_steal_pointer(&signature);
}

guint dkim_signature_covers(const DkimSignature *signature, const char *field) {
  guint n = 0;

  for (guint i = 0; i < signature->fields->len; i++)
    n += g_ascii_strcasecmp(g_ptr_array_index(signature->fields, i), field) == 0;
  return n;
}

void dkim_signature_free(DkimSignature *signature) {
  if (!signature)
    return;
  g_free(signature->domain);
  g_free(signature->selector);
  g_free(signature->identity);
  g_free(signature->body_hash);
  g_clear_pointer(&signature->fields, g_ptr_array_unref);
  g_clear_pointer(&signature->bytes, g_bytes_unref);
  g_free(signature);
}
