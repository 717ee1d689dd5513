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
  NAME_OCTETS_MAX = 64, /* ub-common-name, RFC 5280 A.1 */
  SERIAL_OCTETS = 16
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
  gsize len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
  return len > 0 && len <= NAME_OCTETS_MAX && name[len] == '\0' && name[0] != '.';
}

/* Those that can stand in a certificate, each once. The names are lent. */
static GPtrArray *usable_names(const char *const *names) {
  GPtrArray *usable = g_ptr_array_new();

  for (; *names; names++)
    if ((is_ip4(*names) || is_ip6(*names) || is_host(*names)) &&
        !g_ptr_array_find_with_equal_func(usable, *names, g_str_equal, NULL))
      g_ptr_array_add(usable, (gpointer)*names);
  return usable;
}

static char *print_alternative_names(const GPtrArray *names) {
  GString *out = g_string_new(NULL);

  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index(names, i);
    g_string_append_printf(out, "%s%s:%s", i > 0 ? "," : "", is_ip4(name) || is_ip6(name) ? "IP" : "DNS", name);
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
      g_string_append_printf(out, ",permitted;DNS:%s", name);
  }
  return g_string_free(out, FALSE);
}

/* --- making */

typedef struct Extension {
  int nid;
  const char *value;
} Extension;

static gboolean set_serial(X509 *certificate) {
  guint8 octets[SERIAL_OCTETS];

  if (RAND_bytes(octets, sizeof octets) != 1)
    return FALSE;
  octets[0] = (octets[0] & 0x7f) | 0x40; /* positive, and of this length */
  BIGNUM *number = BN_bin2bn(octets, sizeof octets, NULL);
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

/* A certificate with a new key, signed by `ca`, or by itself when that is NULL. NULL: OpenSSL could not. */
static TlsIdentity *make_identity(const char *name, int n_days, const TlsIdentity *ca, const Extension *extensions,
                                  gsize n_extensions) {
  g_autoptr(TlsIdentity) made = g_new0(TlsIdentity, 1);
  X509 *leaf = made->leaf = X509_new();

  made->key = EVP_EC_gen("P-256");
  if (!leaf || !made->key)
    return NULL;
  const TlsIdentity *issuer = ca != NULL ? ca : made;
  X509_NAME *subject = X509_get_subject_name(leaf);
  gboolean done = X509_set_version(leaf, X509_VERSION_3) && set_serial(leaf) &&
                  X509_gmtime_adj(X509_getm_notBefore(leaf), -(long)CLOCK_SKEW_DAYS * DAY_S) &&
                  X509_gmtime_adj(X509_getm_notAfter(leaf), (long)n_days * DAY_S) && X509_set_pubkey(leaf, made->key) &&
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
    same = is_ip4(name) || is_ip6(name) ? X509_check_ip_asc(server->leaf, name, 0) == 1
                                        : X509_check_host(server->leaf, name, 0, 0, NULL) == 1;
  }
  GENERAL_NAMES_free(there);
  return same;
}

/* --- files */

char *auto_certificate_ca_file(const char *folder) {
  return g_build_filename(folder, "ca.pem", NULL);
}

static char *ca_key_file(const char *folder) {
  return g_build_filename(folder, "ca-key.pem", NULL);
}

char *auto_certificate_server_file(const char *folder) {
  return g_build_filename(folder, "server.pem", NULL);
}

/* With its key, the file is for us alone. */
static gboolean save(const char *file, const TlsIdentity *identity, gboolean with_key, GError **error) {
  g_autoptr(BIO) pem = BIO_new(BIO_s_mem());
  g_autoptr(GError) reason = NULL;
  char *octets = NULL;
  gboolean printed = pem && PEM_write_bio_X509(pem, identity->leaf) &&
                     (!with_key || PEM_write_bio_PrivateKey(pem, identity->key, NULL, NULL, 0, NULL, NULL));
  long len = printed ? BIO_get_mem_data(pem, &octets) : -1;

  if (len < 0)
    g_set_error(error, TLS_ERROR, TLS_ERROR_FAILED, "%s: there is no memory to write it", file);
  else if (!g_file_set_contents_full(file, octets, len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                     with_key ? 0600 : 0644, &reason))
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s; choose another place with --state-directory", reason->message);
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
  g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: %s; give the file to this user, or remove it", file,
              g_strerror(errno));
  return FALSE;
}

