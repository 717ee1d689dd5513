#include "net/conn.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_OCTETS = 16 * 1024 };

typedef enum { CONN_OPEN, CONN_FLUSHING, CONN_LINGERING, CONN_OVER } ConnState;

struct NetConn {
  int fd;
  struct evbuffer *input;
  struct evbuffer *output;
  struct event *readable;
  struct event *writable;
  struct event *timer;
  gint64 deadline_us; /* monotonic; 0: none */
  gint64 timer_us;    /* when the timer will fire; 0: not set */
  const NetConnEvents *events;
  gpointer user_data;
  ConnState state;
  gboolean linger;
  gboolean reading; /* `readable` is watched */
  gboolean writing; /* `writable` is watched */
  gboolean input_ended;
};

/* --- the deadline: the timer is set once and moved only when it fires early, for most deadlines are never reached */

static void arm_timer(NetConn *conn, gint64 now_us) {
  gint64 wait_us = MAX(conn->deadline_us - now_us, 0);
  struct timeval wait = {.tv_sec = wait_us / G_USEC_PER_SEC, .tv_usec = wait_us % G_USEC_PER_SEC};

  event_add(conn->timer, &wait);
  conn->timer_us = conn->deadline_us;
}

void net_conn_set_deadline(NetConn *conn, gint64 timeout_ms) {
  gint64 now_us = g_get_monotonic_time();

  conn->deadline_us = timeout_ms == 0 ? 0 : now_us + timeout_ms * 1000;
  if (conn->deadline_us != 0 && (conn->timer_us == 0 || conn->deadline_us < conn->timer_us))
    arm_timer(conn, now_us);
}

static void watch_input(NetConn *conn, gboolean on) {
  if (conn->reading == on)
    return;
  conn->reading = on;
  on ? event_add(conn->readable, NULL) : event_del(conn->readable);
}

static void watch_output(NetConn *conn, gboolean on) {
  if (conn->writing == on)
    return;
  conn->writing = on;
  on ? event_add(conn->writable, NULL) : event_del(conn->writable);
}

/* Ends from the loop, so that no caller finds its connection freed under it. */
static void end_soon(NetConn *conn) {
  conn->state = CONN_OVER;
  watch_input(conn, FALSE);
  watch_output(conn, FALSE);
  event_active(conn->timer, EV_TIMEOUT, 0);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  NetConn *conn = user_data;
  gint64 now_us = g_get_monotonic_time();

  conn->timer_us = 0;
  if (conn->state == CONN_OVER) {
    conn->events->ended(conn, conn->user_data);
    return;
  }
  if (conn->deadline_us == 0)
    return;
  if (conn->deadline_us > now_us) {
    arm_timer(conn, now_us);
    return;
  }
  conn->deadline_us = 0;
  if (conn->state == CONN_OPEN)
    conn->events->expired(conn, conn->user_data);
  else
    end_soon(conn);
}

/* --- octets */

static gboolean is_passing(int reason) {
  return reason == EAGAIN || reason == EWOULDBLOCK || reason == EINTR;
}

static void flushed(NetConn *conn) {
  if (!conn->linger || conn->input_ended) {
    end_soon(conn);
    return;
  }
  conn->state = CONN_LINGERING;
  shutdown(conn->fd, SHUT_WR);
  watch_input(conn, TRUE);
}

/* FALSE: the connection is broken, and its end on the way. */
static gboolean send_output(NetConn *conn) {
  if (evbuffer_get_length(conn->output) > 0 && evbuffer_write(conn->output, conn->fd) < 0 && !is_passing(errno)) {
    end_soon(conn);
    return FALSE;
  }
  watch_output(conn, evbuffer_get_length(conn->output) > 0);
  return TRUE;
}

/* Reads what has come, once. FALSE: nothing came, or the connection is broken. */
static gboolean receive_input(NetConn *conn) {
  struct evbuffer_iovec room;

  if (evbuffer_reserve_space(conn->input, READ_OCTETS, &room, 1) < 1) {
    end_soon(conn);
    return FALSE;
  }
  ssize_t n_octets = recv(conn->fd, room.iov_base, room.iov_len, 0);
  if (n_octets > 0) {
    room.iov_len = (gsize)n_octets;
    evbuffer_commit_space(conn->input, &room, 1);
    return TRUE;
  }
  if (n_octets == 0) {
    conn->input_ended = TRUE;
    watch_input(conn, FALSE);
  } else if (!is_passing(errno)) {
    end_soon(conn);
  }
  return FALSE;
}

static void readable_cb(evutil_socket_t fd, short what, void *user_data) {
  NetConn *conn = user_data;
  gboolean received = receive_input(conn);

  if (conn->state == CONN_LINGERING) {
    evbuffer_drain(conn->input, evbuffer_get_length(conn->input));
    if (conn->input_ended)
      end_soon(conn);
  } else if (conn->state == CONN_OPEN && received) {
    watch_input(conn, evbuffer_get_length(conn->input) < NET_CONN_INPUT_MAX);
    conn->events->ready(conn, conn->user_data);
  } else if (conn->state == CONN_OPEN && conn->input_ended) {
    conn->events->input_ended(conn, conn->user_data);
  }
}

static void writable_cb(evutil_socket_t fd, short what, void *user_data) {
  NetConn *conn = user_data;

  if (!send_output(conn))
    return;
  gsize left = evbuffer_get_length(conn->output);
  if (conn->state == CONN_OPEN && left <= NET_CONN_OUTPUT_LOW)
    conn->events->ready(conn, conn->user_data);
  else if (conn->state == CONN_FLUSHING && left == 0)
    flushed(conn);
}

/* --- for the owner */

NetConn *net_conn_new(struct event_base *base, int fd, const NetConnEvents *events, gpointer user_data) {
  NetConn *conn = g_new0(NetConn, 1);
  int on = 1;

  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* fails on a unix socket, which needs none */
  conn->fd = fd;
  conn->events = events;
  conn->user_data = user_data;
  conn->input = evbuffer_new();
  conn->output = evbuffer_new();
  conn->timer = event_new(base, -1, 0, timer_cb, conn);
  conn->readable = event_new(base, fd, EV_READ | EV_PERSIST, readable_cb, conn);
  conn->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, writable_cb, conn);
  watch_input(conn, TRUE);
  return conn;
}

struct evbuffer *net_conn_input(NetConn *conn) {
  return conn->input;
}

struct evbuffer *net_conn_output(NetConn *conn) {
  return conn->output;
}

void net_conn_update(NetConn *conn) {
  if (conn->state == CONN_OPEN && send_output(conn))
    watch_input(conn, !conn->input_ended && evbuffer_get_length(conn->input) < NET_CONN_INPUT_MAX);
}

void net_conn_acknowledge_quickly(NetConn *conn) {
#ifdef TCP_QUICKACK
  int on = 1;
  setsockopt(conn->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
}

void net_conn_finish(NetConn *conn, gboolean linger) {
  if (conn->state != CONN_OPEN)
    return;
  conn->state = CONN_FLUSHING;
  conn->linger = linger;
  watch_input(conn, FALSE);
  net_conn_set_deadline(conn, NET_CONN_LINGER_MS);
  if (send_output(conn) && evbuffer_get_length(conn->output) == 0)
    flushed(conn);
}

void net_conn_free(NetConn *conn) {
  if (!conn)
    return;
  event_free(conn->readable);
  event_free(conn->writable);
  event_free(conn->timer);
  evbuffer_free(conn->input);
  evbuffer_free(conn->output);
  close(conn->fd);
  g_free(conn);
}
