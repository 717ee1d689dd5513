#include "net/service.h"
#include "base/job.h"
#include "net/cidr.h"
#include "net/proxy_gate.h"
#include <string.h>
#include <unistd.h>

struct NetService {
  struct event_base *base;
  NetServiceOptions options; /* in force */
  const NetProtocol *protocol;
  gpointer server;
  const NetServiceEvents *events;
  gpointer events_data;
  GPtrArray *ports;    /* Port */
  GQueue clients;      /* NetClient */
  GQueue woken;        /* NetClient, by their second link */
  NetPeerCount *peers; /* of the clients */
  NetProxyGate *gate;  /* before they are clients */
  struct event *work;  /* steps those that were woken */
  gboolean is_working; /* which it does */
  struct event *end;   /* reports `stopped` from the loop */
  struct event *grace; /* ends what is still under way */
  gboolean stopping;
};

/* A listener, and what holds for those who come by it. */
typedef struct Port {
  NetService *service;
  NetListener *listener;
  NetServiceTls tls;
} Port;

typedef enum {
  PHASE_HANDSHAKE, /* the session waits, or has not started */
  PHASE_SESSION,
  PHASE_END /* the last words are on their way */
} Phase;

struct NetClient {
  NetService *service;
  NetConn *conn;
  gpointer session;
  NetServiceTls tls;
  gpointer carrier; /* of the handshake; the connection's */
  char *name;
  NetPeerKey key;
  GList link; /* in service->clients */
  GList woken_link;
  gboolean is_woken;
  Phase phase;
};

/* --- a client */

static void end_if_last(NetService *service) {
  if (service->stopping && g_queue_is_empty(&service->clients))
    event_active(service->end, EV_TIMEOUT, 0);
}

static void client_free(NetClient *client) {
  NetService *service = client->service;

  service->protocol->session_free(client->session);
  net_conn_free(client->conn);
  net_peer_count_leave(service->peers, &client->key);
  g_queue_unlink(&service->clients, &client->link);
  if (client->is_woken)
    g_queue_unlink(&service->woken, &client->woken_link);
  g_free(client->name);
  g_free(client);
  end_if_last(service);
}

static void finish(NetClient *client, gboolean linger) {
  client->phase = PHASE_END;
  net_conn_finish(client->conn, linger);
}

static void keep_time(NetClient *client) {
  gint64 left_ms = client->service->protocol->time_left_ms(client->session);

  net_conn_set_deadline(client->conn, left_ms < 0 ? 0 : MAX(left_ms, 1));
}

/* TRUE when the session waited for output that has been sent now: nothing else would call it. */
static gboolean has_more_to_do(const NetClient *client, NetStep step) {
  return client->phase == PHASE_SESSION && step == NET_STEP_BLOCKED &&
         evbuffer_get_length(net_conn_output(client->conn)) <= NET_CONN_OUTPUT_LOW;
}

/* May free the client. */
static void process(NetClient *client) {
  const gint64 end_us = g_get_monotonic_time() + LOOP_TURN_US;
  NetStep step = NET_STEP_WAIT;

  for (gboolean more = client->phase == PHASE_SESSION; more; more = has_more_to_do(client, step)) {
    if (step == NET_STEP_BLOCKED && g_get_monotonic_time() >= end_us) {
      net_client_wake(client);
      break;
    }
    step = client->service->protocol->step(client->session);
    if (step == NET_STEP_DROPPED) {
      client_free(client);
      return;
    }
    if (step == NET_STEP_DONE || step == NET_STEP_CUT)
      finish(client, step == NET_STEP_CUT);
    else
      net_conn_update(client->conn);
  }
  if (client->phase == PHASE_SESSION)
    keep_time(client);
}

static void start(NetClient *client, const NetSecured *secured) {
  client->phase = PHASE_SESSION;
  if (client->service->protocol->start)
    client->service->protocol->start(client->session, secured);
  process(client);
}

NetConn *net_client_conn(NetClient *client) {
  return client->conn;
}

void net_client_wake(NetClient *client) {
  if (client->is_woken)
    return;
  client->is_woken = TRUE;
  g_queue_push_tail_link(&client->service->woken, &client->woken_link);
  if (!client->service->is_working)
    event_active(client->service->work, EV_TIMEOUT, 0);
}

