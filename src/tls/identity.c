#include "tls/identity.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_vfree)

char *tls_file_read(const char *file, gsize *out_len, GError **error) {
  g_autofree char *content = NULL;
  g_autoptr(GError) reason = NULL;

  if (!g_file_get_contents(file, &content, out_len, &reason)) {
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s; give a file in PEM form that this user may read",
                reason->message);
    return NULL;
  }
  if (*out_len > TLS_FILE_MAX) {
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: too large to be a certificate or a key", file);
    return NULL;
  }
  return g_steal_pointer(&content);
}

/* In place of OpenSSL's own, which asks at the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *user_data) {
  gboolean *asked = user_data;

  *asked = TRUE;
  return -1;
}

static gboolean read_certificates(TlsIdentity *identity, const char *pem, gsize len, GError **error) {
  gboolean asked = FALSE;
  g_autoptr(BIO) bio = BIO_new_mem_buf(pem, (int)len);

  identity->leaf = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, &asked);
  if (!identity->leaf) {
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: it has no certificate in PEM form", identity->file);
    return FALSE;
  }
  identity->chain = sk_X509_new_null();
  for (X509 *next; (next = PEM_read_bio_X509(bio, NULL, no_passphrase, &asked));)
    sk_X509_push(identity->chain, next);
  return TRUE;
}

static gboolean read_key(TlsIdentity *identity, const char *key_file, const char *pem, gsize len, GError **error) {
  gboolean asked = FALSE;
  g_autoptr(BIO) bio = BIO_new_mem_buf(pem, (int)len);

  identity->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
  if (asked)
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: the key has a passphrase; give one without a passphrase",
                key_file);
  else if (!identity->key)
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE,
                "%s: it has no private key in PEM form; give its file with "
                "--tls-key",
                key_file);
  else if (!X509_check_private_key(identity->leaf, identity->key))
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE,
                "%s: the key does not belong to the certificate in %s; give certificates and keys in the same order",
                key_file, identity->file);
  else
    return TRUE;
  return FALSE;
}

TlsIdentity *tls_identity_load(const char *file, const char *key_file, GError **error) {
  g_autoptr(TlsIdentity) identity = g_new0(TlsIdentity, 1);
  g_autofree char *pem = NULL;
  g_autofree char *key_pem = NULL;
  gsize len = 0, key_len = 0;

  identity->file = g_strdup(file);
  pem = tls_file_read(file, &len, error);
  if (!pem || !read_certificates(identity, pem, len, error))
    return NULL;
  if (key_file)
    key_pem = tls_file_read(key_file, &key_len, error);
  if (key_file && !key_pem)
    return NULL;
  if (!read_key(identity, key_file ? key_file : file, key_pem ? key_pem : pem, key_pem ? key_len : len, error))
    return NULL;
  ERR_clear_error(); /* the end of a file counts as one */
  return g_steal_pointer(&identity);
}

gboolean tls_identity_names(const TlsIdentity *identity, const char *host) {
  return X509_check_host(identity->leaf, host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

void tls_identity_free(TlsIdentity *identity) {
  if (!identity)
    return;
  ERR_clear_error();
  g_free(identity->file);
  X509_free(identity->leaf);
  sk_X509_pop_free(identity->chain, X509_free);
  EVP_PKEY_free(identity->key);
  g_free(identity);
}
