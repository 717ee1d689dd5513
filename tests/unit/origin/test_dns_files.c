#include "origin/dns_files.h"
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

static char *directory;

static char *put(const char *name, const char *text, gsize len) {
  char *path = g_build_filename(directory, name, NULL);

  g_assert_true(g_file_set_contents(path, text, (gssize)len, NULL));
  return path;
}

static char *put_text(const char *name, const char *text) {
  return put(name, text, strlen(text));
}

static char *put_key(const char *name, EVP_PKEY *key) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *pem;

  PEM_write_bio_PUBKEY(bio, key);
  long len = BIO_get_mem_data(bio, &pem);
  char *path = put(name, pem, (gsize)len);
  BIO_free(bio);
  return path;
}

static DnsRecords *read_one(const char *path, GError **error) {
  const char *const paths[] = {path, NULL};

  return dns_files_read(paths, error);
}

static void keys_become_records(void) {
  EVP_PKEY *rsa = EVP_RSA_gen(1024);
  EVP_PKEY *ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
  g_autofree char *first = put_key("a._domainkey.b.example.pem", rsa);
  g_autofree char *second = put_key("c._domainkey.B.example.pem", ed25519);
  const char *const paths[] = {first, second, NULL};
  g_autoptr(DnsRecords) records = dns_files_read(paths, NULL);
  const char *text = g_ptr_array_index(dns_records_find(records, DNS_TXT, "a._domainkey.b.example"), 0);

  g_assert_true(g_str_has_prefix(text, "v=DKIM1; k=rsa; p=MIGf"));
  text = g_ptr_array_index(dns_records_find(records, DNS_TXT, "c._domainkey.b.example"), 0);
  g_assert_true(g_str_has_prefix(text, "v=DKIM1; k=ed25519; p="));
  g_assert_cmpuint(strlen(text), ==, strlen("v=DKIM1; k=ed25519; p=") + 44);
  EVP_PKEY_free(rsa);
  EVP_PKEY_free(ed25519);
  g_remove(first);
  g_remove(second);
}

static void directories_are_read(void) {
  g_autofree char *zone = put_text("a.zone", "a.example TXT x");
  g_autofree char *text = put_text("b.txt", "b.example TXT x");
  g_autofree char *other = put_text("c.private", "not read");
  g_autofree char *hidden = put_text(".d.txt", "not read");
  g_autoptr(DnsRecords) records = read_one(directory, NULL);
  char *const paths[] = {zone, text, other, hidden};

  g_assert_null(dns_records_find(records, DNS_TXT, "c.private"));
  g_assert_nonnull(dns_records_find(records, DNS_TXT, "a.example"));
  g_assert_nonnull(dns_records_find(records, DNS_TXT, "b.example"));
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
    g_remove(paths[i]);
}

static void assert_rejected(const char *path, const char *words) {
  g_autoptr(GError) error = NULL;

  g_assert_null(read_one(path, &error));
  if (!strstr(error->message, words) || !strstr(error->message, path) || strchr(error->message, '\n'))
    g_error("%s: %s", path, error->message);
}

static void what_is_wrong_is_told(void) {
  EVP_PKEY *ec = EVP_EC_gen("P-256");
  EVP_PKEY *rsa = EVP_RSA_gen(1024);
  g_autofree char *gone = g_build_filename(directory, "gone.txt", NULL);
  g_autofree char *broken = put_text("broken.txt", "x");
  g_autofree char *no_key = put_text("s._domainkey.b.example.pem", "-----BEGIN PUBLIC KEY-----\nx\n");
  g_autofree char *other = put_key("t._domainkey.b.example.pem", ec);
  g_autofree char *unnamed = put_key("key.pem", rsa);
  char *const paths[] = {broken, no_key, other, unnamed};

  assert_rejected(gone, "No such file");
  assert_rejected("/dev/null", "not a regular file");
  assert_rejected(broken, "line 1");
  assert_rejected(no_key, "no PEM public key");
  assert_rejected(other, "RSA and Ed25519");
  assert_rejected(unnamed, "name a key file after its record");
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
    g_remove(paths[i]);
  EVP_PKEY_free(ec);
  EVP_PKEY_free(rsa);
}

static void files_have_a_size(void) {
  g_autofree char *filler = g_strnfill(DNS_FILE_BYTES_MAX + 1, '\n');
  g_autofree char *fits = put("fits.txt", filler, DNS_FILE_BYTES_MAX);
  g_autofree char *large = put("large.txt", filler, DNS_FILE_BYTES_MAX + 1);
  g_autoptr(DnsRecords) records = read_one(fits, NULL);

  g_assert_nonnull(records);
  assert_rejected(large, "larger than 1 MiB");
  g_remove(fits);
  g_remove(large);
}

static void directories_have_so_many_files(void) {
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

  for (guint i = 0; i < DNS_FILES_MAX; i++) {
    g_autofree char *name = g_strdup_printf("%u.txt", i);
    g_ptr_array_add(paths, put_text(name, ""));
  }
  g_autoptr(DnsRecords) records = read_one(directory, NULL);
  g_assert_nonnull(records);
  g_ptr_array_add(paths, put_text("more.txt", ""));
  assert_rejected(directory, "more than 1000 files");
  for (guint i = 0; i < paths->len; i++)
    g_remove(g_ptr_array_index(paths, i));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  directory = g_dir_make_tmp("dns-files-XXXXXX", NULL);
  g_test_add_func("/dns_files/keys_become_records", keys_become_records);
  g_test_add_func("/dns_files/directories_are_read", directories_are_read);
  g_test_add_func("/dns_files/what_is_wrong_is_told", what_is_wrong_is_told);
  g_test_add_func("/dns_files/files_have_a_size", files_have_a_size);
  g_test_add_func("/dns_files/directories_have_so_many_files", directories_have_so_many_files);
  int code = g_test_run();
  g_rmdir(directory);
  g_free(directory);
  return code;
}
