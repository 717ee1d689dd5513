#include "smtp/server.h"
#include "net/cidr.h"
#include "net/conn.h"
#include "net/peer_count.h"
#include "net/proxy_gate.h"
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
  GPtrArray *listeners;
  GQueue clients;      /* Client */
  NetPeerCount *peers; /* of the clients */
  NetProxyGate *gate;  /* before they are clients */
  struct event *end;   /* reports `stopped` from the loop */
  struct event *grace; /* ends the mails that are still under way */
  gboolean stopping;
  gboolean grace_over;
};

typedef struct Client {
  SmtpServer *server;
  NetConn *conn;
  SmtpSession *session;
  GList link; /* in server->clients */
  NetPeerKey key;
  guint64 progress;
  gboolean input_ended;
  gboolean finishing; /* the last words are on their way */
} Client;

static void client_free(Client *client) {
  SmtpServer *server = client->server;

  smtp_session_free(client->session);
  net_conn_free(client->conn);
  net_peer_count_leave(server->peers, &client->key);
  g_queue_unlink(&server->clients, &client->link);
  g_free(client);
  if (server->stopping && g_queue_is_empty(&server->clients))
    event_active(server->end, EV_TIMEOUT, 0);
}

/* Gives the client a new deadline when it got something done, and none while it waits for us. */
static void keep_time(Client *client, SmtpSessionStatus status) {
  guint64 progress = smtp_session_progress(client->session);

  if (status == SMTP_SESSION_WAITING)
    net_conn_set_deadline(client->conn, 0);
  else if (progress != client->progress)
    net_conn_set_deadline(client->conn, (gint64)client->server->options->timeout_s * 1000);
  client->progress = status == SMTP_SESSION_WAITING ? 0 : progress;
}

/* A server that stops lets a mail under way arrive for a while, and nothing else begin. */
static gboolean must_stop(const Client *client) {
  const SmtpServer *server = client->server;

  return server->stopping && (server->grace_over || !smtp_session_in_mail(client->session));
}

static void client_finish(Client *client, gboolean linger) {
  client->finishing = TRUE;
  net_conn_finish(client->conn, linger);
}

/* TRUE when there was more to do than replies to wait for, and those have been sent since. */
static gboolean has_more_to_do(Client *client, SmtpSessionStatus status) {
  return status == SMTP_SESSION_BLOCKED && evbuffer_get_length(net_conn_output(client->conn)) <= NET_CONN_OUTPUT_LOW;
}

