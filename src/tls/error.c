#include "tls/error.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

G_DEFINE_QUARK(dsmtpd - tls - error - quark, tls_error)

/* The last error is the outermost; the first, deeper one says what it was about. */
char *tls_error_take_reason(void) {
  unsigned long code = ERR_peek_error();
  const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
  char *words = g_strdup(reason ? reason : "unknown reason");

  ERR_clear_error();
  return words;
}

/* Alerts come as reasons of their own: 1000 and the number of the alert. */
static const struct {
  int reason;
  const char *words;
} handshake_words[] = {
    {SSL_R_WRONG_VERSION_NUMBER,
     "what the client sent is not TLS; does it speak plain SMTP, or STARTTLS, on this port?"},
    {SSL_R_PACKET_LENGTH_TOO_LONG, "what the client sent is not TLS"},
    {SSL_R_HTTP_REQUEST, "the client sent an HTTP request in place of a TLS handshake"},
    {SSL_R_HTTPS_PROXY_REQUEST, "the client sent an HTTP request in place of a TLS handshake"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "the client's TLS is too old; it needs TLS 1.2 or later"},
    {SSL_R_VERSION_TOO_LOW, "the client's TLS is too old; it needs TLS 1.2 or later"},
    {SSL_R_NO_SHARED_CIPHER, "the client offers no cipher that is accepted here: ECDHE with AES-GCM or ChaCha20"},
    {SSL_R_CERTIFICATE_VERIFY_FAILED, "the client's certificate is not signed by a CA of --tls-client-ca"},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, "the client disconnected during the handshake"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA,
     "the client does not trust the certificate (unknown CA); give the client the CA's file"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the client does not accept the version of TLS"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "the client found no cipher or version that both accept"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the client does not accept the certificate; does it name the host?"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
     "the client does not accept the certificate; does it trust the CA, and does the certificate name the host?"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the client finds that the certificate has expired"},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, "the client does not accept certificates of this kind"},
};

static const char *words_of(int reason) {
  for (gsize i = 0; i < G_N_ELEMENTS(handshake_words); i++)
    if (handshake_words[i].reason == reason)
      return handshake_words[i].words;
  return NULL;
}

/* What a file of a CA would mend. */
static gboolean is_of_unknown_ca(long verified) {
  static const long failures[] = {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
                                  X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                                  X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE};

  for (gsize i = 0; i < G_N_ELEMENTS(failures); i++)
    if (failures[i] == verified)
      return TRUE;
  return FALSE;
}

GError *tls_error_of_handshake(const SSL *ssl, int fatal) {
  int reason_errno = errno;
  gboolean is_server = SSL_is_server(ssl);
  long verified = SSL_get_verify_result(ssl);
  unsigned long code = ERR_peek_error();
  const char *words = is_server && ERR_GET_LIB(code) == ERR_LIB_SSL ? words_of(ERR_GET_REASON(code)) : NULL;
  g_autofree char *reason = code != 0 ? tls_error_take_reason() : NULL;

  if (!is_server && verified != X509_V_OK)
    return g_error_new(TLS_ERROR, TLS_ERROR_HANDSHAKE, "its certificate is not trusted: %s%s",
                       X509_verify_cert_error_string(verified),
                       is_of_unknown_ca(verified) ? "; SSL_CERT_FILE may name the file of its CA" : "");
  if (!words)
    words = reason;
  if (!words && fatal == SSL_ERROR_SYSCALL && reason_errno != 0)
    words = g_strerror(reason_errno);
  if (!words)
    words = is_server ? words_of(SSL_R_UNEXPECTED_EOF_WHILE_READING) : "the server disconnected during the handshake";
  return g_error_new(TLS_ERROR, TLS_ERROR_HANDSHAKE, "the TLS handshake failed: %s", words);
}
