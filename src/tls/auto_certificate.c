#include "tls/auto_certificate.h"
#include "tls/identity.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
  DAY_S = 24 * 60 * 60,
  CA_DAYS = 3650,
  SERVER_DAYS = 365,
  RENEW_DAYS = 30,
  CLOCK_SKEW_DAYS = 1,
  NAME_BYTES_MAX = 64, /* ub-common-name, RFC 5280 A.1 */
  INHERITED_MAX = 100, /* names that a new CA takes over from the one it replaces */
  SERIAL_BYTES = 16
};

static const char permitted_always[] = "critical"
                                       ",permitted;DNS:localhost"
                                       ",permitted;DNS:local"
                                       ",permitted;DNS:internal"
                                       ",permitted;DNS:home.arpa"
                                       ",permitted;IP:127.0.0.0/255.0.0.0"
                                       ",permitted;IP:10.0.0.0/255.0.0.0"
                                       ",permitted;IP:172.16.0.0/255.240.0.0"
                                       ",permitted;IP:192.168.0.0/255.255.0.0"
                                       ",permitted;IP:169.254.0.0/255.255.0.0"
                                       ",permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
                                       ",permitted;IP:fc00::/fe00::"
                                       ",permitted;IP:fe80::/ffc0::";

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_vfree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_STORE, X509_STORE_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_STORE_CTX, X509_STORE_CTX_free)

/* --- names */

static gboolean is_ip4(const char *name) {
  struct in_addr address;

  return inet_pton(AF_INET, name, &address) == 1;
}

static gboolean is_ip6(const char *name) {
  struct in6_addr address;

  return inet_pton(AF_INET6, name, &address) == 1;
}

/* Nothing that means something where OpenSSL reads the text of an extension. */
static gboolean is_host(const char *name) {
  const char *host = g_str_has_prefix(name, "*.") ? name + 2 : name;
  gsize len = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

  return len > 0 && strlen(name) <= NAME_BYTES_MAX && host[len] == '\0' && host[0] != '.';
}

static gboolean is_ip(const char *name) {
  return is_ip4(name) || is_ip6(name);
}

static gboolean can_be_named(const char *name) {
  return is_ip(name) || is_host(name);
}

static gboolean has_name(const GPtrArray *names, const char *name) {
  return g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL);
}

static char *print_alternative_names(const GPtrArray *names) {
  GString *out = g_string_new(NULL);

  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index(names, i);
    g_string_append_printf(out, "%s%s:%s", i > 0 ? "," : "", is_ip(name) ? "IP" : "DNS", name);
  }
  return g_string_free(out, FALSE);
}

static char *print_constraints(const GPtrArray *names) {
  GString *out = g_string_new(permitted_always);

  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index(names, i);
    if (is_ip4(name))
      g_string_append_printf(out, ",permitted;IP:%s/255.255.255.255", name);
    else if (is_ip6(name))
      g_string_append_printf(out, ",permitted;IP:%s/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", name);
    else
      g_string_append_printf(out, ",permitted;DNS:%s", g_str_has_prefix(name, "*.") ? name + 2 : name);
  }
  return g_string_free(out, FALSE);
}

/* --- making */

typedef struct Extension {
  int nid;
  const char *value;
} Extension;

static gboolean set_serial(X509 *certificate) {
  guint8 bytes[SERIAL_BYTES];

  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return FALSE;
  bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and of this length */
  BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
  gboolean set = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  return set;
}

static gboolean add_extensions(X509 *certificate, X509 *issuer, const Extension *extensions, gsize n) {
  X509V3_CTX context;

  X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
  for (gsize i = 0; i < n; i++) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, extensions[i].nid, extensions[i].value);
    gboolean added = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    if (!added)
      return FALSE;
  }
  return TRUE;
}

/* What an expired CA vouched for is worth nothing. */
static gboolean end_with(X509 *leaf, const TlsIdentity *ca) {
  const ASN1_TIME *last = ca ? X509_get0_notAfter(ca->leaf) : NULL;

  return !last || ASN1_TIME_compare(X509_get0_notAfter(leaf), last) <= 0 || X509_set1_notAfter(leaf, last);
}