/* Two servers that start at once are not to make a CA each. Unlocked by closing. */
static int lock_folder(const char *folder, GError **error) {
  int fd = -1;

  if (g_mkdir_with_parents(folder, 0700) == 0)
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
    continue; /* where locks are not known, there is no protection */
  if (fd < 0)
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: %s; choose another place with --state-directory", folder,
                g_strerror(errno));
  return fd;
}

/* --- the whole */

/* What clients are given is a copy, made again when it is not one. */
static gboolean save_ca(const char *folder, const TlsIdentity *ca, gboolean is_new, GError **error) {
  g_autofree char *file = auto_certificate_ca_file(folder);
  g_autofree char *key_file = ca_key_file(folder);
  g_autofree char *content = NULL;
  gsize len = 0;
  g_autoptr(X509) copy = NULL;

  if (is_new && !save(key_file, ca, TRUE, error))
    return FALSE;
  if (g_file_get_contents(file, &content, &len, NULL)) {
    g_autoptr(BIO) pem = BIO_new_mem_buf(content, (int)MIN(len, TLS_FILE_MAX));
    copy = PEM_read_bio_X509(pem, NULL, NULL, NULL);
    ERR_clear_error();
  }
  return (copy && X509_cmp(copy, ca->leaf) == 0) || save(file, ca, FALSE, error);
}

static gboolean serves(const TlsIdentity *server, const TlsIdentity *ca, const GPtrArray *names) {
  return server && ca && is_vouched_for(server, ca) && lasts(server->leaf, RENEW_DAYS) && has_names(server, names);
}

/* A new certificate under the CA that is there, or a new one where that can't vouch for it. */
static gboolean renew(const char *folder, TlsIdentity *old_ca, const GPtrArray *names,
                      AutoCertificateOutcome *out_outcome, GError **error) {
  g_autofree char *server_file = auto_certificate_server_file(folder);
  g_autoptr(TlsIdentity) new_ca = NULL;
  const TlsIdentity *ca = old_ca;
  g_autoptr(TlsIdentity) server = ca && lasts(ca->leaf, SERVER_DAYS) ? make_server(ca, names) : NULL;

  *out_outcome = AUTO_CERTIFICATE_RENEWED;
  if (!server || !is_vouched_for(server, ca)) {
    *out_outcome = AUTO_CERTIFICATE_NEW_CA;
    g_clear_pointer(&server, tls_identity_free);
    ca = new_ca = make_ca(names);
    server = ca ? make_server(ca, names) : NULL;
  }
  if (!server || !is_vouched_for(server, ca)) {
    g_autofree char *reason = tls_error_take_reason();
    g_set_error(error, TLS_ERROR, TLS_ERROR_FAILED, "a certificate could not be made: %s; give one with --tls-cert",
                reason);
    return FALSE;
  }
  return save_ca(folder, ca, new_ca != NULL, error) && save(server_file, server, TRUE, error);
}

static gboolean prepare_locked(const char *folder, const GPtrArray *names, AutoCertificateOutcome *out_outcome,
                               GError **error) {
  g_autofree char *key_file = ca_key_file(folder);
  g_autofree char *server_file = auto_certificate_server_file(folder);
  g_autoptr(TlsIdentity) ca = NULL;
  g_autoptr(TlsIdentity) server = NULL;

  if (!load_own(key_file, &ca, error) || !load_own(server_file, &server, error))
    return FALSE;
  if (!serves(server, ca, names))
    return renew(folder, ca, names, out_outcome, error);
  *out_outcome = AUTO_CERTIFICATE_KEPT;
  return save_ca(folder, ca, FALSE, error);
}

gboolean auto_certificate_prepare(const char *folder, const char *const *names, AutoCertificateOutcome *out_outcome,
                                  GError **error) {
  g_autoptr(GPtrArray) usable = usable_names(names);
  int lock = lock_folder(folder, error);

  if (lock < 0)
    return FALSE;
  gboolean done = prepare_locked(folder, usable, out_outcome, error);
  close(lock);
  return done;
}