/* What the session's status means for the connection; returns the status it is left in. */
static SmtpSessionStatus judge(Client *client, SmtpSessionStatus status) {
  gboolean blocked_for_good = status == SMTP_SESSION_BLOCKED && client->server->grace_over;

  if ((status == SMTP_SESSION_READING && must_stop(client)) || blocked_for_good) {
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

  for (gboolean more = !client->finishing; more; more = has_more_to_do(client, status)) {
    status = judge(client, smtp_session_read(client->session, net_conn_input(client->conn)));
    keep_time(client, status);
    if (status == SMTP_SESSION_DONE || status == SMTP_SESSION_CUT)
      client_finish(client, status == SMTP_SESSION_CUT);
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

  smtp_session_expire(client->session);
  client_finish(client, TRUE);
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  Client *client = user_data;

  if (!client->input_ended)
    smtp_session_input_ended(client->session);
  client_free(client);
}

static const NetConnEvents conn_events = {
    .ready = ready_cb, .input_ended = input_ended_cb, .expired = expired_cb, .ended = ended_cb};

/* --- taking connections */

/* A client of a unix socket has no address of its own; the socket's path says more than nothing. */
static char *name_peer(const NetAddress *peer, const NetListener *listener) {
  gboolean is_unix = peer->storage.ss_family == AF_UNIX;

  return net_address_format(is_unix ? net_listener_address(listener) : peer);
}

/* One write that either fits the empty socket buffer or is lost: nobody is waited for. */
static void turn_away(SmtpServer *server, int fd, const char *peer, const SmtpReply *reply) {
  g_autofree char *line = g_strdup_printf("%u %s %s\r\n", reply->code, reply->enhanced, reply->text);

  (void)send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
  server->events->not_taken(server->events_data, peer, reply, 0);
}

/* Starts the session of a peer. What a peer may do goes by its own address, never by that of its proxy. */
static void admit(SmtpServer *server, int fd, const NetAddress *peer, const NetListener *listener) {
  static const SmtpReply too_many = {421, "4.7.0", "too many connections from your address; close some of them first"};
  g_autofree char *name = name_peer(peer, listener);
  g_autofree char *literal = net_address_literal(peer);
  NetPeerKey key = net_peer_key(peer);

  if (!net_peer_count_enter(server->peers, &key)) {
    turn_away(server, fd, name, &too_many);
    return;
  }
  Client *client = g_new0(Client, 1);
  client->server = server;
  client->key = key;
  client->conn = net_conn_new(server->base, fd, &conn_events, client);
  client->session = smtp_session_new(&server->options->session, server->handler, server->handler_data, name, literal,
                                     net_conn_output(client->conn), wake_cb, client);
  if (net_cidrs_contain(server->options->xclients, peer))
    smtp_session_offer_xclient(client->session);
  client->link.data = client;
  g_queue_push_tail_link(&server->clients, &client->link);
  keep_time(client, SMTP_SESSION_READING);
  net_conn_update(client->conn);
}

static void accepted_cb(int fd, const NetAddress *peer, NetListener *listener, gpointer user_data) {
  static const SmtpReply too_many = {421, "4.3.2", "too many connections; try again later"};
  SmtpServer *server = user_data;

  if (server->clients.length + net_proxy_gate_n_waiting(server->gate) >= server->options->max_connections) {
    g_autofree char *name = name_peer(peer, listener);
    turn_away(server, fd, name, &too_many);
  } else if (net_cidrs_contain(server->options->proxies, peer)) {
    net_proxy_gate_take(server->gate, fd, peer, listener);
  } else {
    admit(server, fd, peer, listener);
  }
}

static void passed_cb(int fd, const NetAddress *peer, const NetAddress *proxy, gpointer tag, gpointer user_data) {
  SmtpServer *server = user_data;
  g_autofree char *peer_name = name_peer(peer, tag);
  g_autofree char *proxy_name = name_peer(proxy, tag);

  server->events->proxied(server->events_data, peer_name, proxy_name);
  admit(server, fd, peer, tag);
}

static void turned_back_cb(const NetAddress *proxy, const char *why, gpointer tag, gpointer user_data) {
  SmtpServer *server = user_data;
  g_autofree char *name = name_peer(proxy, tag);

  server->events->turned_back(server->events_data, name, why);
}

static const NetProxyGateEvents gate_events = {.passed = passed_cb, .turned_back = turned_back_cb};

static void failed_cb(int reason, NetListener *listener, gpointer user_data) {
  SmtpServer *server = user_data;
  g_autofree char *name = net_address_format(net_listener_address(listener));

  server->events->not_taken(server->events_data, name, NULL, reason);
}

static const NetListenerEvents listener_events = {.accepted = accepted_cb, .failed = failed_cb};

static const NetAddress *keep_listener(SmtpServer *server, NetListener *listener) {
  if (!listener)
    return NULL;
  g_ptr_array_add(server->listeners, listener);
  return net_listener_address(listener);
}

const NetAddress *smtp_server_listen(SmtpServer *server, const NetAddress *address, GError **error) {
  return keep_listener(server, net_listener_open(server->base, address, &listener_events, server, error));
}

const NetAddress *smtp_server_adopt(SmtpServer *server, int fd, GError **error) {
  return keep_listener(server, net_listener_adopt(server->base, fd, &listener_events, server, error));
}

/* --- life */

static void end_cb(evutil_socket_t fd, short what, void *user_data) {
  SmtpServer *server = user_data;

  server->events->stopped(server->events_data);
}

/* No client is freed in here: connections end from the loop. */
static void process_all(SmtpServer *server) {
  for (GList *link = server->clients.head; link; link = link->next)
    client_process(link->data);
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
  server->listeners = g_ptr_array_new_with_free_func((GDestroyNotify)net_listener_close);
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
  g_ptr_array_set_size(server->listeners, 0);
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
  g_ptr_array_unref(server->listeners);
  event_free(server->end);
  event_free(server->grace);
  g_free(server);
}
