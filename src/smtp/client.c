/* One client of the server: its connection, the handshake, and the session. */
#include "net/cidr.h"
#include "net/conn.h"
#include "smtp/server_private.h"
#include "tls/stream.h"

enum {
  QUICK_REPLIES = 8, /* how often a client gets replies before it is taken for one that waits for them */
  PAUSE_MS = 10,     /* a client that talks ahead is given its replies when it is silent for so long */
  STALL_MS = 2000    /* a client that is silent for so long in the middle of something may wait for us */
};

typedef enum {
  PHASE_HANDSHAKE, /* of TLS: there is no session yet, or it waits */
  PHASE_SESSION,
  PHASE_END /* the last words are on their way */
} Phase;

struct SmtpClient {
  SmtpServer *server;
  TlsContext *tls; /* NULL: no TLS */
  gboolean implicit_tls;
  gboolean is_unix;
  gboolean offers_xclient;
  char *peer;
  char *peer_literal;
  NetConn *conn;
  TlsStream *handshake; /* lent by the connection in PHASE_HANDSHAKE */
  SmtpSession *session; /* NULL before the greeting */
  Phase phase;
  GList link; /* in server->clients */
  NetPeerKey key;
  guint64 progress;
  gboolean input_ended;
  gboolean is_ahead;   /* it does not wait for replies */
  gboolean is_holding; /* of the replies, until it pauses */
  guint n_replies;     /* how often some were sent */
};

void smtp_client_free(SmtpClient *client) {
  SmtpServer *server = client->server;

  smtp_session_free(client->session);
  net_conn_free(client->conn);
  net_peer_count_leave(server->peers, &client->key);
  g_queue_unlink(&server->clients, &client->link);
  tls_context_unref(client->tls);
  g_free(client->peer);
  g_free(client->peer_literal);
  g_free(client);
  if (server->stopping && g_queue_is_empty(&server->clients))
    event_active(server->end, EV_TIMEOUT, 0);
}

/* Gives the client a new deadline when it got something done, and none while it waits for us. */
static void keep_time(SmtpClient *client, SmtpSessionStatus status) {
  guint64 progress = smtp_session_progress(client->session);

  gboolean waits_for_us = status == SMTP_SESSION_WAITING || status == SMTP_SESSION_CHECKING;

  if (waits_for_us)
    net_conn_set_deadline(client->conn, 0);
  else if (progress != client->progress)
    net_conn_set_deadline(client->conn, (gint64)client->server->options->timeout_s * 1000);
  client->progress = waits_for_us ? 0 : progress;
}

/* A client that does not wait for replies may close without reading them. The system then resets the connection, and
 * drops what the client had sent but we had not acknowledged. So nothing is sent to it before it pauses. */
static void pace_replies(SmtpClient *client, SmtpSessionStatus status) {
  gboolean is_reading = status == SMTP_SESSION_READING;
  gboolean awaits_rest = is_reading && smtp_session_awaits_rest(client->session, net_conn_input(client->conn));
  gboolean has_replies = evbuffer_get_length(net_conn_output(client->conn)) > 0;

  client->is_ahead |= smtp_session_is_ahead(client->session);
  client->is_holding = client->is_ahead && is_reading && has_replies;
  net_conn_hold(client->conn, client->is_holding);
  net_conn_set_quiet(client->conn, client->is_holding ? PAUSE_MS : awaits_rest ? STALL_MS : 0);
}

/* A server that stops lets a message under way arrive for a while, and nothing else begin. */
static gboolean must_stop(const SmtpClient *client) {
  const SmtpServer *server = client->server;

  return server->stopping && (server->grace_over || !smtp_session_in_mail(client->session));
}

static void finish(SmtpClient *client, gboolean linger) {
  client->phase = PHASE_END;
  net_conn_finish(client->conn, linger);
}

/* --- TLS */

static void notice(const SmtpClient *client, const char *event, const char *text) {
  const SmtpServer *server = client->server;

  server->events->tls_noticed(server->events_data, event, client->peer, text);
}

