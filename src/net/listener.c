#include "net/listener.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 4096, PROBE_MS = 200, ACCEPTED_AT_A_TIME = 64 };

static const struct timeval pause_after_failure = {.tv_usec = 100 * 1000};

struct NetListener {
  NetAddress address;
  int fd;
  struct event *readable;
  struct event *retry;
  const NetListenerEvents *events;
  gpointer user_data;
  char *socket_path; /* to remove at the end; NULL: none of ours */
};

static int accept_next(int fd, struct sockaddr_storage *peer, socklen_t *len) {
#ifdef __linux__
  return accept4(fd, (struct sockaddr *)peer, len, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
  int accepted = accept(fd, (struct sockaddr *)peer, len);
  if (accepted >= 0) {
    evutil_make_socket_nonblocking(accepted);
    evutil_make_socket_closeonexec(accepted);
  }
  return accepted;
#endif
}

/* Without the pause a listener that can't take a connection would spin: it stays readable. */
static void fail(NetListener *listener, int reason) {
  if (reason == EAGAIN || reason == EINTR || reason == ECONNABORTED)
    return;
  event_del(listener->readable);
  event_add(listener->retry, &pause_after_failure);
  listener->events->failed(reason, listener, listener->user_data);
}

/* Not all that wait, as libevent's listener would: a crowd would hold up everybody else. */
static void readable_cb(evutil_socket_t fd, short what, void *user_data) {
  NetListener *listener = user_data;

  for (guint n_left = ACCEPTED_AT_A_TIME; n_left > 0; n_left--) {
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    NetAddress address;
    int accepted = accept_next(fd, &peer, &len);
    if (accepted < 0) {
      fail(listener, errno);
      return;
    }
    net_address_from_socket((const struct sockaddr *)&peer, len, &address);
    listener->events->accepted(accepted, &address, listener, listener->user_data);
  }
}

static void retry_cb(evutil_socket_t fd, short what, void *user_data) {
  event_add(((NetListener *)user_data)->readable, NULL);
}

NetListener *net_listener_adopt(struct event_base *base, int fd, const NetListenerEvents *events, gpointer user_data,
                                GError **error) {
  g_autoptr(NetListener) listener = g_new0(NetListener, 1);

  listener->events = events;
  listener->user_data = user_data;
  evutil_make_socket_nonblocking(fd);
  evutil_make_socket_closeonexec(fd);
  listener->fd = -1;
  if (listen(fd, BACKLOG) < 0 || !net_address_of_socket(fd, &listener->address)) {
    g_set_error(error, NET_ERROR, NET_ERROR_LISTEN, "descriptor %d is not a socket that can listen: %s", fd,
                g_strerror(errno));
    return NULL;
  }
  listener->fd = fd;
  listener->readable = event_new(base, fd, EV_READ | EV_PERSIST, readable_cb, listener);
  listener->retry = event_new(base, -1, 0, retry_cb, listener);
  event_add(listener->readable, NULL);
  return g_steal_pointer(&listener);
}

/* Does anybody take connections there? A full queue of those that wait counts as well. */
static gboolean is_answered(const NetAddress *address) {
  NetAddress near = net_address_near(address);
  int probe = socket(near.storage.ss_family, SOCK_STREAM, 0);

  if (probe < 0)
    return FALSE;
  evutil_make_socket_nonblocking(probe);
  gboolean answered = connect(probe, (const struct sockaddr *)&near.storage, near.len) == 0 || errno == EAGAIN;
  if (!answered && errno == EINPROGRESS) {
    struct pollfd wish = {.fd = probe, .events = POLLOUT};
    int failure = 0;
    socklen_t len = sizeof failure;
    answered =
        poll(&wish, 1, PROBE_MS) == 0 || (getsockopt(probe, SOL_SOCKET, SO_ERROR, &failure, &len) == 0 && !failure);
  }
  close(probe);
  return answered;
}

static gboolean is_unix_socket(const NetAddress *address) {
  const char *path = net_address_path(address);
  struct stat status;

  return path && lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* A socket left by a server that was killed can't be bound again; one that answers belongs to somebody. */
static gboolean remove_dead_socket(const NetAddress *address) {
  return is_unix_socket(address) && !is_answered(address) && errno == ECONNREFUSED &&
         unlink(net_address_path(address)) == 0;
}

static int bind_socket(const NetAddress *address) {
  int family = address->storage.ss_family;
  int on = 1;
  int is_ip6_only = !address->is_dual;
  int fd = socket(family, SOCK_STREAM, 0);

  if (fd < 0)
    return -1;
  if (family != AF_UNIX)
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_ip6_only, sizeof is_ip6_only);
  if (bind(fd, (const struct sockaddr *)&address->storage, address->len) == 0)
    return fd;

  int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

/* Which of the reasons that the system has one number for. */
static void explain_in_use(const NetAddress *address, const char *name, GError **error) {
  if (net_address_path(address) && !is_unix_socket(address))
    g_set_error(error, NET_ERROR, NET_ERROR_LISTEN,
                "can't listen at %s: a file is there that is not a socket; remove it or choose another path", name);
  else if (is_answered(address))
    g_set_error(error, NET_ERROR, NET_ERROR_IN_USE, "can't listen at %s: %s; another program listens there", name,
                g_strerror(EADDRINUSE));
  else
    g_set_error(error, NET_ERROR, NET_ERROR_IN_USE,
                "can't listen at %s: %s; nothing answers there, but another program holds it, or listens at one of the "
                "addresses it stands for",
                name, g_strerror(EADDRINUSE));
}

static void explain(const NetAddress *address, int reason, GError **error) {
  static const struct {
    int reason;
    NetError code;
    const char *advice;
  } rows[] = {
      {EACCES, NET_ERROR_LISTEN, "ports below 1024 and some directories need privileges; choose another"},
      {EADDRNOTAVAIL, NET_ERROR_ADDRESS, "this machine has no such address; choose another"},
      {EAFNOSUPPORT, NET_ERROR_ADDRESS, "this system does not have such addresses; choose another"},
      {0, NET_ERROR_LISTEN, "choose another address"},
  };
  g_autofree char *name = net_address_format(address);
  gsize row = 0;

  while (rows[row].reason != 0 && rows[row].reason != reason)
    row++;
  if (reason == EADDRINUSE)
    explain_in_use(address, name, error);
  else
    g_set_error(error, NET_ERROR, rows[row].code, "can't listen at %s: %s; %s", name, g_strerror(reason),
                rows[row].advice);
}

NetListener *net_listener_open(struct event_base *base, const NetAddress *address, const NetListenerEvents *events,
                               gpointer user_data, GError **error) {
  int fd = bind_socket(address);

  if (fd < 0 && errno == EADDRINUSE && remove_dead_socket(address))
    fd = bind_socket(address);
  if (fd < 0) {
    explain(address, errno, error);
    return NULL;
  }

  NetListener *listener = net_listener_adopt(base, fd, events, user_data, error);
  if (!listener)
    close(fd);
  else
    listener->socket_path = g_strdup(net_address_path(address));
  return listener;
}

void net_listener_set_taking(NetListener *listener, gboolean is_taking) {
  event_del(listener->retry);
  is_taking ? event_add(listener->readable, NULL) : event_del(listener->readable);
}

const NetAddress *net_listener_address(const NetListener *listener) {
  return &listener->address;
}

void net_listener_close(NetListener *listener) {
  if (!listener)
    return;
  g_clear_pointer(&listener->readable, event_free);
  g_clear_pointer(&listener->retry, event_free);
  if (listener->fd >= 0)
    close(listener->fd);
  if (listener->socket_path)
    unlink(listener->socket_path);
  g_free(listener->socket_path);
  g_free(listener);
}
