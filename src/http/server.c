#include "http/server.h"
#include "http/session.h"
#include "net/conn.h"
#include "tls/stream.h"
#include <sys/socket.h>
#include <unistd.h>

enum { BODY_READERS_MAX = 2 };

struct HttpServer {
  HttpContext context;
  const HttpServerOptions *options;
  HttpGate *gate;
  const HttpServerEvents *events;
  gpointer events_data;
  GPtrArray *ports;    /* Port */
  GQueue clients;      /* Client */
  GQueue woken;        /* Client, by their second link */
  struct event *work;  /* processes those that were woken */
  struct event *end;   /* reports `stopped` from the loop */
  struct event *grace; /* drops the clients that are left */
  gboolean stopping;
};

typedef struct Port {
  HttpServer *server;
  NetListener *listener;
  TlsContext *tls; /* NULL: no TLS */
} Port;

typedef struct Client {
  HttpServer *server;
  NetConn *conn;
  HttpSession *session;
  GList link;
  GList woken_link;
  gboolean is_woken;
  gboolean finishing; /* the last words are on their way */
} Client;

static void client_free(Client *client) {
  HttpServer *server = client->server;

  http_session_free(client->session);
  net_conn_free(client->conn);
  g_queue_unlink(&server->clients, &client->link);
  if (client->is_woken)
    g_queue_unlink(&server->woken, &client->woken_link);
  server->context.counters.n_open_connections--;
  g_free(client);
  if (server->stopping && g_queue_is_empty(&server->clients))
    event_active(server->end, EV_TIMEOUT, 0);
}

static void client_finish(Client *client, gboolean linger) {
  client->finishing = TRUE;
  net_conn_finish(client->conn, linger);
}

static gsize unsent(const Client *client) {
  return evbuffer_get_length(net_conn_output(client->conn));
}

static void keep_time(Client *client) {
  gint64 left_ms = http_session_time_left_ms(client->session, unsent(client));

  net_conn_set_deadline(client->conn, left_ms < 0 ? 0 : MAX(left_ms, 1));
}

/* Sends what there is. TRUE when what waited for that can go on: the next request, or a stream. */
static gboolean send_now(Client *client, HttpSessionStatus status) {
  gboolean was_waiting = unsent(client) > NET_CONN_OUTPUT_LOW;

  net_conn_update(client->conn);
  return was_waiting && unsent(client) <= NET_CONN_OUTPUT_LOW &&
         (status == HTTP_SESSION_BLOCKED || status == HTTP_SESSION_WAITING);
}

static void client_process(Client *client) {
  HttpSessionStatus status;

  if (client->finishing)
    return;
  do {
    status = http_session_read(client->session, net_conn_input(client->conn));
    if (status == HTTP_SESSION_DROPPED) {
      client_free(client);
      return;
    }
  } while (send_now(client, status));

  /* net_conn_finish() gives little time, so most of a long answer is sent before. */
  if ((status == HTTP_SESSION_DONE || status == HTTP_SESSION_CUT) && unsent(client) <= NET_CONN_OUTPUT_LOW)
    client_finish(client, status == HTTP_SESSION_CUT);
  else
    keep_time(client);
}

/* --- what happens to a connection */

static void ready_cb(NetConn *conn, gpointer user_data) {
  client_process(user_data);
}

static void input_ended_cb(NetConn *conn, gpointer user_data) {
  Client *client = user_data;

  http_session_input_ended(client->session);
  client_process(client);
}

static void expired_cb(NetConn *conn, gpointer user_data) {
  Client *client = user_data;
  gint64 left_ms = http_session_time_left_ms(client->session, unsent(client));

  if (left_ms == 0)
    http_session_expire(client->session);
  client_process(client);
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  client_free(user_data);
}

/* A failed one ends by itself, and is not worth a line: browsers try, and ask their user about the certificate. */
static void shook_hands_cb(NetConn *conn, const GError *error, gpointer user_data) {
  if (!error)
    client_process(user_data);
}

static const NetConnEvents conn_events = {.ready = ready_cb,
                                          .input_ended = input_ended_cb,
                                          .expired = expired_cb,
                                          .shook_hands = shook_hands_cb,
                                          .ended = ended_cb};

static void wake_cb(gpointer user_data) {
  Client *client = user_data;

  if (client->is_woken)
    return;
  client->is_woken = TRUE;
  g_queue_push_tail_link(&client->server->woken, &client->woken_link);
  event_active(client->server->work, EV_TIMEOUT, 0);
}

static void work_cb(evutil_socket_t fd, short what, void *user_data) {
  HttpServer *server = user_data;

  /* Only those that wait now: who wakes itself again waits for the loop like everybody. */
  for (guint n_left = server->woken.length; n_left > 0 && !g_queue_is_empty(&server->woken); n_left--) {
    Client *client = g_queue_pop_head_link(&server->woken)->data;
    client->is_woken = FALSE;
    client_process(client);
  }
}

/* --- taking connections */

/* One write that either fits the empty socket buffer or is lost: nobody is waited for. */
static void turn_away(HttpServer *server, int fd, const NetAddress *peer, gboolean is_tls) {
  static const char answer[] =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 1\r\n"
      "Content-Length: 38\r\nConnection: close\r\n\r\n"
      "too many connections; try again later\n";
  g_autofree char *name = net_address_format(peer);

  if (!is_tls) /* or it could not read it */
    (void)send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
  server->context.counters.n_not_taken++;
  server->events->not_taken(name, 0, server->events_data);
}

/* FALSE: no TLS can be had. */
static gboolean begin_tls(Client *client, TlsContext *tls) {
  TlsStream *stream = tls_stream_new(tls);

  if (stream)
    net_conn_change_transport(client->conn, &tls_transport, stream);
  return stream != NULL;
}

