#include "tls/context.h"
#include "tls/identity.h"
#include <openssl/err.h>
#include <openssl/sha.h>

/* What RFC 9325 4.2 recommends, without the DHE forms; TLS 1.3 has no others. */
static const char ciphers_of_tls_1_2[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

enum { TICKETS_A_HANDSHAKE = 1, TICKET_KEYS_MAX = 128 };

struct TlsContext {
  char **certificate_files;
  char **key_files;
  char *client_ca_file;
  SSL_CTX *ssl_context;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SSL_CTX, SSL_CTX_free)

/* --- several certificates */

static void identities_free(void *parent, void *identities, CRYPTO_EX_DATA *data, int index, long argl, void *argp) {
  if (identities)
    g_ptr_array_unref(identities);
}

/* Where an SSL_CTX keeps its identities: they have to live as long as it does, which is until the last connection made
 * from it is gone. */
static int identities_index(void) {
  static gsize index_plus_1 = 0;

  if (g_once_init_enter(&index_plus_1))
    g_once_init_leave(&index_plus_1, (gsize)SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, identities_free) + 1);
  return (int)index_plus_1 - 1;
}

static int use_identity(SSL *ssl, const TlsIdentity *identity) {
  return SSL_use_cert_and_key(ssl, identity->leaf, identity->key, identity->chain, TRUE);
}

/* Gives the client all certificates that name the host it asks for, which may be one of each kind of key; the last set
 * of a kind holds, so the first comes last. */
static int choose_certificate_cb(SSL *ssl, void *user_data) {
  const GPtrArray *identities = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), identities_index());
  const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  gboolean found = FALSE;

  for (guint i = identities->len; host && i > 0; i--) {
    const TlsIdentity *identity = g_ptr_array_index(identities, i - 1);
    if (!tls_identity_names(identity, host))
      continue;
    if (!found)
      SSL_certs_clear(ssl);
    found = TRUE;
    if (!use_identity(ssl, identity))
      return 0;
  }
  return 1;
}

static GPtrArray *load_identities(const TlsContext *context, GError **error) {
  g_autoptr(GPtrArray) identities = g_ptr_array_new_with_free_func((GDestroyNotify)tls_identity_free);
  guint n_keys = context->key_files ? g_strv_length(context->key_files) : 0;

  for (guint i = 0; context->certificate_files[i]; i++) {
    const char *key_file = i < n_keys ? context->key_files[i] : NULL;
    TlsIdentity *identity = tls_identity_load(context->certificate_files[i], key_file, error);
    if (!identity)
      return NULL;
    g_ptr_array_add(identities, identity);
  }
  return g_steal_pointer(&identities);
}

static gboolean use_certificates(const TlsContext *context, SSL_CTX *ssl_context, GError **error) {
  GPtrArray *identities = load_identities(context, error);

  if (!identities)
    return FALSE;
  SSL_CTX_set_ex_data(ssl_context, identities_index(), identities);
  for (guint i = identities->len; i > 0; i--) { /* all, so that each is known to be good; the first is to stay */
    const TlsIdentity *identity = g_ptr_array_index(identities, i - 1);
    if (SSL_CTX_use_cert_and_key(ssl_context, identity->leaf, identity->key, identity->chain, TRUE))
      continue;
    g_autofree char *reason = tls_error_take_reason();
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE, "%s: the certificate cannot be used: %s; give another",
                identity->file, reason);
    return FALSE;
  }
  if (identities->len > 1)
    SSL_CTX_set_cert_cb(ssl_context, choose_certificate_cb, NULL);
  return TRUE;
}

/* --- certificates of clients */

/* Who may resume a session: whoever was vouched for by the CAs in force. */
static gboolean set_session_scope(SSL_CTX *ssl_context, const char *text, gsize len) {
  guint8 digest[SHA256_DIGEST_LENGTH];

  SHA256((const guint8 *)text, len, digest);
  return SSL_CTX_set_session_id_context(ssl_context, digest, sizeof digest) == 1;
}

static gboolean ask_clients(const TlsContext *context, SSL_CTX *ssl_context, GError **error) {
  const char *file = context->client_ca_file;
  gsize len = 0;
  g_autofree char *content = file ? tls_file_read(file, &len, error) : g_strdup("");

  if (!content)
    return FALSE;
  set_session_scope(ssl_context, content, len);
  if (!file)
    return TRUE;

  STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
  if (!names || !SSL_CTX_load_verify_file(ssl_context, file)) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    ERR_clear_error();
    g_set_error(error, TLS_ERROR, TLS_ERROR_FILE,
                "%s: it has no certificate in PEM form; give those of the CAs that sign clients' certificates", file);
    return FALSE;
  }
  SSL_CTX_set_client_CA_list(ssl_context, names);
  SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER, NULL);
  return TRUE;
}

/* --- the whole */

static void set_policy(SSL_CTX *ssl_context) {
  SSL_CTX_set_min_proto_version(ssl_context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(ssl_context, ciphers_of_tls_1_2);
  /* An end of input without close_notify is one all the same: nothing here takes it for the end of a message. */
  SSL_CTX_set_options(ssl_context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(ssl_context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(ssl_context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(ssl_context, TICKETS_A_HANDSHAKE);
}

static void keep_ticket_keys(SSL_CTX *from, SSL_CTX *to) {
  guint8 keys[TICKET_KEYS_MAX];
  long len = SSL_CTX_get_tlsext_ticket_keys(from, NULL, 0);

  if (len <= (long)sizeof keys && SSL_CTX_get_tlsext_ticket_keys(from, keys, len) == 1)
    SSL_CTX_set_tlsext_ticket_keys(to, keys, len);
  OPENSSL_cleanse(keys, sizeof keys);
}

SSL_CTX *tls_context_read(const TlsContext *context, GError **error) {
  g_autoptr(SSL_CTX) ssl_context = SSL_CTX_new(TLS_server_method());

  if (!ssl_context) {
    g_autofree char *reason = tls_error_take_reason();
    g_set_error(error, TLS_ERROR, TLS_ERROR_FAILED, "TLS cannot be used: %s", reason);
    return NULL;
  }
  set_policy(ssl_context);
  gboolean is_read = use_certificates(context, ssl_context, error) && ask_clients(context, ssl_context, error);
  return is_read ? g_steal_pointer(&ssl_context) : NULL;
}

void tls_context_use(TlsContext *context, SSL_CTX *what_is_new) {
  keep_ticket_keys(context->ssl_context, what_is_new);
  SSL_CTX_free(context->ssl_context);
  context->ssl_context = what_is_new;
}

TlsContext *tls_context_new(const TlsContextOptions *options, GError **error) {
  g_autoptr(TlsContext) context = g_new0(TlsContext, 1);

  context->certificate_files = g_strdupv((char **)options->certificate_files);
  context->key_files = g_strdupv((char **)options->key_files);
  context->client_ca_file = g_strdup(options->client_ca_file);
  context->ssl_context = tls_context_read(context, error);
  return context->ssl_context ? g_steal_pointer(&context) : NULL;
}

SSL *tls_context_accept(TlsContext *context) {
  SSL *ssl = SSL_new(context->ssl_context);

  if (ssl)
    SSL_set_accept_state(ssl);
  return ssl;
}

void tls_context_free(TlsContext *context) {
  if (!context)
    return;
  SSL_CTX_free(context->ssl_context);
  g_strfreev(context->certificate_files);
  g_strfreev(context->key_files);
  g_free(context->client_ca_file);
  g_free(context);
}
