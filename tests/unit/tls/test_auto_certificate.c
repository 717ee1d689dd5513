/* The certificates of --tls=auto: made once, renewed when they have to be, and fit for nothing but local names. */
#include "support/tls_files.h"
#include "tls/identity.h"
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Fixture {
  char *folder;
} Fixture;

static const char *const local_names[] = {"localhost", "127.0.0.1", "::1", "laptop", NULL};

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = tls_folder_make();
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  tls_folder_remove(fixture->folder);
  g_free(fixture->folder);
}

static AutoCertificateOutcome prepare(const Fixture *fixture, const char *const *names) {
  g_autoptr(GError) error = NULL;
  AutoCertificateOutcome outcome = AUTO_CERTIFICATE_KEPT;

  g_assert_true(auto_certificate_prepare(fixture->folder, names, &outcome, &error));
  g_assert_no_error(error);
  return outcome;
}

static char *content_of(const Fixture *fixture, const char *name) {
  g_autofree char *file = g_build_filename(fixture->folder, name, NULL);
  char *content = NULL;

  g_assert_true(g_file_get_contents(file, &content, NULL, NULL));
  return content;
}

static TlsIdentity *load(const Fixture *fixture, const char *name) {
  g_autofree char *file = g_build_filename(fixture->folder, name, NULL);
  g_autoptr(GError) error = NULL;
  TlsIdentity *identity = tls_identity_load(file, NULL, &error);

  g_assert_no_error(error);
  return identity;
}

static void names_are_in_the_certificate(Fixture *fixture, gconstpointer data) {
  g_assert_cmpint(prepare(fixture, local_names), ==, AUTO_CERTIFICATE_NEW_CA);
  g_autoptr(TlsIdentity) server = load(fixture, "server.pem");

  g_assert_true(tls_identity_names(server, "localhost"));
  g_assert_true(tls_identity_names(server, "laptop"));
  g_assert_false(tls_identity_names(server, "other"));
  g_assert_cmpint(X509_check_ip_asc(server->leaf, "127.0.0.1", 0), ==, 1);
  g_assert_cmpint(X509_check_ip_asc(server->leaf, "::1", 0), ==, 1);
  g_assert_cmpint(X509_check_ip_asc(server->leaf, "127.0.0.2", 0), ==, 0);
}