/* FALSE: no TLS can be had. */
static gboolean begin_handshake(SmtpClient *client) {
  gint64 timeout_ms = MIN((gint64)client->server->options->timeout_s * 1000, SMTP_HANDSHAKE_TIMEOUT_MS);
  TlsStream *stream = tls_stream_new(client->tls);

  if (!stream)
    return FALSE;
  client->phase = PHASE_HANDSHAKE;
  client->handshake = stream;
  net_conn_set_deadline(client->conn, timeout_ms);
  net_conn_change_transport(client->conn, &tls_transport, stream);
  return TRUE;
}

/* What lies behind the command may be by somebody else than the client, who can write into the connection. */
static void answer_starttls(SmtpClient *client) {
  gboolean ready = begin_handshake(client);
  gsize n_dropped = smtp_session_answer_starttls(client->session, net_conn_input(client->conn), ready);

  if (n_dropped == 0)
    return;
  g_autofree char *text = g_strdup_printf("%" G_GSIZE_FORMAT " bytes came after STARTTLS but before its reply, and "
                                          "were dropped (RFC 3207 4.2, CVE-2011-0411)",
                                          n_dropped);
  notice(client, "tls-injection", text);
}

/* --- the session */

/* TRUE when there was more to do than replies to wait for, and those have been sent since. */
static gboolean has_more_to_do(SmtpClient *client, SmtpSessionStatus status) {
  if (status == SMTP_SESSION_STARTTLS)
    return client->phase == PHASE_SESSION; /* rejected, so the session goes on */
  return status == SMTP_SESSION_BLOCKED && evbuffer_get_length(net_conn_output(client->conn)) <= NET_CONN_OUTPUT_LOW;
}

/* What the session's status means for the connection; returns the status it is left in. */
static SmtpSessionStatus judge(SmtpClient *client, SmtpSessionStatus status) {
  gboolean blocked_for_good = status == SMTP_SESSION_BLOCKED && client->server->grace_over;

  gboolean at_rest =
      status == SMTP_SESSION_READING || status == SMTP_SESSION_STARTTLS || status == SMTP_SESSION_CHECKING;

  if ((at_rest && must_stop(client)) || blocked_for_good) {
    smtp_session_shut_down(client->session);
    return SMTP_SESSION_CUT;
  }
  if (status == SMTP_SESSION_READING && client->input_ended) {
    smtp_session_input_ended(client->session, net_conn_input(client->conn));
    return SMTP_SESSION_DONE;
  }
  return status;
}

/* The same for a client of which that is not known yet: what it sends is acknowledged at once, not with the next reply,
 * so that no more than its last bytes can be dropped. */
static void send_replies(SmtpClient *client) {
  net_conn_update(client->conn);
  if (client->n_replies++ < QUICK_REPLIES)
    net_conn_acknowledge_quickly(client->conn);
}

static void release_replies(SmtpClient *client) {
  client->is_holding = FALSE;
  net_conn_hold(client->conn, FALSE);
  net_conn_update(client->conn);
  if (smtp_session_awaits_rest(client->session, net_conn_input(client->conn)))
    net_conn_set_quiet(client->conn, STALL_MS);
}

static void process(SmtpClient *client) {
  SmtpSessionStatus status = SMTP_SESSION_BLOCKED;

  for (gboolean more = client->phase == PHASE_SESSION; more; more = has_more_to_do(client, status)) {
    status = judge(client, smtp_session_read(client->session, net_conn_input(client->conn)));
    keep_time(client, status);
    pace_replies(client, status);
    if (status == SMTP_SESSION_DONE || status == SMTP_SESSION_CUT)
      finish(client, status == SMTP_SESSION_CUT);
    else if (status == SMTP_SESSION_STARTTLS)
      answer_starttls(client);
    else
      send_replies(client);
  }
}

/* --- what happens to a connection */

static void ready_cb(NetConn *conn, gpointer user_data) {
  SmtpClient *client = user_data;
  gboolean was_in_mail = smtp_session_in_mail(client->session);

  process(client);
  if (was_in_mail && smtp_session_in_mail(client->session))
    net_conn_acknowledge_quickly(conn); /* more of the message has to come */
}

static void wake_cb(gpointer user_data) {
  process(user_data);
}

