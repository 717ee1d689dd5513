/* The certificates of --tls=auto: made once, renewed when they have to be, and fit for nothing but local names. */
#include "support/tls_files.h"
#include "tls/identity.h"
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Fixture {
  char *directory;
} Fixture;

static const char *const local_names[] = {"localhost", "127.0.0.1", "::1", "laptop", NULL};

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->directory = tls_directory_make();
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  tls_directory_remove(fixture->directory);
  g_free(fixture->directory);
}

static const char *const nothing[] = {NULL};

/* With the report in words, "left out" and "why" where there are such. */
static AutoCertificateOutcome prepare_both(const Fixture *fixture, const char *const *asked, const char *const *known,
                                           const char *left_out, const char *why_new) {
  g_autoptr(GError) error = NULL;
  const AutoCertificateNames names = {.asked = asked, .known = known};
  g_auto(AutoCertificateReport) report = {0};

  g_assert_true(auto_certificate_prepare(fixture->directory, &names, &report, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(report.left_out, ==, left_out);
  g_assert_cmpstr(report.why_new, ==, why_new);
  return report.outcome;
}

static AutoCertificateOutcome prepare(const Fixture *fixture, const char *const *names) {
  g_autoptr(GError) error = NULL;
  const AutoCertificateNames asked = {.asked = names, .known = nothing};
  g_auto(AutoCertificateReport) report = {0};

  auto_certificate_prepare(fixture->directory, &asked, &report, &error);
  g_assert_no_error(error);
  g_assert_true((report.why_new != NULL) == (report.outcome == AUTO_CERTIFICATE_NEW_CA));
  return report.outcome;
}

static char *content_of(const Fixture *fixture, const char *name) {
  g_autofree char *file = g_build_filename(fixture->directory, name, NULL);
  char *content = NULL;

  g_assert_true(g_file_get_contents(file, &content, NULL, NULL));
  return content;
}

static TlsIdentity *load(const Fixture *fixture, const char *name) {
  g_autofree char *file = g_build_filename(fixture->directory, name, NULL);
  g_autoptr(GError) error = NULL;
  TlsIdentity *identity = tls_identity_load(file, NULL, &error);

  g_assert_no_error(error);
  return identity;
}

static void names_are_in_the_certificate(Fixture *fixture, gconstpointer data) {
  g_assert_cmpint(prepare(fixture, local_names), ==, AUTO_CERTIFICATE_FIRST_CA);
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
    g_autofree char *file = g_build_filename(fixture->directory, files[i], NULL);
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

  prepare(fixture, local_names);
  for (gsize i = 0; i < G_N_ELEMENTS(beyond); i++) {
    g_assert_cmpint(prepare(fixture, beyond[i]), ==, AUTO_CERTIFICATE_NEW_CA);
    g_assert_cmpint(prepare(fixture, beyond[i]), ==, AUTO_CERTIFICATE_KEPT);
  }
}

/* Two servers that share the directory do not replace the CA in turns. */
static void new_ca_vouches_for_what_the_old_one_did(Fixture *fixture, gconstpointer data) {
  static const char *const first[] = {"localhost", "a.example.com", "192.0.2.1", "2001:db8::1", NULL};
  static const char *const second[] = {"localhost", "b.example.com", NULL};

  prepare(fixture, first);
  g_assert_cmpint(prepare_both(fixture, second, nothing, NULL, "may not sign for b.example.com"), ==,
                  AUTO_CERTIFICATE_NEW_CA);
  g_assert_cmpint(prepare(fixture, first), ==, AUTO_CERTIFICATE_RENEWED);
  g_assert_cmpint(prepare(fixture, second), ==, AUTO_CERTIFICATE_RENEWED);
}

/* A container that is made again has another host name, and its clients have the CA of the first. */
static void names_nobody_asked_for_never_replace_the_ca(Fixture *fixture, gconstpointer data) {
  static const char *const asked[] = {"localhost", "127.0.0.1", NULL};
  static const char *const swapped[] = {"127.0.0.1", "localhost", NULL};
  static const char *const first_host[] = {"158872fd16d1", "172.17.0.2", NULL};
  static const char *const second_host[] = {"9c0ffee12345", "172.17.0.3", "198.51.100.1", NULL};

  g_assert_cmpint(prepare_both(fixture, asked, first_host, NULL, NULL), ==, AUTO_CERTIFICATE_FIRST_CA);
  g_autofree char *before = content_of(fixture, "ca.pem");
  g_assert_cmpint(prepare_both(fixture, asked, second_host, "9c0ffee12345, 198.51.100.1", NULL), ==,
                  AUTO_CERTIFICATE_RENEWED);
  g_assert_cmpint(prepare_both(fixture, swapped, second_host, "9c0ffee12345, 198.51.100.1", NULL), ==,
                  AUTO_CERTIFICATE_KEPT);
  g_autoptr(TlsIdentity) server = load(fixture, "server.pem");
  g_assert_false(tls_identity_names(server, "9c0ffee12345"));
  g_assert_cmpint(X509_check_ip_asc(server->leaf, "172.17.0.3", 0), ==, 1);
  g_assert_cmpint(prepare_both(fixture, asked, first_host, NULL, NULL), ==, AUTO_CERTIFICATE_RENEWED);
  g_autofree char *after = content_of(fixture, "ca.pem");
  g_assert_cmpstr(after, ==, before);
}

static void wildcards_are_named(Fixture *fixture, gconstpointer data) {
  static const char *const names[] = {"localhost", "*.example.com", "*.app.internal", NULL};

  prepare(fixture, names);
  g_assert_cmpint(prepare(fixture, names), ==, AUTO_CERTIFICATE_KEPT);
  g_autoptr(TlsIdentity) server = load(fixture, "server.pem");
  g_assert_true(tls_identity_names(server, "mail.example.com"));
  g_assert_false(tls_identity_names(server, "example.com"));
}

static void what_is_no_name_is_left_out(Fixture *fixture, gconstpointer data) {
  static const char *const odd[] = {
      "localhost", "",    "a b", "x,DNS:www.example.com", "unix:/run/smtp", "caf\xc3\xa9", ".dot",
      "localhost", "a/b", NULL};
  g_autofree char *long_name = g_strnfill(65, 'a');
  const char *const too_long[] = {"localhost", long_name, NULL};

  prepare_both(fixture, odd, odd, "a b, x,DNS:www.example.com, unix:/run/smtp, caf\xc3\xa9, .dot, a/b", NULL);
  g_autoptr(TlsIdentity) server = load(fixture, "server.pem");
  GENERAL_NAMES *names = X509_get_ext_d2i(server->leaf, NID_subject_alt_name, NULL, NULL);
  g_assert_cmpint(sk_GENERAL_NAME_num(names), ==, 1);
  GENERAL_NAMES_free(names);
  g_assert_cmpint(prepare(fixture, too_long), ==, AUTO_CERTIFICATE_KEPT);
}

/* Signs the certificate again, as if it had been made so that it lasts `n_days` more. */
static void let_last(const Fixture *fixture, int n_days) {
  g_autoptr(TlsIdentity) ca = load(fixture, "ca-key.pem");
  g_autoptr(TlsIdentity) server = load(fixture, "server.pem");
  g_autofree char *file = g_build_filename(fixture->directory, "server.pem", NULL);
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
  g_autofree char *file = g_build_filename(fixture->directory, "server.pem", NULL);
  g_assert_true(g_file_set_contents(file, foreign, -1, NULL));
  g_assert_cmpint(prepare(fixture, local_names), ==, AUTO_CERTIFICATE_RENEWED);
  tear_down(&other, NULL);
}

/* Signs the CA again, as if it had been made so that it lasts `n_days` more. */
static void let_ca_last(const Fixture *fixture, int n_days) {
  g_autoptr(TlsIdentity) ca = load(fixture, "ca-key.pem");
  g_autofree char *file = g_build_filename(fixture->directory, "ca-key.pem", NULL);
  BIO *out = BIO_new_file(file, "w");

  X509_gmtime_adj(X509_getm_notAfter(ca->leaf), (long)n_days * 24 * 60 * 60);
  g_assert_cmpint(X509_sign(ca->leaf, ca->key, EVP_sha256()), >, 0);
  PEM_write_bio_X509(out, ca->leaf);
  PEM_write_bio_PrivateKey(out, ca->key, NULL, NULL, 0, NULL, NULL);
  BIO_free(out);
}

static void ca_is_used_until_it_is_about_to_expire(Fixture *fixture, gconstpointer data) {
  static const char *const more[] = {"localhost", "app.internal", NULL};

  prepare(fixture, local_names);
  let_ca_last(fixture, 31);
  g_assert_cmpint(prepare(fixture, more), ==, AUTO_CERTIFICATE_RENEWED);
  g_autoptr(TlsIdentity) ca = load(fixture, "ca-key.pem");
  g_autoptr(TlsIdentity) server = load(fixture, "server.pem");
  g_assert_cmpint(ASN1_TIME_compare(X509_get0_notAfter(server->leaf), X509_get0_notAfter(ca->leaf)), ==, 0);
  g_assert_cmpint(prepare(fixture, more), ==, AUTO_CERTIFICATE_KEPT);
  let_ca_last(fixture, 29);
  g_assert_cmpint(prepare_both(fixture, local_names, nothing, NULL, "expires within 30 days"), ==,
                  AUTO_CERTIFICATE_NEW_CA);
}

/* What it signed stays good; it cannot sign more. */
static void ca_without_its_key_is_kept_until_names_change(Fixture *fixture, gconstpointer data) {
  static const char *const more[] = {"localhost", "app.internal", NULL};
  static const char *const damages[] = {NULL, "", "no key"};

  for (gsize i = 0; i < G_N_ELEMENTS(damages); i++) {
    prepare(fixture, local_names);
    g_autofree char *before = content_of(fixture, "ca.pem");
    g_autofree char *file = g_build_filename(fixture->directory, "ca-key.pem", NULL);
    g_assert_cmpint(g_unlink(file), ==, 0);
    if (damages[i])
      g_assert_true(g_file_set_contents(file, damages[i], -1, NULL));
    g_assert_cmpint(prepare(fixture, local_names), ==, AUTO_CERTIFICATE_KEPT);
    g_autofree char *after = content_of(fixture, "ca.pem");
    g_assert_cmpstr(after, ==, before);
    g_assert_cmpint(prepare_both(fixture, more, nothing, NULL, "cannot be read"), ==, AUTO_CERTIFICATE_NEW_CA);
  }
}

static void damaged_copy_of_the_ca_is_made_again(Fixture *fixture, gconstpointer data) {
  prepare(fixture, local_names);
  g_autofree char *before = content_of(fixture, "ca.pem");
  g_autofree char *file = g_build_filename(fixture->directory, "ca.pem", NULL);
  g_assert_true(g_file_set_contents(file, "damaged", -1, NULL));
  g_assert_cmpint(prepare(fixture, local_names), ==, AUTO_CERTIFICATE_KEPT);
  g_autofree char *after = content_of(fixture, "ca.pem");
  g_assert_cmpstr(after, ==, before);
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
  ADD(new_ca_vouches_for_what_the_old_one_did);
  ADD(names_nobody_asked_for_never_replace_the_ca);
  ADD(wildcards_are_named);
  ADD(ca_is_used_until_it_is_about_to_expire);
  ADD(ca_without_its_key_is_kept_until_names_change);
  ADD(damaged_copy_of_the_ca_is_made_again);
  ADD(a_certificate_by_another_ca_is_replaced);
  return g_test_run();
}
