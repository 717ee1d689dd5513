#include "tls/client.h"

#include "tls/ca_places.h"
#include <openssl/x509v3.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL_CTX, SSL_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL, SSL_free)

/* OpenSSL knows one place, that of the system it was built for; the other places are for a static program. */
static gboolean load_system_cas(SSL_CTX *context) {
  if (SSL_CTX_set_default_verify_paths(context) != 1)
    return FALSE;
  if (g_getenv(X509_get_default_cert_file_env()) || g_getenv(X509_get_default_cert_dir_env()) ||
      ca_places_has_any(X509_get_default_cert_file(), X509_get_default_cert_dir()))
    return TRUE;
  g_autofree char *file = ca_places_find("");
  if (file && SSL_CTX_load_verify_file(context, file) != 1)
    g_free(tls_error_take_reason()); /* as without it: no server is trusted */
  return TRUE;
}

SSL_CTX *tls_client_trust_new(const char *ca_file, GError **error) {
  g_autoptr(SSL_CTX) context = SSL_CTX_new(TLS_client_method());

  if (!context || !load_system_cas(context)) {
    g_autofree char *reason = tls_error_take_reason();
    g_set_error(error, TLS_ERROR, TLS_ERROR_FAILED, "TLS cannot be used: %s", reason);
    return NULL;
  }
  if (ca_file && SSL_CTX_load_verify_file(context, ca_file) != 1) {
    g_autofree char *reason = tls_error_take_reason();
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: cannot read the certificate of its CA: %s", ca_file, reason);
    return NULL;
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return g_steal_pointer(&context);
}

/* An address is looked for among a certificate's addresses, and is not a name to ask for (RFC 6066 3). */
static gboolean expect_host(SSL *ssl, const char *host) {
  if (g_hostname_is_ip_address(host))
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
  return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

SSL *tls_client_connect(SSL_CTX *trust, const char *host, GError **error) {
  g_autoptr(SSL) ssl = SSL_new(trust);

  if (!ssl || !expect_host(ssl, host)) {
    g_autofree char *reason = tls_error_take_reason();
    g_set_error(error, TLS_ERROR, TLS_ERROR_FAILED, "TLS cannot be used with %s: %s", host, reason);
    return NULL;
  }
  SSL_set_connect_state(ssl);
  return g_steal_pointer(&ssl);
}