/* A certificate with a new key, signed by `ca`, or by itself when that is NULL. NULL: OpenSSL could not. */
static TlsIdentity *make_identity(const char *name, int n_days, const TlsIdentity *ca, const Extension *extensions,
                                  gsize n_extensions) {
  g_autoptr(TlsIdentity) made = g_new0(TlsIdentity, 1);
  X509 *leaf = made->leaf = X509_new();

  made->key = EVP_EC_gen("P-256");
  if (!leaf || !made->key)
    return NULL;
  const TlsIdentity *issuer = ca ? ca : made;
  X509_NAME *subject = X509_get_subject_name(leaf);
  gboolean done = X509_set_version(leaf, X509_VERSION_3) && set_serial(leaf) &&
                  X509_gmtime_adj(X509_getm_notBefore(leaf), -(long)CLOCK_SKEW_DAYS * DAY_S) &&
                  X509_gmtime_adj(X509_getm_notAfter(leaf), (long)n_days * DAY_S) && end_with(leaf, ca) &&
                  X509_set_pubkey(leaf, made->key) &&
                  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const guint8 *)name, -1, -1, 0) &&
                  X509_set_issuer_name(leaf, X509_get_subject_name(issuer->leaf)) &&
                  add_extensions(leaf, issuer->leaf, extensions, n_extensions) &&
                  X509_sign(leaf, issuer->key, EVP_sha256()) > 0;
  return done ? g_steal_pointer(&made) : NULL;
}

/* The year tells several of them apart in a client's list. */
static TlsIdentity *make_ca(const GPtrArray *names) {
  g_autofree char *constraints = print_constraints(names);
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  g_autofree char *made = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
  g_autofree char *name = g_strdup_printf("dsmtpd local CA, made %s", made);
  const Extension extensions[] = {
      {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
      {NID_key_usage, "critical,keyCertSign,cRLSign"},
      {NID_ext_key_usage, "serverAuth"},
      {NID_name_constraints, constraints},
      {NID_subject_key_identifier, "hash"},
  };

  return make_identity(name, CA_DAYS, NULL, extensions, G_N_ELEMENTS(extensions));
}

static TlsIdentity *make_server(const TlsIdentity *ca, const GPtrArray *names) {
  g_autofree char *alternative_names = print_alternative_names(names);
  const Extension extensions[] = {
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, "serverAuth"},
      {NID_subject_alt_name, alternative_names},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid"},
  };

  return make_identity(g_ptr_array_index(names, 0), SERVER_DAYS, ca, extensions, G_N_ELEMENTS(extensions));
}

/* --- judging */

/* As a client would that trusts this CA, constraints and all. */
static gboolean is_vouched_for(const TlsIdentity *server, const TlsIdentity *ca) {
  g_autoptr(X509_STORE) store = X509_STORE_new();
  g_autoptr(X509_STORE_CTX) check = X509_STORE_CTX_new();
  gboolean good = store && check && X509_STORE_add_cert(store, ca->leaf) &&
                  X509_STORE_CTX_init(check, store, server->leaf, NULL) &&
                  X509_STORE_CTX_set_default(check, "ssl_server") && X509_verify_cert(check) == 1;

  ERR_clear_error();
  return good;
}

static gboolean lasts(const X509 *certificate, int n_days) {
  time_t then = time(NULL) + (time_t)n_days * DAY_S;

  return X509_cmp_time(X509_get0_notAfter(certificate), &then) > 0;
}

static gboolean has_names(const TlsIdentity *server, const GPtrArray *names) {
  GENERAL_NAMES *there = X509_get_ext_d2i(server->leaf, NID_subject_alt_name, NULL, NULL);
  gboolean same = there && sk_GENERAL_NAME_num(there) == (int)names->len;

  for (guint i = 0; same && i < names->len; i++) {
    const char *name = g_ptr_array_index(names, i);
    same = is_ip(name) ? X509_check_ip_asc(server->leaf, name, 0) == 1
                       : X509_check_host(server->leaf, name, 0, 0, NULL) == 1;
  }
  GENERAL_NAMES_free(there);
  return same;
}