/* Those that wait now, and only for a turn. The others, and whoever wakes itself again, wait for the loop like
 * everybody: an active event would be called before the loop looks at sockets, and one with a time after. */
static void work_cb(evutil_socket_t fd, short what, void *user_data) {
  static const struct timeval soon = {0};
  const gint64 end_us = g_get_monotonic_time() + LOOP_TURN_US;
  NetService *service = user_data;

  service->is_working = TRUE;
  for (guint n_left = service->woken.length;
       n_left > 0 && !g_queue_is_empty(&service->woken) && g_get_monotonic_time() < end_us; n_left--) {
    NetClient *client = g_queue_pop_head_link(&service->woken)->data;
    client->is_woken = FALSE;
    if (client->phase == PHASE_HANDSHAKE && service->stopping)
      finish(client, FALSE);
    else
      process(client);
  }
  service->is_working = FALSE;
  if (!g_queue_is_empty(&service->woken))
    event_add(service->work, &soon);
}

/* --- TLS */

gboolean net_client_secure(NetClient *client) {
  const NetSecurity *security = &client->tls.security;
  gpointer carrier = security->transport ? security->carrier_new(security->data) : NULL;

  if (!carrier)
    return FALSE;
  client->phase = PHASE_HANDSHAKE;
  client->carrier = carrier;
  net_conn_set_deadline(client->conn, MIN(client->service->options.timeout_ms, NET_SERVICE_HANDSHAKE_MS));
  net_conn_change_transport(client->conn, security->transport, carrier);
  return TRUE;
}

static void tell_of_failure(const NetClient *client, const char *why) {
  const NetService *service = client->service;

  if (service->events->tls_failed)
    service->events->tls_failed(service->events_data, client->name, why);
}

static void shook_hands_cb(NetConn *conn, const GError *error, gpointer user_data) {
  NetClient *client = user_data;
  gpointer carrier = g_steal_pointer(&client->carrier);
  NetSecured secured;

  if (error) {
    client->phase = PHASE_END;
    tell_of_failure(client, error->message);
    return;
  }
  g_autofree char *name = client->tls.security.transport->describe(carrier, &secured);
  start(client, &secured);
}

/* --- what happens to a connection */

static void ready_cb(NetConn *conn, gpointer user_data) {
  process(user_data);
}

static void input_ended_cb(NetConn *conn, gpointer user_data) {
  NetClient *client = user_data;

  client->service->protocol->input_ended(client->session);
  process(client);
}

static void expired_cb(NetConn *conn, gpointer user_data) {
  NetClient *client = user_data;
  const NetProtocol *protocol = client->service->protocol;

  if (client->phase != PHASE_SESSION) {
    tell_of_failure(client, "the TLS handshake failed: the client took too long");
    finish(client, TRUE);
    return;
  }
  if (protocol->time_left_ms(client->session) == 0)
    protocol->expire(client->session);
  process(client);
}

static void quiet_cb(NetConn *conn, gpointer user_data) {
  const NetClient *client = user_data;

  if (client->phase == PHASE_SESSION)
    client->service->protocol->quiet(client->session);
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  NetClient *client = user_data;
  const NetProtocol *protocol = client->service->protocol;

  if (protocol->ended)
    protocol->ended(client->session);
  client_free(client);
}

static const NetConnEvents conn_events = {
    .ready = ready_cb,
    .input_ended = input_ended_cb,
    .expired = expired_cb,
    .quiet = quiet_cb,
    .ended = ended_cb,
    .shook_hands = shook_hands_cb,
};

/* --- letting in */

/* A client of a unix socket has no address of its own; the socket's path says more than nothing. */
static const NetAddress *known_as(const NetAddress *peer, const NetAddress *local) {
  return peer->storage.ss_family == AF_UNIX ? local : peer;
}

static char *name_peer(const NetAddress *peer, const Port *port) {
  return net_address_format(known_as(peer, net_listener_address(port->listener)));
}

