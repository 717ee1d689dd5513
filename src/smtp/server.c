#include "smtp/server.h"
#include "net/cidr.h"
#include "net/conn.h"
#include "net/peer_count.h"
#include "net/proxy_gate.h"
#include "tls/stream.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct SmtpServer {
  struct event_base *base;
  const SmtpServerOptions *options;
  const SmtpHandler *handler;
  gpointer handler_data;
  const SmtpServerEvents *events;
  gpointer events_data;
  GPtrArray *doors;    /* Door */
  GQueue clients;      /* Client */
  NetPeerCount *peers; /* of the clients */
  NetProxyGate *gate;  /* before they are clients */
  struct event *end;   /* reports `stopped` from the loop */
  struct event *grace; /* ends the mails that are still under way */
  gboolean stopping;
  gboolean grace_over;
};

/* A listener, and what holds for those who come by it. */
typedef struct Door {
  SmtpServer *server;
  NetListener *listener;
  SmtpListenerOptions options;
} Door;

typedef enum {
  PHASE_HANDSHAKE, /* of TLS: there is no session yet, or it waits */
  PHASE_SESSION,
  PHASE_END /* the last words are on their way */
} Phase;

typedef struct Client {
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
} Client;

static void client_free(Client *client) {
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
static void keep_time(Client *client, SmtpSessionStatus status) {
  guint64 progress = smtp_session_progress(client->session);

  gboolean waits_for_us = status == SMTP_SESSION_WAITING || status == SMTP_SESSION_CHECKING;

  if (waits_for_us)
    net_conn_set_deadline(client->conn, 0);
  else if (progress != client->progress)
    net_conn_set_deadline(client->conn, (gint64)client->server->options->timeout_s * 1000);
  client->progress = waits_for_us ? 0 : progress;
}

/* A server that stops lets a mail under way arrive for a while, and nothing else begin. */
static gboolean must_stop(const Client *client) {
  const SmtpServer *server = client->server;

  return server->stopping && (server->grace_over || !smtp_session_in_mail(client->session));
}

static void client_finish(Client *client, gboolean linger) {
  client->phase = PHASE_END;
  net_conn_finish(client->conn, linger);
}

/* --- TLS */

static void notice(const Client *client, const char *event, const char *text) {
  const SmtpServer *server = client->server;

  server->events->tls_noticed(server->events_data, event, client->peer, text);
}

/* FALSE: no TLS can be had. */
static gboolean begin_handshake(Client *client) {
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
static void answer_starttls(Client *client) {
  gboolean ready = begin_handshake(client);
  gsize n_dropped = smtp_session_answer_starttls(client->session, net_conn_input(client->conn), ready);

  if (n_dropped == 0)
    return;
  g_autofree char *text = g_strdup_printf("%" G_GSIZE_FORMAT " octets came behind STARTTLS and before its answer, and "
                                          "were dropped (RFC 3207 4.2, CVE-2011-0411)",
                                          n_dropped);
  notice(client, "tls-injection", text);
}

/* --- the session */

/* TRUE when there was more to do than replies to wait for, and those have been sent since. */
static gboolean has_more_to_do(Client *client, SmtpSessionStatus status) {
  if (status == SMTP_SESSION_STARTTLS)
    return client->phase == PHASE_SESSION; /* refused, so the session goes on */
  return status == SMTP_SESSION_BLOCKED && evbuffer_get_length(net_conn_output(client->conn)) <= NET_CONN_OUTPUT_LOW;
}

/* What the session's status means for the connection; returns the status it is left in. */
static SmtpSessionStatus judge(Client *client, SmtpSessionStatus status) {
  gboolean blocked_for_good = status == SMTP_SESSION_BLOCKED && client->server->grace_over;

  gboolean at_rest =
      status == SMTP_SESSION_READING || status == SMTP_SESSION_STARTTLS || status == SMTP_SESSION_CHECKING;

  if ((at_rest && must_stop(client)) || blocked_for_good) {
    smtp_session_shut_down(client->session);
    return SMTP_SESSION_CUT;
  }
  if (status == SMTP_SESSION_READING && client->input_ended) {
    smtp_session_input_ended(client->session);
    return SMTP_SESSION_DONE;
  }
  return status;
}

static void client_process(Client *client) {
  SmtpSessionStatus status = SMTP_SESSION_BLOCKED;

  for (gboolean more = client->phase == PHASE_SESSION; more; more = has_more_to_do(client, status)) {
    status = judge(client, smtp_session_read(client->session, net_conn_input(client->conn)));
    keep_time(client, status);
    if (status == SMTP_SESSION_DONE || status == SMTP_SESSION_CUT)
      client_finish(client, status == SMTP_SESSION_CUT);
    else if (status == SMTP_SESSION_STARTTLS)
      answer_starttls(client);
    else
      net_conn_update(client->conn);
  }
}

/* --- what happens to a connection */

static void ready_cb(NetConn *conn, gpointer user_data) {
  Client *client = user_data;
  gboolean was_in_mail = smtp_session_in_mail(client->session);

  client_process(client);
  if (was_in_mail && smtp_session_in_mail(client->session))
    net_conn_acknowledge_quickly(conn); /* more of the mail has to come */
}

static void wake_cb(gpointer user_data) {
  client_process(user_data);
}

static void input_ended_cb(NetConn *conn, gpointer user_data) {
  Client *client = user_data;

  client->input_ended = TRUE;
  client_process(client);
}

static void expired_cb(NetConn *conn, gpointer user_data) {
  Client *client = user_data;

  if (client->phase == PHASE_SESSION)
    smtp_session_expire(client->session);
  else
    notice(client, "tls-failed", "the TLS handshake failed: the client took too long");
  client_finish(client, TRUE);
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  Client *client = user_data;

  if (client->session && !client->input_ended)
    smtp_session_input_ended(client->session);
  client_free(client);
}

/* A new session, or the one that asked for TLS. */
static void start_session(Client *client, const SmtpTls *tls) {
  const SmtpServer *server = client->server;
  const SmtpOrigin origin = {
      .peer = client->peer,
      .peer_literal = client->peer_literal,
      .is_unix = client->is_unix,
      .offers_tls = client->tls != NULL && !client->implicit_tls,
      .offers_xclient = client->offers_xclient,
      .tls = *tls,
  };

  client->phase = PHASE_SESSION;
  if (client->session)
    smtp_session_secured(client->session, &origin);
  else
    client->session = smtp_session_new(&server->options->session, server->handler, server->handler_data, &origin,
                                       net_conn_output(client->conn), wake_cb, client);
  client_process(client);
}

static void shook_hands_cb(NetConn *conn, const GError *error, gpointer user_data) {
  Client *client = user_data;
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
    .ended = ended_cb,
    .shook_hands = shook_hands_cb,
};

/* --- taking connections */

/* A client of a unix socket has no address of its own; the socket's path says more than nothing. */
static char *name_peer(const NetAddress *peer, const NetListener *listener) {
  gboolean is_unix = peer->storage.ss_family == AF_UNIX;

  return net_address_format(is_unix ? net_listener_address(listener) : peer);
}

/* One write that either fits the empty socket buffer or is lost: nobody is waited for. Who begins with TLS could not
 * read it. */
static void turn_away(const Door *door, int fd, const char *peer, const SmtpReply *reply) {
  const SmtpServer *server = door->server;
  g_autofree char *line = g_strdup_printf("%u %s %s\r\n", reply->code, reply->enhanced, reply->text);

  if (!door->options.implicit_tls)
    (void)send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
  server->events->not_taken(server->events_data, peer, reply, 0);
}

/* The greeting, or a handshake before it. */
static void begin(Client *client) {
  static const SmtpTls no_tls = {0};

  if (!client->implicit_tls)
    start_session(client, &no_tls);
  else if (!begin_handshake(client))
    client_finish(client, FALSE);
}

/* Takes in a peer. What a peer may do goes by its own address, never by that of its proxy. */
static void admit(const Door *door, int fd, const NetAddress *peer) {
  static const SmtpReply too_many = {421, "4.7.0", "too many connections from your address; close some of them first"};
  SmtpServer *server = door->server;
  g_autofree char *name = name_peer(peer, door->listener);
  NetPeerKey key = net_peer_key(peer);

  if (!net_peer_count_enter(server->peers, &key)) {
    turn_away(door, fd, name, &too_many);
    return;
  }
  Client *client = g_new0(Client, 1);
  client->server = server;
  client->tls = door->options.tls != NULL ? tls_context_ref(door->options.tls) : NULL;
  client->implicit_tls = door->options.implicit_tls;
  client->is_unix = net_address_path(net_listener_address(door->listener)) != NULL;
  client->offers_xclient = net_cidrs_contain(server->options->xclients, peer);
  client->peer = g_steal_pointer(&name);
  client->peer_literal = net_address_literal(peer);
  client->key = key;
  client->conn = net_conn_new(server->base, fd, &conn_events, client);
  client->link.data = client;
  g_queue_push_tail_link(&server->clients, &client->link);
  begin(client);
}

static void accepted_cb(int fd, const NetAddress *peer, NetListener *listener, gpointer user_data) {
  static const SmtpReply too_many = {421, "4.3.2", "too many connections; try again later"};
  const Door *door = user_data;
  const SmtpServer *server = door->server;

  if (server->clients.length + net_proxy_gate_n_waiting(server->gate) >= server->options->max_connections) {
    g_autofree char *name = name_peer(peer, listener);
    turn_away(door, fd, name, &too_many);
  } else if (net_cidrs_contain(server->options->proxies, peer)) {
    net_proxy_gate_take(server->gate, fd, peer, user_data);
  } else {
    admit(door, fd, peer);
  }
}

static void passed_cb(int fd, const NetAddress *peer, const NetAddress *proxy, gpointer tag, gpointer user_data) {
  const SmtpServer *server = user_data;
  const Door *door = tag;
  g_autofree char *peer_name = name_peer(peer, door->listener);
  g_autofree char *proxy_name = name_peer(proxy, door->listener);

  server->events->proxied(server->events_data, peer_name, proxy_name);
  admit(door, fd, peer);
}

static void turned_back_cb(const NetAddress *proxy, const char *why, gpointer tag, gpointer user_data) {
  const SmtpServer *server = user_data;
  const Door *door = tag;
  g_autofree char *name = name_peer(proxy, door->listener);

  server->events->turned_back(server->events_data, name, why);
}

static const NetProxyGateEvents gate_events = {.passed = passed_cb, .turned_back = turned_back_cb};

static void failed_cb(int reason, NetListener *listener, gpointer user_data) {
  const Door *door = user_data;
  const SmtpServer *server = door->server;
  g_autofree char *name = net_address_format(net_listener_address(listener));

  server->events->not_taken(server->events_data, name, NULL, reason);
}

static const NetListenerEvents listener_events = {.accepted = accepted_cb, .failed = failed_cb};

static void door_free(gpointer data) {
  Door *door = data;

  net_listener_close(door->listener);
  tls_context_unref(door->options.tls);
  g_free(door);
}

static Door *door_new(SmtpServer *server, const SmtpListenerOptions *options) {
  Door *door = g_new0(Door, 1);

  door->server = server;
  door->options = *options;
  if (options->tls)
    tls_context_ref(options->tls);
  return door;
}

static const NetAddress *keep_door(SmtpServer *server, Door *door, NetListener *listener) {
  door->listener = listener;
  if (!listener) {
    door_free(door);
    return NULL;
  }
  g_ptr_array_add(server->doors, door);
  return net_listener_address(listener);
}

const NetAddress *smtp_server_listen(SmtpServer *server, const NetAddress *address, const SmtpListenerOptions *options,
                                     GError **error) {
  Door *door = door_new(server, options);

  return keep_door(server, door, net_listener_open(server->base, address, &listener_events, door, error));
}

const NetAddress *smtp_server_adopt(SmtpServer *server, int fd, const SmtpListenerOptions *options, GError **error) {
  Door *door = door_new(server, options);

  return keep_door(server, door, net_listener_adopt(server->base, fd, &listener_events, door, error));
}

/* --- life */

static void end_cb(evutil_socket_t fd, short what, void *user_data) {
  SmtpServer *server = user_data;

  server->events->stopped(server->events_data);
}

/* No client is freed in here: connections end from the loop. Handshakes lead to nothing any more. */
static void process_all(SmtpServer *server) {
  for (GList *link = server->clients.head; link; link = link->next) {
    Client *client = link->data;
    if (client->phase == PHASE_HANDSHAKE)
      client_finish(client, FALSE);
    else
      client_process(client);
  }
}

static void grace_cb(evutil_socket_t fd, short what, void *user_data) {
  SmtpServer *server = user_data;

  server->grace_over = TRUE;
  process_all(server);
}

SmtpServer *smtp_server_new(struct event_base *base, const SmtpServerOptions *options, const SmtpHandler *handler,
                            gpointer handler_data, const SmtpServerEvents *events, gpointer events_data) {
  SmtpServer *server = g_new0(SmtpServer, 1);

  server->base = base;
  server->options = options;
  server->handler = handler;
  server->handler_data = handler_data;
  server->events = events;
  server->events_data = events_data;
  server->doors = g_ptr_array_new_with_free_func(door_free);
  server->end = event_new(base, -1, 0, end_cb, server);
  server->grace = event_new(base, -1, 0, grace_cb, server);
  server->peers = net_peer_count_new(options->max_connections_per_address);
  server->gate =
      net_proxy_gate_new(base, MIN((gint64)options->timeout_s * 1000, SMTP_PROXY_TIMEOUT_MS), &gate_events, server);
  g_queue_init(&server->clients);
  return server;
}

void smtp_server_stop(SmtpServer *server, guint grace_ms) {
  const struct timeval grace = {.tv_sec = grace_ms / 1000, .tv_usec = (suseconds_t)(grace_ms % 1000) * 1000};

  if (server->stopping)
    return;
  server->stopping = TRUE;
  net_proxy_gate_clear(server->gate);
  g_ptr_array_set_size(server->doors, 0);
  process_all(server);
  if (g_queue_is_empty(&server->clients))
    event_active(server->end, EV_TIMEOUT, 0);
  else
    event_add(server->grace, &grace);
}

void smtp_server_free(SmtpServer *server) {
  if (!server)
    return;
  server->stopping = FALSE;
  while (!g_queue_is_empty(&server->clients))
    client_free(server->clients.head->data);
  net_proxy_gate_free(server->gate);
  net_peer_count_free(server->peers);
  g_ptr_array_unref(server->doors);
  event_free(server->end);
  event_free(server->grace);
  g_free(server);
}