/* By the constraints alone. X509_check_purpose() reads the extension into where NAME_CONSTRAINTS_check() looks for it.
 */
static gboolean may_vouch_for(const X509 *ca, const char *name) {
  g_autoptr(NAME_CONSTRAINTS) constraints = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
  g_autoptr(X509) probe = X509_new();
  g_autofree char *alternative_name = g_strdup_printf("%s:%s", is_ip(name) ? "IP" : "DNS", name);
  const Extension extension = {NID_subject_alt_name, alternative_name};
  gboolean may = !constraints;

  if (!may && probe && add_extensions(probe, probe, &extension, 1)) {
    (void)X509_check_purpose(probe, -1, 0);
    may = NAME_CONSTRAINTS_check(probe, constraints) == X509_V_OK;
  }
  ERR_clear_error();
  return may;
}

/* --- which names */

/* What this run is about. */
typedef struct Plan {
  const char *directory;
  GPtrArray *names;   /* of the certificate; lent */
  const char *beyond; /* the first one for which the CA may not vouch; NULL: there is none */
  GString *left_out;
} Plan;

static void leave_out(Plan *plan, const char *name) {
  g_string_append_printf(plan->left_out, "%s%s", plan->left_out->len > 0 ? ", " : "", name);
}

/* `ca` NULL: a new one will be made, for all of them. Each name once. */
static void choose_names(Plan *plan, const AutoCertificateNames *names, const X509 *ca) {
  for (const char *const *name = names->asked; *name; name++) {
    if (!can_be_named(*name))
      leave_out(plan, *name);
    else if (!has_name(plan->names, *name))
      g_ptr_array_add(plan->names, (gpointer)*name);
    if (ca && !plan->beyond && can_be_named(*name) && !may_vouch_for(ca, *name))
      plan->beyond = *name;
  }
  for (const char *const *name = names->known; *name; name++) {
    if (!can_be_named(*name) || has_name(plan->names, *name))
      continue;
    if (!ca || plan->beyond || may_vouch_for(ca, *name))
      g_ptr_array_add(plan->names, (gpointer)*name);
    else
      leave_out(plan, *name);
  }
}

static char *print_subtree(const GENERAL_NAME *base) {
  int len = base->type == GEN_DNS || base->type == GEN_IPADD ? ASN1_STRING_length(base->d.ia5) : 0;
  const guint8 *bytes = len > 0 ? ASN1_STRING_get0_data(base->d.ia5) : NULL;
  char address[INET6_ADDRSTRLEN];

  if (!bytes)
    return NULL;
  if (base->type == GEN_DNS)
    return g_strndup((const char *)bytes, (gsize)len);
  /* an address and a mask of the same length: networks are permitted always */
  for (int i = len / 2; i < len; i++)
    if (bytes[i] != 0xff)
      return NULL;
  return inet_ntop(len == 8 ? AF_INET : AF_INET6, bytes, address, sizeof address) ? g_strdup(address) : NULL;
}

/* A CA that replaces another may vouch for what that could, so that two servers whose names differ do not replace it in
 * turns. The caller frees. */
static GPtrArray *names_for_new_ca(const GPtrArray *names, const X509 *old_ca) {
  GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(NAME_CONSTRAINTS) old = old_ca ? X509_get_ext_d2i(old_ca, NID_name_constraints, NULL, NULL) : NULL;
  int n_old = old ? sk_GENERAL_SUBTREE_num(old->permittedSubtrees) : 0;

  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add(all, g_strdup(g_ptr_array_index(names, i)));
  for (int i = 0; i < n_old && all->len < names->len + INHERITED_MAX; i++) {
    g_autofree char *name = print_subtree(sk_GENERAL_SUBTREE_value(old->permittedSubtrees, i)->base);
    if (name && can_be_named(name) && !has_name(all, name))
      g_ptr_array_add(all, g_steal_pointer(&name));
  }
  return all;
}