/* `tls` NULL: none. */
static void take(HttpServer *server, int fd, const NetAddress *peer, const NetAddress *local, TlsContext *tls) {
  Client *client = g_new0(Client, 1);

  client->server = server;
  client->conn = net_conn_new(server->context.base, fd, &conn_events, client);
  client->session = http_session_new(&server->context, peer, local, net_conn_output(client->conn), wake_cb, client);
  client->link.data = client;
  client->woken_link.data = client;
  g_queue_push_tail_link(&server->clients, &client->link);
  server->context.counters.n_connections++;
  server->context.counters.n_open_connections++;
  if (tls && !begin_tls(client, tls)) {
    client_free(client);
    return;
  }
  keep_time(client);
  net_conn_update(client->conn);
}

static void accepted_cb(int fd, const NetAddress *peer, NetListener *listener, gpointer user_data) {
  const Port *port = user_data;
  HttpServer *server = port->server;
  const NetAddress *local = net_listener_address(listener);
  const NetAddress *named = net_address_path(local) ? local : peer;

  if (server->clients.length >= server->options->max_connections)
    turn_away(server, fd, named, port->tls != NULL);
  else
    take(server, fd, named, local, port->tls);
}

void http_server_take(HttpServer *server, int fd) {
  NetAddress local;

  net_address_of_socket(fd, &local);
  take(server, fd, &local, &local, NULL);
}

static void failed_cb(int reason, NetListener *listener, gpointer user_data) {
  const Port *port = user_data;
  HttpServer *server = port->server;
  g_autofree char *name = net_address_format(net_listener_address(listener));

  server->events->not_taken(name, reason, server->events_data);
}

static const NetListenerEvents listener_events = {.accepted = accepted_cb, .failed = failed_cb};

static void port_free(gpointer data) {
  Port *port = data;

  net_listener_close(port->listener);
  tls_context_unref(port->tls);
  g_free(port);
}

const NetAddress *http_server_listen(HttpServer *server, const NetAddress *address, TlsContext *tls, GError **error) {
  Port *port = g_new0(Port, 1);

  port->server = server;
  port->tls = tls ? tls_context_ref(tls) : NULL;
  port->listener = net_listener_open(server->context.base, address, &listener_events, port, error);
  if (!port->listener) {
    port_free(port);
    return NULL;
  }
  g_ptr_array_add(server->ports, port);
  http_gate_add_address(server->gate, net_listener_address(port->listener));
  return net_listener_address(port->listener);
}

/* --- life */

static void answered_cb(const HttpAccess *access, gpointer user_data) {
  HttpServer *server = user_data;

  server->events->answered(access, server->events_data);
}

static void end_cb(evutil_socket_t fd, short what, void *user_data) {
  HttpServer *server = user_data;

  server->events->stopped(server->events_data);
}

static void free_clients(HttpServer *server) {
  while (!g_queue_is_empty(&server->clients))
    client_free(server->clients.head->data);
}

static void grace_cb(evutil_socket_t fd, short what, void *user_data) {
  free_clients(user_data);
}

HttpServer *http_server_new(struct event_base *base, LoopQueue *queue, const HttpServerOptions *options,
                            const HttpRoutes *routes, HttpGate *gate, HttpLogin *login, const HttpServerEvents *events,
                            gpointer events_data) {
  HttpServer *server = g_new0(HttpServer, 1);

  server->context = (HttpContext){
      .base = base,
      .queue = queue,
      .compressors = strand_new(loop_queue_crew(queue), 1, STRAND_LONG),
      .body_readers = strand_new(loop_queue_crew(queue), BODY_READERS_MAX, STRAND_LONG),
      .routes = routes,
      .gate = gate,
      .login = login,
      .budget = http_budget_new(options->max_held_bytes),
      .keep_alive_ms = options->keep_alive_ms,
      .answered = answered_cb,
      .user_data = server,
  };
  server->options = options;
  server->gate = gate;
  server->events = events;
  server->events_data = events_data;
  server->ports = g_ptr_array_new_with_free_func(port_free);
  server->work = event_new(base, -1, 0, work_cb, server);
  server->end = event_new(base, -1, 0, end_cb, server);
  server->grace = event_new(base, -1, 0, grace_cb, server);
  g_queue_init(&server->clients);
  g_queue_init(&server->woken);
  return server;
}

const HttpCounters *http_server_counters(const HttpServer *server) {
  return &server->context.counters;
}

void http_server_stop(HttpServer *server, guint grace_ms) {
  const struct timeval grace = {.tv_sec = grace_ms / 1000, .tv_usec = (suseconds_t)(grace_ms % 1000) * 1000};

  if (server->stopping)
    return;
  server->stopping = TRUE;
  g_ptr_array_set_size(server->ports, 0);
  for (GList *link = server->clients.head; link; link = link->next) {
    Client *client = link->data;
    net_conn_set_linger(client->conn, NET_CONN_STOP_LINGER_MS);
    http_session_shut_down(client->session);
    wake_cb(client);
  }
  if (g_queue_is_empty(&server->clients))
    event_active(server->end, EV_TIMEOUT, 0);
  else
    event_add(server->grace, &grace);
}

/* What helper threads still have to say is said to requests and answers without a session. */
void http_server_free(HttpServer *server) {
  if (!server)
    return;
  server->stopping = FALSE;
  free_clients(server);
  strand_close(server->context.compressors, NULL, NULL);
  strand_close(server->context.body_readers, NULL, NULL);
  http_budget_unref(server->context.budget);
  g_ptr_array_unref(server->ports);
  event_free(server->work);
  event_free(server->end);
  event_free(server->grace);
  g_free(server);
}