static void input_ended_cb(NetConn *conn, gpointer user_data) {
  SmtpClient *client = user_data;

  client->input_ended = TRUE;
  process(client);
}

static void expired_cb(NetConn *conn, gpointer user_data) {
  SmtpClient *client = user_data;

  if (client->phase == PHASE_SESSION)
    smtp_session_expire(client->session, net_conn_input(client->conn));
  else
    notice(client, "tls-failed", "the TLS handshake failed: the client took too long");
  finish(client, TRUE);
}

static void quiet_cb(NetConn *conn, gpointer user_data) {
  SmtpClient *client = user_data;

  if (client->phase != PHASE_SESSION)
    return;
  if (client->is_holding)
    release_replies(client);
  else
    smtp_session_stall(client->session, net_conn_input(conn));
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  SmtpClient *client = user_data;

  if (client->session && !client->input_ended)
    smtp_session_input_ended(client->session, net_conn_input(client->conn));
  smtp_client_free(client);
}

/* A new session, or the one that asked for TLS. */
static void start_session(SmtpClient *client, const SmtpTls *tls) {
  const SmtpServer *server = client->server;
  const SmtpOrigin origin = {
      .peer = client->peer,
      .peer_literal = client->peer_literal,
      .key = client->key,
      .is_unix = client->is_unix,
      .offers_tls = client->tls != NULL && !client->implicit_tls,
      .offers_xclient = client->offers_xclient,
      .tls = *tls,
  };

  client->phase = PHASE_SESSION;
  if (client->session) {
    smtp_session_secured(client->session, &origin);
  } else {
    client->session = smtp_session_new(&server->options->session, server->handler, server->handler_data, &origin,
                                       net_conn_output(client->conn), wake_cb, client);
    client->is_ahead = net_conn_receive(client->conn); /* before the greeting; after STARTTLS there is none */
  }
  process(client);
}

static void shook_hands_cb(NetConn *conn, const GError *error, gpointer user_data) {
  SmtpClient *client = user_data;
  const TlsStream *stream = g_steal_pointer(&client->handshake);

  if (error) {
    client->phase = PHASE_END;
    notice(client, "tls-failed", error->message);
    return;
  }
  g_autofree char *name = tls_stream_client_name(stream);
  const SmtpTls tls = {.version = tls_stream_version(stream), .cipher = tls_stream_cipher(stream), .client = name};

  start_session(client, &tls);
}

static const NetConnEvents conn_events = {
    .ready = ready_cb,
    .input_ended = input_ended_cb,
    .expired = expired_cb,
    .quiet = quiet_cb,
    .ended = ended_cb,
    .shook_hands = shook_hands_cb,
};

static void begin(SmtpClient *client) {
  static const SmtpTls no_tls = {0};

  if (!client->implicit_tls)
    start_session(client, &no_tls);
  else if (!begin_handshake(client))
    finish(client, FALSE);
}

void smtp_client_new(SmtpServer *server, const SmtpListenerOptions *listener, int fd, const NetAddress *peer,
                     const char *name, gboolean is_unix) {
  SmtpClient *client = g_new0(SmtpClient, 1);

  client->server = server;
  client->tls = listener->tls != NULL ? tls_context_ref(listener->tls) : NULL;
  client->implicit_tls = listener->implicit_tls;
  client->is_unix = is_unix;
  client->offers_xclient = net_cidrs_contain(server->options->xclients, peer);
  client->peer = g_strdup(name);
  client->peer_literal = net_address_literal(peer);
  client->key = net_peer_key(peer);
  client->conn = net_conn_new(server->base, fd, &conn_events, client);
  net_conn_read_on(
      client->conn); /* a message whose end has come is stored, whether or not its client waits to hear so */
  client->link.data = client;
  g_queue_push_tail_link(&server->clients, &client->link);
  begin(client);
}

void smtp_client_stop(SmtpClient *client) {
  net_conn_set_linger(client->conn, NET_CONN_STOP_LINGER_MS);
  smtp_client_go_on(client);
}

void smtp_client_go_on(SmtpClient *client) {
  if (client->phase == PHASE_HANDSHAKE && client->server->stopping)
    finish(client, FALSE);
  else
    process(client);
}