/* --- files */

char *auto_certificate_ca_file(const char *directory) {
  return g_build_filename(directory, "ca.pem", NULL);
}

static char *ca_key_file(const char *directory) {
  return g_build_filename(directory, "ca-key.pem", NULL);
}

char *auto_certificate_server_file(const char *directory) {
  return g_build_filename(directory, "server.pem", NULL);
}

/* With its key, the file is for us alone. */
static gboolean save(const char *file, const TlsIdentity *identity, gboolean with_key, GError **error) {
  g_autoptr(BIO) pem = BIO_new(BIO_s_mem());
  g_autoptr(GError) reason = NULL;
  char *bytes = NULL;
  gboolean printed = pem && PEM_write_bio_X509(pem, identity->leaf) &&
                     (!with_key || PEM_write_bio_PrivateKey(pem, identity->key, NULL, NULL, 0, NULL, NULL));
  long len = printed ? BIO_get_mem_data(pem, &bytes) : -1;

  if (len < 0)
    g_set_error(error, TLS_ERROR, TLS_ERROR_FAILED, "%s: not enough memory to write it", file);
  else if (!g_file_set_contents_full(file, bytes, len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                     with_key ? 0600 : 0644, &reason))
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s; choose another directory with --state-directory",
                reason->message);
  else
    return TRUE;
  return FALSE;
}

/* A file that was cut short or replaced by something else counts as none; one that may not be read is an error. */
static gboolean load_own(const char *file, TlsIdentity **out_identity, GError **error) {
  g_autoptr(GError) reason = NULL;

  *out_identity = NULL;
  if (access(file, R_OK) == 0) {
    *out_identity = tls_identity_load(file, NULL, &reason);
    return TRUE;
  }
  if (errno == ENOENT)
    return TRUE;
  g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: %s; make this user its owner, or remove it", file,
              g_strerror(errno));
  return FALSE;
}

/* Two servers that start at once are not to make a CA each. Unlocked by closing. */
static int lock_directory(const char *directory, GError **error) {
  int fd = -1;

  if (g_mkdir_with_parents(directory, 0700) == 0)
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
    continue; /* where locks are not known, there is no protection */
  if (fd < 0)
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: %s; choose another directory with --state-directory", directory,
                g_strerror(errno));
  return fd;
}

/* NULL: there is none, or what is there is damaged. */
static X509 *load_certificate(const char *file) {
  g_autofree char *content = NULL;
  gsize len = 0;
  X509 *certificate = NULL;

  if (g_file_get_contents(file, &content, &len, NULL)) {
    g_autoptr(BIO) pem = BIO_new_mem_buf(content, (int)MIN(len, TLS_FILE_MAX));
    certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL);
    ERR_clear_error();
  }
  return certificate;
}

/* --- the whole */

/* What clients are given is a copy, made again when it is not one. */
static gboolean save_ca(const char *directory, const TlsIdentity *ca, gboolean is_new, GError **error) {
  g_autofree char *file = auto_certificate_ca_file(directory);
  g_autofree char *key_file = ca_key_file(directory);

  if (is_new && !save(key_file, ca, TRUE, error))
    return FALSE;
  g_autoptr(X509) copy = load_certificate(file);
  return (copy && X509_cmp(copy, ca->leaf) == 0) || save(file, ca, FALSE, error);
}

static gboolean serves(const TlsIdentity *server, const TlsIdentity *ca, const GPtrArray *names) {
  return server && is_vouched_for(server, ca) && lasts(server->leaf, RENEW_DAYS) && has_names(server, names);
}

static gboolean fail_to_make(GError **error) {
  g_autofree char *reason = tls_error_take_reason();

  g_set_error(error, TLS_ERROR, TLS_ERROR_FAILED, "a certificate could not be made: %s; give one with --tls-cert",
              reason);
  return FALSE;
}

