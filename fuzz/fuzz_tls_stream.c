/* What a peer may send before, inside and after a TLS handshake. The first byte of the input says how far a client of
 * good will gets first (its lower bits: how many flights it sends; 8: then also a line), the second how the rest is
 * split. Checked: nothing waits or crashes, the input keeps its bound, and everything is freed. */
#include "fuzz.h"
#include "net/conn.h"
#include "support/tls_files.h"
#include "tls/stream.h"
#include <fcntl.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Peer {
  struct event_base *base;
  NetConn *conn; /* NULL once it has ended */
  int fd;
  SSL *client;
} Peer;

static void ready_cb(NetConn *conn, gpointer user_data) {
  struct evbuffer *input = net_conn_input(conn);

  g_assert_cmpuint(evbuffer_get_length(input), <, NET_CONN_INPUT_MAX + NET_READ_BYTES);
  evbuffer_add_buffer(net_conn_output(conn), input);
  net_conn_update(conn);
}

static void finish_cb(NetConn *conn, gpointer user_data) {
  net_conn_finish(conn, FALSE);
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  Peer *peer = user_data;

  g_clear_pointer(&peer->conn, net_conn_free);
}

static void shook_hands_cb(NetConn *conn, const GError *error, gpointer user_data) {
  if (!error)
    net_conn_update(conn);
}

static const NetConnEvents events = {.ready = ready_cb,
                                     .input_ended = finish_cb,
                                     .expired = finish_cb,
                                     .ended = ended_cb,
                                     .shook_hands = shook_hands_cb};

/* Made once: what is fuzzed is what comes from the network. */
static TlsContext *context_once(void) {
  static TlsContext *context;
  static const char *const names[] = {"localhost", NULL};

  if (context)
    return context;
  signal(SIGPIPE, SIG_IGN);
  g_autofree char *directory = tls_directory_make();
  context = tls_context_for(directory, names);
  tls_directory_remove(directory);
  return context;
}

static void turn(Peer *peer) {
  char dropped[16 * 1024];
  ssize_t n;

  event_base_loop(peer->base, EVLOOP_NONBLOCK);
  while ((n = read(peer->fd, dropped, sizeof dropped)) > 0)
    if (peer->client)
      BIO_write(SSL_get_rbio(peer->client), dropped, (int)n);
}

static void say(Peer *peer, const uint8_t *bytes, size_t n_bytes, size_t step) {
  for (size_t at = 0; at < n_bytes; at += step) {
    if (write(peer->fd, bytes + at, MIN(step, n_bytes - at)) < 0)
      return;
    turn(peer);
  }
}

/* One flight of a client that means it. */
static void send_flight(Peer *peer, gboolean with_line) {
  char *bytes = NULL;

  ERR_clear_error();
  if (SSL_do_handshake(peer->client) == 1 && with_line)
    SSL_write(peer->client, "EHLO x\r\n", 8);
  long n_bytes = BIO_get_mem_data(SSL_get_wbio(peer->client), &bytes);
  if (n_bytes > 0)
    say(peer, (const uint8_t *)bytes, (size_t)n_bytes, (size_t)n_bytes);
  (void)BIO_reset(SSL_get_wbio(peer->client));
}

static SSL *client_new(SSL_CTX *client_context) {
  SSL *client = SSL_new(client_context);

  SSL_set_connect_state(client);
  SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  return client;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  TlsContext *context = context_once();
  int fds[2];

  if (n_bytes < 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
    return 0;
  fcntl(fds[0], F_SETFL, O_NONBLOCK);
  fcntl(fds[1], F_SETFL, O_NONBLOCK);
  size_t n_flights = bytes[0] & 3;
  size_t step = bytes[1] > 0 ? bytes[1] : n_bytes;
  SSL_CTX *client_context = n_flights > 0 ? SSL_CTX_new(TLS_client_method()) : NULL;
  Peer peer = {.base = event_base_new(), .fd = fds[1]};

  peer.conn = net_conn_new(peer.base, fds[0], &events, &peer);
  peer.client = client_context ? client_new(client_context) : NULL;
  net_conn_change_transport(peer.conn, &tls_transport, tls_stream_new(context));
  turn(&peer);
  for (size_t i = 0; i < n_flights; i++)
    send_flight(&peer, (bytes[0] & 8) != 0);
  say(&peer, bytes + 2, n_bytes - 2, step);
  shutdown(peer.fd, SHUT_WR);
  turn(&peer);
  turn(&peer);

  net_conn_free(peer.conn);
  SSL_free(peer.client);
  SSL_CTX_free(client_context);
  event_base_free(peer.base);
  close(peer.fd);
  return 0;
}
