#include "net/dial.h"
#include <errno.h>
#include <unistd.h>

struct NetDial {
  struct event_base *base;
  const NetDialEvents *events;
  gpointer user_data;
  NetLookup *lookup; /* NULL: the addresses are known */
  GArray *addresses; /* NetAddress, that may be connected to */
  guint n_tried;
  int fd;                  /* -1: none is being connected */
  struct event *connected; /* of fd */
  GError *error;           /* why the last address was of no use */
};

static void close_socket(NetDial *dial) {
  g_clear_pointer(&dial->connected, event_free);
  if (dial->fd >= 0)
    close(dial->fd);
  dial->fd = -1;
}

void net_dial_cancel(NetDial *dial) {
  if (!dial)
    return;
  net_lookup_cancel(dial->lookup);
  close_socket(dial);
  g_array_unref(dial->addresses);
  g_clear_error(&dial->error);
  g_free(dial);
}

static void finish(NetDial *dial) {
  const NetDialEvents *events = dial->events;
  gpointer user_data = dial->user_data;
  int fd = dial->fd;
  g_autoptr(GError) error = g_steal_pointer(&dial->error);

  dial->fd = -1;
  net_dial_cancel(dial);
  events->dialed(fd, fd >= 0 ? NULL : error, user_data);
}

static void note_failure(NetDial *dial, const NetAddress *address, int failure) {
  g_autofree char *name = net_address_format(address);

  close_socket(dial);
  g_clear_error(&dial->error);
  g_set_error(&dial->error, NET_ERROR, NET_ERROR_CONNECT, "%s: %s", name, g_strerror(failure));
}

static void connected_cb(evutil_socket_t fd, short what, void *user_data);

/* 0: connected or under way. */
static int begin(NetDial *dial, const NetAddress *address) {
  const struct timeval patience = {.tv_sec = NET_DIAL_ADDRESS_MS / 1000, .tv_usec = NET_DIAL_ADDRESS_MS % 1000 * 1000};

  dial->fd = socket(address->storage.ss_family, SOCK_STREAM, 0);
  if (dial->fd < 0 || evutil_make_socket_nonblocking(dial->fd) != 0 || evutil_make_socket_closeonexec(dial->fd) != 0)
    return errno;
  if (connect(dial->fd, (const struct sockaddr *)&address->storage, address->len) != 0 && errno != EINPROGRESS)
    return errno;
  dial->connected = event_new(dial->base, dial->fd, EV_WRITE, connected_cb, dial);
  event_add(dial->connected, &patience);
  return 0;
}

static void try_next(NetDial *dial) {
  while (dial->n_tried < MIN(dial->addresses->len, NET_DIAL_ADDRESSES_MAX)) {
    const NetAddress *address = &g_array_index(dial->addresses, NetAddress, dial->n_tried++);
    int failure = begin(dial, address);
    if (failure == 0)
      return;
    note_failure(dial, address, failure);
  }
  finish(dial);
}

static void connected_cb(evutil_socket_t fd, short what, void *user_data) {
  NetDial *dial = user_data;
  int failure = 0;
  socklen_t len = sizeof failure;

  if (what & EV_TIMEOUT)
    failure = ETIMEDOUT;
  else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) != 0)
    failure = errno;
  if (failure != 0) {
    note_failure(dial, &g_array_index(dial->addresses, NetAddress, dial->n_tried - 1), failure);
    try_next(dial);
    return;
  }
  g_clear_pointer(&dial->connected, event_free);
  finish(dial);
}

static void resolved_cb(const GArray *addresses, const GError *error, gpointer user_data) {
  NetDial *dial = user_data;

  dial->lookup = NULL;
  if (!addresses)
    dial->error = g_error_copy(error);
  for (guint i = 0; addresses && i < addresses->len; i++) {
    const NetAddress *address = &g_array_index(addresses, NetAddress, i);
    g_clear_error(&dial->error);
    if (!dial->events->may || dial->events->may(address, dial->user_data, &dial->error))
      g_array_append_vals(dial->addresses, address, 1);
  }
  try_next(dial);
}

NetDial *net_dial(NetResolver *resolver, struct event_base *base, const char *host, guint16 port,
                  const NetDialEvents *events, gpointer user_data) {
  NetDial *dial = g_new0(NetDial, 1);

  dial->base = base;
  dial->events = events;
  dial->user_data = user_data;
  dial->fd = -1;
  dial->addresses = g_array_new(FALSE, FALSE, sizeof(NetAddress));
  dial->lookup = net_resolver_ask(resolver, host, port, resolved_cb, dial);
  return dial;
}
