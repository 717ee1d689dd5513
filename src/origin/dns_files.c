#include "origin/dns_files.h"
#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_vfree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)

static gboolean fail(const char *path, const char *reason, GError **error) {
  g_set_error(error, DNS_RECORDS_ERROR, DNS_RECORDS_ERROR_FILE, "cannot read the DNS records %s: %s", path, reason);
  return FALSE;
}

/* --- keys */

static char *der_in_base64(EVP_PKEY *key) {
  unsigned char *der = NULL;
  int len = i2d_PUBKEY(key, &der);
  char *text = len > 0 ? g_base64_encode(der, (gsize)len) : NULL;

  OPENSSL_free(der);
  return text;
}

static char *raw_in_base64(EVP_PKEY *key) {
  enum { ED25519_BYTES = 32 };
  guint8 raw[ED25519_BYTES];
  size_t len = sizeof raw;

  return EVP_PKEY_get_raw_public_key(key, raw, &len) == 1 ? g_base64_encode(raw, len) : NULL;
}

/* The record that says it; NULL: DKIM has no such keys. The caller frees. */
static char *print_key(EVP_PKEY *key) {
  gboolean is_rsa = EVP_PKEY_is_a(key, "RSA");
  gboolean is_ed25519 = EVP_PKEY_is_a(key, "ED25519");
  g_autofree char *data = is_rsa ? der_in_base64(key) : is_ed25519 ? raw_in_base64(key) : NULL;

  return data ? g_strdup_printf("v=DKIM1; k=%s; p=%s", is_rsa ? "rsa" : "ed25519", data) : NULL;
}

static gboolean add_key(DnsRecords *records, const char *path, const char *pem, gsize len, GError **error) {
  g_autofree char *base = g_path_get_basename(path);

  base[strlen(base) - strlen(".pem")] = '\0';
  g_autofree char *name = dns_name_normalize(base);
  g_autoptr(BIO) bio = BIO_new_mem_buf(pem, (int)len);
  g_autoptr(EVP_PKEY) key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
  g_autofree char *text = key ? print_key(key) : NULL;

  ERR_clear_error();
  if (!name || !strstr(name, "._domainkey."))
    return fail(path, "name a key file after its record, as in selector._domainkey.example.com.pem", error);
  if (!key)
    return fail(path, "it contains no PEM public key; openssl pkey -in PRIVATE -pubout prints one", error);
  if (!text)
    return fail(path, "DKIM supports RSA and Ed25519 keys only", error);
  if (strlen(text) > DNS_RECORD_BYTES_MAX)
    return fail(path, "the key is too long: a record has at most 4096 bytes", error);
  return dns_records_add(records, DNS_TXT, name, text) || fail(path, "too many records: the limit is 10000", error);
}

/* --- files and directories */

/* NULL on error. The caller frees. */
static char *read_file(const char *path, gsize *out_len, GError **error) {
  g_autoptr(GError) reason = NULL;
  GStatBuf status;
  char *text;

  if (g_stat(path, &status) != 0)
    fail(path, g_strerror(errno), error);
  else if (!S_ISREG(status.st_mode))
    fail(path, "it is not a regular file", error); /* and could keep us waiting */
  else if (status.st_size > DNS_FILE_BYTES_MAX)
    fail(path, "it is larger than 1 MiB", error);
  else if (!g_file_get_contents(path, &text, out_len, &reason))
    fail(path, reason->message, error);
  else
    return text;
  return NULL;
}

static gboolean add_file(DnsRecords *records, const char *path, GError **error) {
  gsize len;
  g_autofree char *text = read_file(path, &len, error);

  if (!text)
    return FALSE;
  return g_str_has_suffix(path, ".pem") ? add_key(records, path, text, len, error)
                                        : dns_records_parse(records, text, len, path, error);
}

static gboolean is_of_records(const char *name) {
  return *name != '.' &&
         (g_str_has_suffix(name, ".pem") || g_str_has_suffix(name, ".txt") || g_str_has_suffix(name, ".zone"));
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gboolean add_directory(DnsRecords *records, const char *path, GError **error) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GError) reason = NULL;
  g_autoptr(GDir) directory = g_dir_open(path, 0, &reason);

  if (!directory)
    return fail(path, reason->message, error);
  for (const char *name; (name = g_dir_read_name(directory));)
    if (is_of_records(name))
      g_ptr_array_add(names, g_strdup(name));
  if (names->len > DNS_FILES_MAX)
    return fail(path, "it contains more than 1000 files of records", error);
  g_ptr_array_sort(names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *file = g_build_filename(path, g_ptr_array_index(names, i), NULL);
    if (!add_file(records, file, error))
      return FALSE;
  }
  return TRUE;
}

DnsRecords *dns_files_read(const char *const *paths, GError **error) {
  g_autoptr(DnsRecords) records = dns_records_new();

  for (; *paths; paths++) {
    gboolean is_directory = g_file_test(*paths, G_FILE_TEST_IS_DIR);
    if (is_directory ? !add_directory(records, *paths, error) : !add_file(records, *paths, error))
      return NULL;
  }
  return g_steal_pointer(&records);
}
