/* A connection with TLS over a pair of sockets. The client is OpenSSL with buffers in memory, so that its bytes can be
 * passed on whole, one by one, or split at any position, and spoilt. */
#include "net/conn.h"
#include "support/tls_files.h"
#include "tls/stream.h"
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Fixture {
  struct event_base *base;
  char *directory;
  TlsContext *context;
  NetConn *conn;
  TlsStream *stream; /* lent */
  int peer;          /* the client's end, not blocking */
  SSL_CTX *client_context;
  SSL *client;
  GError *error; /* of the handshake */
  guint n_shaken;
  guint n_ready;
  guint n_input_ended;
  guint n_expired;
  guint n_ended;
} Fixture;

static void ready_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_ready++;
}

static void input_ended_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_input_ended++;
}

static void expired_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_expired++;
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_ended++;
  g_clear_pointer(&fixture->conn, net_conn_free);
}

static void shook_hands_cb(NetConn *conn, const GError *error, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_shaken++;
  fixture->error = error ? g_error_copy(error) : NULL;
}

static const NetConnEvents events = {.ready = ready_cb,
                                     .input_ended = input_ended_cb,
                                     .expired = expired_cb,
                                     .ended = ended_cb,
                                     .shook_hands = shook_hands_cb};

static void set_up(Fixture *fixture, gconstpointer data) {
  static const char *const names[] = {"localhost", NULL};
  int fds[2];

  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  fcntl(fds[0], F_SETFL, O_NONBLOCK);
  fcntl(fds[1], F_SETFL, O_NONBLOCK);
  fixture->directory = tls_directory_make();
  fixture->context = tls_context_for(fixture->directory, names);
  fixture->base = event_base_new();
  fixture->peer = fds[1];
  fixture->conn = net_conn_new(fixture->base, fds[0], &events, fixture);
  fixture->stream = tls_stream_new(fixture->context);
  fixture->client_context = SSL_CTX_new(TLS_client_method());
  fixture->client = SSL_new(fixture->client_context);
  SSL_set_connect_state(fixture->client);
  SSL_set_bio(fixture->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  net_conn_free(fixture->conn);
  SSL_free(fixture->client);
  SSL_CTX_free(fixture->client_context);
  tls_context_free(fixture->context);
  if (fixture->peer >= 0)
    close(fixture->peer);
  event_base_free(fixture->base);
  g_clear_error(&fixture->error);
  tls_directory_remove(fixture->directory);
  g_free(fixture->directory);
}

static void begin(Fixture *fixture) {
  net_conn_change_transport(fixture->conn, &tls_transport, fixture->stream);
}

static void turn(Fixture *fixture) {
  event_base_loop(fixture->base, EVLOOP_NONBLOCK);
}

/* Passes what the client wants to send on to the server, `step` bytes at a time; 0: all at once. */
static void pass_on(Fixture *fixture, gsize step) {
  char *bytes = NULL;
  long n_bytes = BIO_get_mem_data(SSL_get_wbio(fixture->client), &bytes);

  for (long at = 0; at < n_bytes;) {
    gsize n = step > 0 ? MIN(step, (gsize)(n_bytes - at)) : (gsize)(n_bytes - at);
    ssize_t n_written = write(fixture->peer, bytes + at, n);
    at += MAX(n_written, 0);
    turn(fixture);
  }
  (void)BIO_reset(SSL_get_wbio(fixture->client));
}

/* Gives the client what the server sent. */
static void take_in(Fixture *fixture) {
  char bytes[16 * 1024];
  ssize_t n;

  turn(fixture);
  while ((n = read(fixture->peer, bytes, sizeof bytes)) > 0)
    BIO_write(SSL_get_rbio(fixture->client), bytes, (int)n);
}

static void shake_hands(Fixture *fixture, gsize step) {
  begin(fixture);
  while (fixture->n_shaken == 0 || !SSL_is_init_finished(fixture->client)) {
    ERR_clear_error();
    SSL_do_handshake(fixture->client);
    pass_on(fixture, step);
    take_in(fixture);
  }
  g_assert_no_error(fixture->error);
}

static void drain(struct evbuffer *buffer) {
  evbuffer_drain(buffer, evbuffer_get_length(buffer));
}

static void bytes_go_both_ways(Fixture *fixture, gconstpointer data) {
  char bytes[16];

  shake_hands(fixture, GPOINTER_TO_SIZE(data));
  SSL_write(fixture->client, "EHLO\r\n", 6);
  pass_on(fixture, GPOINTER_TO_SIZE(data));
  g_assert_cmpuint(fixture->n_ready, ==, 1);
  g_assert_cmpmem(evbuffer_pullup(net_conn_input(fixture->conn), -1), 6, "EHLO\r\n", 6);
  evbuffer_add(net_conn_output(fixture->conn), "250 ok\r\n", 8);
  net_conn_update(fixture->conn);
  take_in(fixture);
  g_assert_cmpint(SSL_read(fixture->client, bytes, sizeof bytes), ==, 8);
  NetSecured secured;
  g_autofree char *client = tls_transport.describe(fixture->stream, &secured);
  g_assert_cmpstr(secured.version, ==, "TLSv1.3");
  g_assert_null(client);
}

/* What was said before goes out as it is, even where it has to wait for the peer. */
static void output_from_before_is_sent_first_and_plain(Fixture *fixture, gconstpointer data) {
  static char bytes[1024 * 1024];
  gsize n_read = 0;

  evbuffer_add(net_conn_output(fixture->conn), bytes, sizeof bytes);
  begin(fixture);
  while (n_read < sizeof bytes) {
    ssize_t n = read(fixture->peer, bytes, sizeof bytes);
    n_read += (gsize)MAX(n, 0);
    g_assert_true(n <= 0 || bytes[0] == 0);
    turn(fixture);
  }
  while (fixture->n_shaken == 0) {
    ERR_clear_error();
    SSL_do_handshake(fixture->client);
    pass_on(fixture, 0);
    take_in(fixture);
  }
  g_assert_no_error(fixture->error);
}

static void input_is_bounded_until_it_is_used(Fixture *fixture, gconstpointer data) {
  static const char bytes[8192];
  gsize n_taken = 0;
  enum { ROUNDS = 40 };

  shake_hands(fixture, 0);
  for (gsize i = 0; i < ROUNDS; i++)
    g_assert_cmpint(SSL_write(fixture->client, bytes, sizeof bytes), ==, sizeof bytes);

  char *records = NULL;
  long n_records = BIO_get_mem_data(SSL_get_wbio(fixture->client), &records);
  for (long at = 0; at < n_records || n_taken < ROUNDS * sizeof bytes;) {
    ssize_t n = at < n_records ? write(fixture->peer, records + at, (gsize)(n_records - at)) : 0;
    at += MAX(n, 0);
    for (guint i = 0; i < ROUNDS; i++)
      turn(fixture);
    gsize n_input = evbuffer_get_length(net_conn_input(fixture->conn));
    g_assert_cmpuint(n_input, <, NET_CONN_INPUT_MAX + NET_READ_BYTES);
    n_taken += n_input;
    drain(net_conn_input(fixture->conn));
    net_conn_update(fixture->conn);
  }
  g_assert_cmpuint(n_taken, ==, ROUNDS * sizeof bytes);
}

static void close_notify_is_the_end_of_input(Fixture *fixture, gconstpointer data) {
  shake_hands(fixture, 0);
  SSL_write(fixture->client, "QUIT\r\n", 6);
  SSL_shutdown(fixture->client);
  pass_on(fixture, 0);
  turn(fixture);
  g_assert_cmpuint(fixture->n_ready, ==, 1);
  g_assert_cmpuint(fixture->n_input_ended, ==, 1);
  g_assert_cmpuint(fixture->n_ended, ==, 0);
}

/* The bytes before it have arrived; our answer may still go out. */
static void so_is_an_end_without(Fixture *fixture, gconstpointer data) {
  char bytes[16];

  shake_hands(fixture, 0);
  SSL_write(fixture->client, "QUIT\r\n", 6);
  pass_on(fixture, 0);
  shutdown(fixture->peer, SHUT_WR);
  turn(fixture);
  turn(fixture);
  g_assert_cmpuint(fixture->n_input_ended, ==, 1);
  evbuffer_add(net_conn_output(fixture->conn), "221 bye\r\n", 9);
  net_conn_finish(fixture->conn, FALSE);
  take_in(fixture);
  g_assert_cmpint(SSL_read(fixture->client, bytes, sizeof bytes), ==, 9);
  g_assert_cmpint(SSL_read(fixture->client, bytes, sizeof bytes), ==, 0);
  g_assert_cmpint(SSL_get_error(fixture->client, 0), ==, SSL_ERROR_ZERO_RETURN); /* our close_notify */
}

static void a_spoilt_record_ends_the_connection(Fixture *fixture, gconstpointer data) {
  char *bytes = NULL;

  shake_hands(fixture, 0);
  SSL_write(fixture->client, "DATA\r\n", 6);
  BIO_get_mem_data(SSL_get_wbio(fixture->client), &bytes);
  bytes[7] ^= 1;
  pass_on(fixture, 0);
  turn(fixture);
  g_assert_cmpuint(fixture->n_ready, ==, 0);
  g_assert_cmpuint(fixture->n_ended, ==, 1);
}

static void a_handshake_that_fails_says_why(Fixture *fixture, gconstpointer data) {
  static const char words[] = "EHLO client.example\r\n";

  begin(fixture);
  g_assert_cmpint(write(fixture->peer, words, strlen(words)), ==, strlen(words));
  while (fixture->n_shaken == 0)
    turn(fixture);
  g_assert_error(fixture->error, TLS_ERROR, TLS_ERROR_HANDSHAKE);
  g_assert_nonnull(strstr(fixture->error->message, "is not TLS"));
  close(fixture->peer);
  fixture->peer = -1;
  while (fixture->n_ended == 0)
    event_base_loop(fixture->base, EVLOOP_ONCE);
}

static void a_handshake_can_expire(Fixture *fixture, gconstpointer data) {
  begin(fixture);
  net_conn_set_deadline(fixture->conn, 1);
  while (fixture->n_expired == 0)
    event_base_loop(fixture->base, EVLOOP_ONCE);
  net_conn_finish(fixture->conn, TRUE);
  while (fixture->n_ended == 0)
    event_base_loop(fixture->base, EVLOOP_ONCE);
  g_assert_cmpuint(fixture->n_shaken, ==, 0);
}

static void nothing_is_renegotiated(Fixture *fixture, gconstpointer data) {
  SSL_set_max_proto_version(fixture->client, TLS1_2_VERSION);
  shake_hands(fixture, 0);
  NetSecured secured;
  g_autofree char *client = tls_transport.describe(fixture->stream, &secured);
  g_assert_cmpstr(secured.version, ==, "TLSv1.2");
  g_assert_cmpint(SSL_renegotiate(fixture->client), ==, 1);
  SSL_do_handshake(fixture->client);
  pass_on(fixture, 0);
  take_in(fixture);
  g_assert_cmpint(SSL_do_handshake(fixture->client), <=, 0);
  g_assert_cmpint(ERR_GET_REASON(ERR_peek_error()), ==, SSL_R_NO_RENEGOTIATION);
  ERR_clear_error();
}

#define ADD_WITH(name, label, data) g_test_add("/tls/stream/" label, Fixture, data, set_up, name, tear_down)
#define ADD(name) ADD_WITH(name, #name, NULL)

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  g_test_init(&argc, &argv, NULL);
  ADD_WITH(bytes_go_both_ways, "octets_go_both_ways", NULL);
  ADD_WITH(bytes_go_both_ways, "octets_go_both_ways_one_by_one", GSIZE_TO_POINTER(1));
  ADD_WITH(bytes_go_both_ways, "octets_go_both_ways_by_sevens", GSIZE_TO_POINTER(7));
  ADD(output_from_before_is_sent_first_and_plain);
  ADD(input_is_bounded_until_it_is_used);
  ADD(close_notify_is_the_end_of_input);
  ADD(so_is_an_end_without);
  ADD(a_spoilt_record_ends_the_connection);
  ADD(a_handshake_that_fails_says_why);
  ADD(a_handshake_can_expire);
  ADD(nothing_is_renegotiated);
  return g_test_run();
}