static void take(NetService *service, int fd, const NetAddress *peer, const NetAddress *local, gboolean is_local,
                 NetPeerKey key, const NetServiceTls *tls) {
  static const NetSecured plain = {0};
  NetClient *client = g_new0(NetClient, 1);

  client->service = service;
  client->tls = *tls;
  client->name = net_address_format(peer);
  client->key = key;
  client->conn = net_conn_new(service->base, fd, &conn_events, client);
  client->link.data = client->woken_link.data = client;
  g_queue_push_tail_link(&service->clients, &client->link);
  const NetOrigin origin = {
      .peer = *peer,
      .local = *local,
      .name = client->name,
      .key = key,
      .is_unix = net_address_path(local) != NULL,
      .is_local = is_local,
      .can_secure = tls->security.transport && !tls->is_implicit,
  };
  client->session = service->protocol->session_new(service->server, client, &origin);
  if (!tls->is_implicit)
    start(client, &plain);
  else if (!net_client_secure(client))
    finish(client, FALSE);
}

/* One write that either fits the empty socket buffer or is lost: nobody is waited for. Whoever begins with TLS could
 * not read it. */
static void turn_away(const Port *port, int fd, const NetAddress *peer, NetTurnedAway why) {
  const NetService *service = port->service;
  g_autofree char *name = name_peer(peer, port);
  g_autofree char *line = service->protocol->turn_away(service->server, why);

  if (!port->tls.is_implicit)
    (void)send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
  service->events->turned_away(service->events_data, name, why);
}

/* What a peer may do goes by its own address, never by that of its proxy. */
static void admit(const Port *port, int fd, const NetAddress *peer, gboolean is_local) {
  const NetAddress *local = net_listener_address(port->listener);
  NetPeerKey key = net_peer_key(peer);

  if (net_peer_count_enter(port->service->peers, &key))
    take(port->service, fd, known_as(peer, local), local, is_local, key, &port->tls);
  else
    turn_away(port, fd, peer, NET_TURNED_AWAY_ADDRESS);
}

static void accepted_cb(int fd, const NetAddress *peer, NetListener *listener, gpointer user_data) {
  Port *port = user_data;
  NetService *service = port->service;

  if (service->clients.length + net_proxy_gate_n_waiting(service->gate) >= service->options.max_connections)
    turn_away(port, fd, peer, NET_TURNED_AWAY_ALL);
  else if (net_cidrs_contain(service->options.proxies, peer))
    net_proxy_gate_take(service->gate, fd, peer, port);
  else
    admit(port, fd, peer, net_address_is_local(peer));
}

static gboolean is_same(const NetAddress *a, const NetAddress *b) {
  return a->len == b->len && memcmp(&a->storage, &b->storage, a->len) == 0;
}

static void passed_cb(int fd, const NetAddress *peer, const NetAddress *proxy, gpointer tag, gpointer user_data) {
  const NetService *service = user_data;
  g_autofree char *peer_name = name_peer(peer, tag);
  g_autofree char *proxy_name = name_peer(proxy, tag);

  service->events->proxied(service->events_data, peer_name, proxy_name);
  admit(tag, fd, peer,
        net_address_is_local(peer) && net_address_is_local(proxy) && !is_same(peer, proxy)); /* or it named nobody */
}

static void turned_back_cb(const NetAddress *proxy, const char *why, gpointer tag, gpointer user_data) {
  const NetService *service = user_data;
  g_autofree char *name = name_peer(proxy, tag);

  service->events->turned_back(service->events_data, name, why);
}

static const NetProxyGateEvents gate_events = {.passed = passed_cb, .turned_back = turned_back_cb};

static void failed_cb(int reason, NetListener *listener, gpointer user_data) {
  const Port *port = user_data;
  g_autofree char *name = net_address_format(net_listener_address(listener));

  port->service->events->failed(port->service->events_data, name, reason);
}

static const NetListenerEvents listener_events = {.accepted = accepted_cb, .failed = failed_cb};

static void port_free(gpointer data) {
  Port *port = data;

  net_listener_close(port->listener);
  g_free(port);
}

static Port *port_new(NetService *service, const NetServiceTls *tls) {
  Port *port = g_new0(Port, 1);

  port->service = service;
  if (tls)
    port->tls = *tls;
  return port;
}

