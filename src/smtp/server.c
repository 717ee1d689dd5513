#include "net/cidr.h"
#include "smtp/server_private.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listener, and what holds for those who come by it. */
typedef struct Door {
  SmtpServer *server;
  NetListener *listener;
  SmtpListenerOptions options;
} Door;

/* --- taking connections */

/* A client of a unix socket has no address of its own; the socket's path says more than nothing. */
static char *name_peer(const NetAddress *peer, const NetListener *listener) {
  gboolean is_unix = peer->storage.ss_family == AF_UNIX;

  return net_address_format(is_unix ? net_listener_address(listener) : peer);
}

/* One write that either fits the empty socket buffer or is lost: nobody is waited for. Who begins with TLS could not
 * read it. */
static void turn_away(const Door *door, int fd, const char *peer, const SmtpReply *reply, SmtpNotTaken why) {
  const SmtpServer *server = door->server;
  g_autofree char *line = g_strdup_printf("%u %s %s\r\n", reply->code, reply->enhanced, reply->text);

  if (!door->options.implicit_tls)
    (void)send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
  close(fd);
  server->events->not_taken(server->events_data, peer, reply, why);
}

/* Takes in a peer. What a peer may do goes by its own address, never by that of its proxy. */
static void admit(const Door *door, int fd, const NetAddress *peer) {
  static const SmtpReply too_many = {421, "4.7.0", "too many connections from your address; close some of them first"};
  SmtpServer *server = door->server;
  g_autofree char *name = name_peer(peer, door->listener);
  NetPeerKey key = net_peer_key(peer);

  if (!net_peer_count_enter(server->peers, &key)) {
    turn_away(door, fd, name, &too_many, SMTP_NOT_TAKEN_ADDRESS);
    return;
  }
  smtp_client_new(server, &door->options, fd, peer, name,
                  net_address_path(net_listener_address(door->listener)) != NULL);
}

static void accepted_cb(int fd, const NetAddress *peer, NetListener *listener, gpointer user_data) {
  static const SmtpReply too_many = {421, "4.3.2", "too many connections; try again later"};
  const Door *door = user_data;
  const SmtpServer *server = door->server;

  if (server->clients.length + net_proxy_gate_n_waiting(server->gate) >= server->options->max_connections) {
    g_autofree char *name = name_peer(peer, listener);
    turn_away(door, fd, name, &too_many, SMTP_NOT_TAKEN_ALL);
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

static void all_go_on(SmtpServer *server) {
  for (GList *link = server->clients.head; link; link = link->next)
    smtp_client_go_on(link->data);
}

static void grace_cb(evutil_socket_t fd, short what, void *user_data) {
  SmtpServer *server = user_data;

  server->grace_over = TRUE;
  all_go_on(server);
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
  for (GList *link = server->clients.head; link; link = link->next)
    smtp_client_stop(link->data);
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
    smtp_client_free(server->clients.head->data);
  net_proxy_gate_free(server->gate);
  net_peer_count_free(server->peers);
  g_ptr_array_unref(server->doors);
  event_free(server->end);
  event_free(server->grace);
  g_free(server);
}