static gboolean renew(const Plan *plan, const TlsIdentity *ca, gboolean ca_is_new, GError **error) {
  g_autofree char *server_file = auto_certificate_server_file(plan->directory);
  g_autoptr(TlsIdentity) server = make_server(ca, plan->names);

  if (!server || !is_vouched_for(server, ca))
    return fail_to_make(error);
  return save_ca(plan->directory, ca, ca_is_new, error) && save(server_file, server, TRUE, error);
}

static gboolean replace_ca(const Plan *plan, const X509 *old_ca, GError **error) {
  g_autoptr(GPtrArray) vouched = names_for_new_ca(plan->names, old_ca);
  g_autoptr(TlsIdentity) ca = make_ca(vouched);

  return ca ? renew(plan, ca, TRUE, error) : fail_to_make(error);
}

/* Why the CA in the directory can no longer be used; NULL: it can. `ca` NULL: it could not be read. The caller frees.
 */
static char *judge_ca(const Plan *plan, const TlsIdentity *ca) {
  if (!ca)
    return g_strdup("cannot be read");
  if (plan->beyond)
    return g_strdup_printf("may not sign for %s", plan->beyond);
  return lasts(ca->leaf, RENEW_DAYS) ? NULL : g_strdup_printf("expires within %d days", RENEW_DAYS);
}

static gboolean prepare_locked(Plan *plan, const AutoCertificateNames *names, AutoCertificateReport *report,
                               GError **error) {
  g_autofree char *ca_file = auto_certificate_ca_file(plan->directory);
  g_autofree char *key_file = ca_key_file(plan->directory);
  g_autofree char *server_file = auto_certificate_server_file(plan->directory);
  gboolean had_ca = access(key_file, F_OK) == 0 || access(ca_file, F_OK) == 0;
  g_autoptr(TlsIdentity) ca = NULL;
  g_autoptr(TlsIdentity) server = NULL;

  if (!load_own(key_file, &ca, error) || !load_own(server_file, &server, error))
    return FALSE;
  /* Without its key the CA can sign nothing more, but what it signed stays good. */
  g_autoptr(X509) certificate = ca ? NULL : load_certificate(ca_file);
  const TlsIdentity without_key = {.leaf = certificate};
  const TlsIdentity *known = ca ? ca : &without_key;

  choose_names(plan, names, known->leaf);
  if (known->leaf && serves(server, known, plan->names))
    return save_ca(plan->directory, known, FALSE, error);
  g_autofree char *why_new = judge_ca(plan, ca);
  if (ca && !why_new) {
    report->outcome = AUTO_CERTIFICATE_RENEWED;
    return renew(plan, ca, FALSE, error);
  }
  report->outcome = had_ca ? AUTO_CERTIFICATE_NEW_CA : AUTO_CERTIFICATE_FIRST_CA;
  report->why_new = had_ca ? g_steal_pointer(&why_new) : NULL;
  g_ptr_array_set_size(plan->names, 0);
  g_string_truncate(plan->left_out, 0);
  choose_names(plan, names, NULL);
  return replace_ca(plan, known->leaf, error);
}

gboolean auto_certificate_prepare(const char *directory, const AutoCertificateNames *names,
                                  AutoCertificateReport *out_report, GError **error) {
  Plan plan = {.directory = directory};
  int lock = lock_directory(directory, error);

  *out_report = (AutoCertificateReport){.outcome = AUTO_CERTIFICATE_KEPT};
  if (lock < 0)
    return FALSE;
  plan.names = g_ptr_array_new();
  plan.left_out = g_string_new(NULL);
  gboolean done = prepare_locked(&plan, names, out_report, error);
  close(lock);
  g_ptr_array_unref(plan.names);
  out_report->left_out = plan.left_out->len > 0 ? g_strdup(plan.left_out->str) : NULL;
  g_string_free(plan.left_out, TRUE);
  return done;
}

void auto_certificate_report_clear(AutoCertificateReport *report) {
  g_clear_pointer(&report->why_new, g_free);
  g_clear_pointer(&report->left_out, g_free);
}