static const NetAddress *keep_port(Port *port, NetListener *listener) {
  port->listener = listener;
  if (!listener) {
    port_free(port);
    return NULL;
  }
  net_listener_set_taking(listener, !port->service->options.is_held);
  g_ptr_array_add(port->service->ports, port);
  return net_listener_address(listener);
}

const NetAddress *net_service_listen(NetService *service, const NetAddress *address, const NetServiceTls *tls,
                                     GError **error) {
  Port *port = port_new(service, tls);

  return keep_port(port, net_listener_open(service->base, address, &listener_events, port, error));
}

const NetAddress *net_service_adopt(NetService *service, int fd, const NetServiceTls *tls, GError **error) {
  Port *port = port_new(service, tls);

  return keep_port(port, net_listener_adopt(service->base, fd, &listener_events, port, error));
}

void net_service_release(NetService *service) {
  service->options.is_held = FALSE;
  for (guint i = 0; i < service->ports->len; i++)
    net_listener_set_taking(((const Port *)g_ptr_array_index(service->ports, i))->listener, TRUE);
}

void net_service_take(NetService *service, int fd) {
  static const NetServiceTls no_tls = {0};
  static const NetPeerKey not_counted = {0};
  NetAddress local;

  net_address_of_socket(fd, &local);
  take(service, fd, &local, &local, TRUE, not_counted, &no_tls);
}

/* --- life */

static void end_cb(evutil_socket_t fd, short what, void *user_data) {
  NetService *service = user_data;

  service->events->stopped(service->events_data);
}

static void stop_clients(NetService *service, gboolean now) {
  for (GList *link = service->clients.head; link; link = link->next) {
    NetClient *client = link->data;
    service->protocol->stop(client->session, now);
    net_client_wake(client);
  }
}

static void grace_cb(evutil_socket_t fd, short what, void *user_data) {
  stop_clients(user_data, TRUE);
}

void net_service_set_max_connections(NetService *service, guint n) {
  service->options.max_connections = n;
}

NetService *net_service_new(struct event_base *base, const NetServiceOptions *options, const NetProtocol *protocol,
                            gpointer server, const NetServiceEvents *events, gpointer events_data) {
  NetService *service = g_new0(NetService, 1);

  service->base = base;
  service->options = *options;
  service->protocol = protocol;
  service->server = server;
  service->events = events;
  service->events_data = events_data;
  service->ports = g_ptr_array_new_with_free_func(port_free);
  service->work = event_new(base, -1, 0, work_cb, service);
  service->end = event_new(base, -1, 0, end_cb, service);
  service->grace = event_new(base, -1, 0, grace_cb, service);
  service->peers = net_peer_count_new(options->max_connections_per_address);
  service->gate = net_proxy_gate_new(base, MIN(options->timeout_ms, NET_SERVICE_PROXY_MS), &gate_events, service);
  g_queue_init(&service->clients);
  g_queue_init(&service->woken);
  return service;
}

void net_service_stop(NetService *service, guint grace_ms) {
  const struct timeval grace = {.tv_sec = grace_ms / 1000, .tv_usec = (suseconds_t)(grace_ms % 1000) * 1000};

  if (service->stopping)
    return;
  service->stopping = TRUE;
  net_proxy_gate_clear(service->gate);
  g_ptr_array_set_size(service->ports, 0);
  for (GList *link = service->clients.head; link; link = link->next)
    net_conn_set_linger(((NetClient *)link->data)->conn, NET_CONN_STOP_LINGER_MS);
  stop_clients(service, FALSE);
  end_if_last(service);
  if (!g_queue_is_empty(&service->clients))
    event_add(service->grace, &grace);
}

void net_service_free(NetService *service) {
  if (!service)
    return;
  service->stopping = FALSE;
  while (!g_queue_is_empty(&service->clients))
    client_free(service->clients.head->data);
  net_proxy_gate_free(service->gate);
  net_peer_count_free(service->peers);
  g_ptr_array_unref(service->ports);
  event_free(service->work);
  event_free(service->end);
  event_free(service->grace);
  g_free(service);
}
