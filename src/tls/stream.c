#include "tls/stream.h"
#include "tls/error.h"
#include <errno.h>
#include <openssl/err.h>

struct TlsStream {
  SSL *ssl;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_vfree)

static TlsStream *stream_new(SSL *ssl) {
  TlsStream *stream = g_new0(TlsStream, 1);

  /* One system call for a record and not two; has_pending() knows of what was read ahead. */
  SSL_set_read_ahead(ssl, 1);
  stream->ssl = ssl;
  return stream;
}

TlsStream *tls_stream_new(TlsContext *context) {
  SSL *ssl = tls_context_accept(context);

  return ssl ? stream_new(ssl) : NULL;
}

TlsStream *tls_stream_new_client(SSL *ssl) {
  return stream_new(ssl);
}

void tls_stream_free(TlsStream *stream) {
  if (!stream)
    return;
  SSL_free(stream->ssl);
  g_free(stream);
}

/* --- the transport */

static gboolean start(gpointer carrier, int fd, GError **error) {
  TlsStream *stream = carrier;

  if (SSL_set_fd(stream->ssl, fd) == 1)
    return TRUE;
  g_set_error_literal(error, TLS_ERROR, TLS_ERROR_FAILED, "not enough memory for TLS");
  return FALSE;
}

/* What an operation that did not succeed waits for. */
static NetIo outcome_of(int fatal) {
  static const struct {
    int fatal;
    NetIo io;
  } outcomes[] = {
      {SSL_ERROR_WANT_READ, NET_IO_WANTS_INPUT},
      {SSL_ERROR_WANT_WRITE, NET_IO_WANTS_OUTPUT},
      {SSL_ERROR_ZERO_RETURN, NET_IO_ENDED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++)
    if (outcomes[i].fatal == fatal)
      return outcomes[i].io;
  return NET_IO_BROKEN;
}

/* SSL_get_error() looks at errors that others may have left, so each operation begins with none. */
static NetIo shake_hands(gpointer carrier, GError **error) {
  TlsStream *stream = carrier;

  ERR_clear_error();
  errno = 0;
  int result = SSL_do_handshake(stream->ssl);
  if (result == 1)
    return NET_IO_DONE;
  int fatal = SSL_get_error(stream->ssl, result);
  NetIo io = outcome_of(fatal);
  if (io == NET_IO_WANTS_INPUT || io == NET_IO_WANTS_OUTPUT)
    return io;
  g_propagate_error(error, tls_error_of_handshake(stream->ssl, fatal));
  return NET_IO_BROKEN;
}

/* By way of the stack: room reserved in the buffer would stay there when no bytes of a message were in the record. */
static NetIo read_record(gpointer carrier, int fd, struct evbuffer *input) {
  TlsStream *stream = carrier;
  guint8 bytes[NET_READ_BYTES];

  ERR_clear_error();
  int n_bytes = SSL_read(stream->ssl, bytes, sizeof bytes);
  if (n_bytes <= 0)
    return outcome_of(SSL_get_error(stream->ssl, n_bytes));
  return evbuffer_add(input, bytes, (gsize)n_bytes) == 0 ? NET_IO_DONE : NET_IO_BROKEN;
}

static NetIo write_records(gpointer carrier, int fd, struct evbuffer *output) {
  TlsStream *stream = carrier;
  struct evbuffer_iovec span;

  while (evbuffer_peek(output, -1, NULL, &span, 1) > 0 && span.iov_len > 0) {
    ERR_clear_error();
    int n_bytes = SSL_write(stream->ssl, span.iov_base, (int)MIN(span.iov_len, G_MAXINT));
    if (n_bytes <= 0) /* input is wanted by a renegotiation alone, and there is none */
      return SSL_get_error(stream->ssl, n_bytes) == SSL_ERROR_WANT_WRITE ? NET_IO_WANTS_OUTPUT : NET_IO_BROKEN;
    evbuffer_drain(output, (gsize)n_bytes);
  }
  return NET_IO_DONE;
}

static gboolean has_pending(gpointer carrier) {
  const TlsStream *stream = carrier;

  return SSL_has_pending(stream->ssl) == 1;
}

/* The peer's own goodbye is not waited for. */
static void send_close(gpointer carrier) {
  const TlsStream *stream = carrier;

  ERR_clear_error();
  if (SSL_is_init_finished(stream->ssl))
    (void)SSL_shutdown(stream->ssl);
  ERR_clear_error();
}

static void free_carrier(gpointer carrier) {
  tls_stream_free(carrier);
}

/* --- what was settled: the client proves its name by a certificate (RFC 4514) */

/* Whoever made a certificate chose the text, so nothing in it may reach a terminal as more than text. */
static char *printable(const char *text, gsize len) {
  g_autofree char *valid = g_utf8_make_valid(text, (gssize)len);
  GString *out = g_string_sized_new(len);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar character = g_utf8_get_char(at);
    if (g_unichar_isprint(character))
      g_string_append_unichar(out, character);
    else
      g_string_append_printf(out, "\\u{%04x}", character);
  }
  return g_string_free(out, FALSE);
}

static char *client_name(const TlsStream *stream) {
  g_autoptr(X509) certificate = SSL_get1_peer_certificate(stream->ssl);
  g_autoptr(BIO) text = BIO_new(BIO_s_mem());
  char *bytes = NULL;

  if (!certificate || !text)
    return NULL;
  X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
  ERR_clear_error();
  long len = BIO_get_mem_data(text, &bytes);
  return printable(bytes, (gsize)MAX(len, 0));
}

static char *describe(gpointer carrier, NetSecured *out_secured) {
  const TlsStream *stream = carrier;
  char *client = client_name(stream);

  *out_secured = (NetSecured){
      .version = SSL_get_version(stream->ssl),
      .cipher = SSL_get_cipher_name(stream->ssl),
      .client = client,
  };
  return client;
}

const NetTransport tls_transport = {
    .start = start,
    .shake_hands = shake_hands,
    .read = read_record,
    .write = write_records,
    .has_pending = has_pending,
    .close = send_close,
    .describe = describe,
    .free = free_carrier,
};

static gpointer carrier_new(gpointer context) {
  return tls_stream_new(context);
}

NetSecurity tls_stream_security(TlsContext *context) {
  return context ? (NetSecurity){.transport = &tls_transport, .carrier_new = carrier_new, .data = context}
                 : (NetSecurity){0};
}