static void files_with_keys_are_private(Fixture *fixture, gconstpointer data) {
  static const char *const files[] = {"ca-key.pem", "server.pem"};
  GStatBuf status;

  prepare(fixture, local_names);
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *file = g_build_filename(fixture->folder, files[i], NULL);
    g_assert_cmpint(g_stat(file, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
  }
  g_autofree char *ca = content_of(fixture, "ca.pem");
  g_assert_null(strstr(ca, "PRIVATE"));
}

static void what_serves_is_kept(Fixture *fixture, gconstpointer data) {
  prepare(fixture, local_names);
  g_autofree char *before = content_of(fixture, "server.pem");

  g_assert_cmpint(prepare(fixture, local_names), ==, AUTO_CERTIFICATE_KEPT);
  g_autofree char *after = content_of(fixture, "server.pem");
  g_assert_cmpstr(after, ==, before);
}

static void names_that_change_renew_under_the_same_ca(Fixture *fixture, gconstpointer data) {
  static const char *const more[] = {"localhost", "laptop", "app.internal", "192.168.7.7", "fd00::7", NULL};
  static const char *const fewer[] = {"localhost", NULL};

  prepare(fixture, local_names);
  g_autofree char *before = content_of(fixture, "ca.pem");
  g_assert_cmpint(prepare(fixture, more), ==, AUTO_CERTIFICATE_RENEWED);
  g_assert_cmpint(prepare(fixture, fewer), ==, AUTO_CERTIFICATE_RENEWED);
  g_autofree char *after = content_of(fixture, "ca.pem");
  g_assert_cmpstr(after, ==, before);
}

/* What the CA was not made for takes a new one, which then vouches for it. */
static void ca_is_constrained(Fixture *fixture, gconstpointer data) {
  static const char *const beyond[][3] = {{"localhost", "www.example.com"},
                                          {"localhost", "192.0.2.1"},
                                          {"localhost", "2001:db8::1"},
                                          {"localhost", "notlocalhost"}};

  for (gsize i = 0; i < G_N_ELEMENTS(beyond); i++) {
    prepare(fixture, local_names);
    g_assert_cmpint(prepare(fixture, beyond[i]), ==, AUTO_CERTIFICATE_NEW_CA);
    g_assert_cmpint(prepare(fixture, beyond[i]), ==, AUTO_CERTIFICATE_KEPT);
  }
}

static void what_is_no_name_is_left_out(Fixture *fixture, gconstpointer data) {
  static const char *const odd[] = {
      "localhost", "",    "a b", "x,DNS:www.example.com", "unix:/run/smtp", "caf\xc3\xa9", ".dot",
      "localhost", "a/b", NULL};
  g_autofree char *long_name = g_strnfill(65, 'a');
  const char *const too_long[] = {"localhost", long_name, NULL};

  prepare(fixture, odd);
  g_autoptr(TlsIdentity) server = load(fixture, "server.pem");
  GENERAL_NAMES *names = X509_get_ext_d2i(server->leaf, NID_subject_alt_name, NULL, NULL);
  g_assert_cmpint(sk_GENERAL_NAME_num(names), ==, 1);
  GENERAL_NAMES_free(names);
  g_assert_cmpint(prepare(fixture, too_long), ==, AUTO_CERTIFICATE_KEPT);
}

/* Signs the certificate anew, as if it had been made so that it lasts `n_days` more. */
static void let_last(const Fixture *fixture, int n_days) {
  g_autoptr(TlsIdentity) ca = load(fixture, "ca-key.pem");
  g_autoptr(TlsIdentity) server = load(fixture, "server.pem");
  g_autofree char *file = g_build_filename(fixture->folder, "server.pem", NULL);
  BIO *out = BIO_new_file(file, "w");

  X509_gmtime_adj(X509_getm_notAfter(server->leaf), (long)n_days * 24 * 60 * 60);
  g_assert_cmpint(X509_sign(server->leaf, ca->key, EVP_sha256()), >, 0);
  PEM_write_bio_X509(out, server->leaf);
  PEM_write_bio_PrivateKey(out, server->key, NULL, NULL, 0, NULL, NULL);
  BIO_free(out);
}

static void what_runs_out_is_renewed(Fixture *fixture, gconstpointer data) {
  static const struct {
    int n_days;
    AutoCertificateOutcome outcome;
  } rows[] = {{31, AUTO_CERTIFICATE_KEPT}, {29, AUTO_CERTIFICATE_RENEWED}, {-1, AUTO_CERTIFICATE_RENEWED}};

  prepare(fixture, local_names);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    let_last(fixture, rows[i].n_days);
    g_assert_cmpint(prepare(fixture, local_names), ==, rows[i].outcome);
  }
}

static void a_certificate_by_another_ca_is_replaced(Fixture *fixture, gconstpointer data) {
  Fixture other;

  set_up(&other, NULL);
  prepare(&other, local_names);
  g_autofree char *foreign = content_of(&other, "server.pem");
  prepare(fixture, local_names);
  g_autofree char *file = g_build_filename(fixture->folder, "server.pem", NULL);
  g_assert_true(g_file_set_contents(file, foreign, -1, NULL));
  g_assert_cmpint(prepare(fixture, local_names), ==, AUTO_CERTIFICATE_RENEWED);
  tear_down(&other, NULL);
}

#define ADD(name) g_test_add("/tls/auto_certificate/" #name, Fixture, NULL, set_up, name, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD(names_are_in_the_certificate);
  ADD(files_with_keys_are_private);
  ADD(what_serves_is_kept);
  ADD(names_that_change_renew_under_the_same_ca);
  ADD(ca_is_constrained);
  ADD(what_is_no_name_is_left_out);
  ADD(what_runs_out_is_renewed);
  ADD(a_certificate_by_another_ca_is_replaced);
  return g_test_run();
}
