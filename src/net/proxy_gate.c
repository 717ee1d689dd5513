#include "net/proxy_gate.h"
#include "syntax/proxy_header.h"
#include <errno.h>
#include <unistd.h>

struct NetProxyGate {
  struct event_base *base;
  gint64 timeout_ms;
  const NetProxyGateEvents *events;
  gpointer user_data;
  GQueue waiting; /* Waiting */
};

typedef struct Waiting {
  NetProxyGate *gate;
  int fd; /* -1: given away */
  NetAddress proxy;
  gpointer tag;
  ProxyHeader header;
  struct event *readable;
  struct event *timer;
  GList link; /* in gate->waiting */
} Waiting;

static void waiting_free(Waiting *waiting) {
  g_queue_unlink(&waiting->gate->waiting, &waiting->link);
  event_free(waiting->readable);
  event_free(waiting->timer);
  if (waiting->fd >= 0)
    close(waiting->fd);
  g_free(waiting);
}

static void turn_back(Waiting *waiting, const char *why) {
  NetProxyGate *gate = waiting->gate;

  gate->events->turned_back(&waiting->proxy, why, waiting->tag, gate->user_data);
  waiting_free(waiting);
}

static void pass(Waiting *waiting) {
  NetProxyGate *gate = waiting->gate;
  g_autoptr(GError) error = NULL;
  ProxyAddresses addresses;
  NetAddress peer = waiting->proxy;

  if (!proxy_header_read(&waiting->header, &addresses, &error)) {
    g_autofree char *why = g_strdup_printf("its PROXY header is wrong: %s", error->message);
    turn_back(waiting, why);
    return;
  }
  if (addresses.ip_len > 0)
    net_address_from_ip(addresses.source.ip, addresses.ip_len, addresses.source.port, &peer);

  int fd = waiting->fd;
  gpointer tag = waiting->tag;
  NetAddress proxy = waiting->proxy;
  waiting->fd = -1;
  waiting_free(waiting); /* before the callee has its own events on the socket */
  gate->events->passed(fd, &peer, &proxy, tag, gate->user_data);
}

/* Looks first and takes only what belongs to the header. */
static void readable_cb(evutil_socket_t fd, short what, void *user_data) {
  Waiting *waiting = user_data;
  guint8 bytes[PROXY_HEADER_MAX];
  gsize n_used;
  ssize_t n_bytes = recv(fd, bytes, sizeof bytes, MSG_PEEK);

  if (n_bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return;
  if (n_bytes <= 0) {
    turn_back(waiting, "it ended before its PROXY header was complete");
    return;
  }
  ProxyHeaderStatus status = proxy_header_feed(&waiting->header, bytes, (gsize)n_bytes, &n_used);
  if (status == PROXY_HEADER_WRONG || recv(fd, bytes, n_used, 0) != (ssize_t)n_used)
    turn_back(waiting, "it does not begin with a PROXY header");
  else if (status == PROXY_HEADER_WHOLE)
    pass(waiting);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  turn_back(user_data, "its PROXY header did not arrive in time");
}

NetProxyGate *net_proxy_gate_new(struct event_base *base, gint64 timeout_ms, const NetProxyGateEvents *events,
                                 gpointer user_data) {
  NetProxyGate *gate = g_new0(NetProxyGate, 1);

  gate->base = base;
  gate->timeout_ms = timeout_ms;
  gate->events = events;
  gate->user_data = user_data;
  g_queue_init(&gate->waiting);
  return gate;
}

void net_proxy_gate_take(NetProxyGate *gate, int fd, const NetAddress *proxy, gpointer tag) {
  const struct timeval timeout = {.tv_sec = gate->timeout_ms / 1000,
                                  .tv_usec = (suseconds_t)(gate->timeout_ms % 1000) * 1000};
  Waiting *waiting = g_new0(Waiting, 1);

  waiting->gate = gate;
  waiting->fd = fd;
  waiting->proxy = *proxy;
  waiting->tag = tag;
  waiting->readable = event_new(gate->base, fd, EV_READ | EV_PERSIST, readable_cb, waiting);
  waiting->timer = event_new(gate->base, -1, 0, timer_cb, waiting);
  waiting->link.data = waiting;
  g_queue_push_tail_link(&gate->waiting, &waiting->link);
  event_add(waiting->readable, NULL);
  event_add(waiting->timer, &timeout);
}

guint net_proxy_gate_n_waiting(const NetProxyGate *gate) {
  return gate->waiting.length;
}

void net_proxy_gate_clear(NetProxyGate *gate) {
  while (!g_queue_is_empty(&gate->waiting))
    waiting_free(gate->waiting.head->data);
}

void net_proxy_gate_free(NetProxyGate *gate) {
  if (!gate)
    return;
  net_proxy_gate_clear(gate);
  g_free(gate);
}
