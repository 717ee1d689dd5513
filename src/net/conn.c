#include "net/conn.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

typedef enum { CONN_OPEN, CONN_SHAKING_HANDS, CONN_FLUSHING, CONN_LINGERING, CONN_OVER } ConnState;

typedef struct Channel {
  const NetTransport *table;
  gpointer carrier;
} Channel;

static const Channel plain_channel = {.table = &net_transport_plain};

struct NetConn {
  int fd;
  Channel channel;
  Channel next_channel; /* takes over when the output has been sent; without a table: none */
  struct evbuffer *input;
  struct evbuffer *output;
  struct event *readable;
  struct event *writable;
  struct event *timer;
  gint64 deadline_us; /* monotonic; 0: none */
  gint64 quiet_us;    /* monotonic, when `quiet` is due; 0: never */
  gint64 timer_us;    /* when the timer will fire; 0: not set */
  gint64 linger_ms;
  gsize n_dropped; /* while lingering */
  const NetConnEvents *events;
  gpointer user_data;
  ConnState state;
  gboolean linger;
  gboolean reading; /* `readable` is watched */
  gboolean writing; /* `writable` is watched */
  gboolean input_ended;
  gboolean read_wants_output; /* reading goes on when the socket can be written */
  gboolean reads_on;          /* the output may break without the connection ending */
  gboolean output_lost;       /* it did: what is added to it is dropped */
  gboolean holding;           /* the owner wants nothing sent yet */
  gboolean acknowledges_quickly;
};

/* --- the deadline: the timer is set once and moved only when it fires early, for most deadlines are never reached */

static void arm_timer(NetConn *conn, gint64 due_us, gint64 now_us) {
  gint64 wait_us = MAX(due_us - now_us, 0);
  struct timeval wait = {.tv_sec = wait_us / G_USEC_PER_SEC, .tv_usec = wait_us % G_USEC_PER_SEC};

  if (due_us == 0 || (conn->timer_us != 0 && conn->timer_us <= due_us))
    return;
  event_add(conn->timer, &wait);
  conn->timer_us = due_us;
}

static void set_due(NetConn *conn, gint64 *due_us, gint64 timeout_ms) {
  gint64 now_us = timeout_ms == 0 ? 0 : g_get_monotonic_time();

  if (conn->state == CONN_OVER)
    return; /* libevent forgets that an event is to fire at once when it is given a time */
  *due_us = timeout_ms == 0 ? 0 : now_us + timeout_ms * 1000;
  arm_timer(conn, *due_us, now_us);
}

void net_conn_set_deadline(NetConn *conn, gint64 timeout_ms) {
  set_due(conn, &conn->deadline_us, timeout_ms);
}

void net_conn_set_quiet(NetConn *conn, gint64 timeout_ms) {
  set_due(conn, &conn->quiet_us, timeout_ms);
}

/* TRUE when the time has come, and forgets it. Otherwise the timer fires again for it. */
static gboolean is_due(NetConn *conn, gint64 *due_us, gint64 now_us) {
  if (*due_us == 0 || *due_us > now_us) {
    arm_timer(conn, *due_us, now_us);
    return FALSE;
  }
  *due_us = 0;
  return TRUE;
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
  gboolean is_quiet = is_due(conn, &conn->quiet_us, now_us);
  if (is_due(conn, &conn->deadline_us, now_us)) {
    if (conn->state == CONN_OPEN || conn->state == CONN_SHAKING_HANDS)
      conn->events->expired(conn, conn->user_data);
    else
      end_soon(conn);
  } else if (is_quiet && conn->state == CONN_OPEN) {
    conn->events->quiet(conn, conn->user_data);
  }
}

/* --- bytes */

static void channel_clear(Channel *channel) {
  if (channel->table && channel->table->free)
    channel->table->free(channel->carrier);
  *channel = (Channel){0};
}

/* From here on bytes pass as they are. */
static void become_plain(NetConn *conn) {
  channel_clear(&conn->channel);
  channel_clear(&conn->next_channel);
  conn->channel = plain_channel;
}

static void linger(NetConn *conn) {
  conn->state = CONN_LINGERING;
  shutdown(conn->fd, SHUT_WR);
  watch_output(conn, FALSE);
  watch_input(conn, TRUE);
  net_conn_set_deadline(conn, conn->linger_ms);
}

void net_conn_set_linger(NetConn *conn, gint64 linger_ms) {
  conn->linger_ms = linger_ms;
  if (conn->state == CONN_LINGERING)
    net_conn_set_deadline(conn, linger_ms);
}

static void flushed(NetConn *conn) {
  if (conn->channel.table->close)
    conn->channel.table->close(conn->channel.carrier);
  become_plain(conn);
  if (!conn->linger || conn->input_ended)
    end_soon(conn);
  else
    linger(conn);
}

/* Nothing reaches the peer any more. A reset discards what we had to send, not what we received: that can still be
 * read, and the end of it comes as the end of input. */
static void lose_output(NetConn *conn) {
  conn->output_lost = TRUE;
  conn->read_wants_output = FALSE;
  evbuffer_drain(conn->output, evbuffer_get_length(conn->output));
}

/* FALSE: the connection is broken, and its end on the way. */
static gboolean send_output(NetConn *conn) {
  NetIo io = NET_IO_DONE;

  if (conn->output_lost)
    lose_output(conn);
  if (evbuffer_get_length(conn->output) > 0 && !conn->holding)
    io = conn->channel.table->write(conn->channel.carrier, conn->fd, conn->output);
  if (io == NET_IO_BROKEN && conn->reads_on && conn->state == CONN_OPEN) {
    lose_output(conn);
  } else if (io == NET_IO_BROKEN) {
    end_soon(conn);
    return FALSE;
  }
  watch_output(conn, io == NET_IO_WANTS_OUTPUT || conn->read_wants_output);
  return TRUE;
}

static gboolean has_room(const NetConn *conn) {
  return evbuffer_get_length(conn->input) < NET_CONN_INPUT_MAX;
}

static gboolean has_pending(const NetConn *conn) {
  const Channel *channel = &conn->channel;

  return channel->table->has_pending && channel->table->has_pending(channel->carrier);
}

static void note_end(NetConn *conn, NetIo io, gboolean received) {
  if (io == NET_IO_BROKEN && conn->reads_on && conn->state == CONN_OPEN)
    lose_output(conn);
  else if (io == NET_IO_BROKEN)
    end_soon(conn);
  if (conn->state == CONN_OVER)
    return;
  if (received) { /* first that, then the end */
    event_active(conn->readable, EV_READ, 0);
  } else {
    conn->input_ended = TRUE;
    watch_input(conn, FALSE);
  }
}

/* Reads what has come, once, and what the transport holds besides. FALSE: nothing came, or the connection is broken. */
static gboolean receive_input(NetConn *conn) {
  gboolean received = FALSE;
  NetIo io;

  do {
    io = conn->channel.table->read(conn->channel.carrier, conn->fd, conn->input);
    received |= io == NET_IO_DONE;
  } while (io == NET_IO_DONE && has_room(conn) && has_pending(conn));

  conn->read_wants_output = io == NET_IO_WANTS_OUTPUT;
  if (conn->read_wants_output)
    watch_output(conn, TRUE);
  if (io == NET_IO_ENDED || io == NET_IO_BROKEN)
    note_end(conn, io, received);
  return received;
}

static void watch_room(NetConn *conn) {
  gboolean on = !conn->input_ended && has_room(conn);

  watch_input(conn, on);
  if (on && has_pending(conn)) /* of which the socket knows nothing */
    event_active(conn->readable, EV_READ, 0);
}

/* --- changing the channel */

/* What was said so far is sent the old way first. FALSE: not yet, or not at all. */
static gboolean change_channel(NetConn *conn, GError **error) {
  if (!conn->next_channel.table)
    return TRUE;
  if (!send_output(conn) || evbuffer_get_length(conn->output) > 0)
    return FALSE;
  channel_clear(&conn->channel);
  conn->channel = conn->next_channel;
  conn->next_channel = (Channel){0};
  return conn->channel.table->start(conn->channel.carrier, conn->fd, error);
}

static void shake_hands(NetConn *conn) {
  g_autoptr(GError) error = NULL;
  NetIo io = NET_IO_WANTS_OUTPUT;

  if (change_channel(conn, &error))
    io = conn->channel.table->shake_hands(conn->channel.carrier, &error);
  if (conn->state == CONN_OVER)
    return;
  if (error) {
    become_plain(conn);
    linger(conn); /* an alert that tells the peer why is to arrive */
    conn->events->shook_hands(conn, error, conn->user_data);
    return;
  }
  watch_input(conn, io == NET_IO_WANTS_INPUT);
  watch_output(conn, io == NET_IO_WANTS_OUTPUT);
  if (io == NET_IO_DONE) {
    conn->state = CONN_OPEN;
    watch_room(conn);
    conn->events->shook_hands(conn, NULL, conn->user_data);
  }
}

static void readable_cb(evutil_socket_t fd, short what, void *user_data) {
  NetConn *conn = user_data;

  if (conn->state == CONN_SHAKING_HANDS) {
    shake_hands(conn);
    return;
  }
  gboolean received = receive_input(conn);
  if (conn->state == CONN_LINGERING) {
    conn->n_dropped += evbuffer_get_length(conn->input);
    evbuffer_drain(conn->input, evbuffer_get_length(conn->input));
    if (conn->input_ended || conn->n_dropped > NET_CONN_LINGER_BYTES)
      end_soon(conn);
  } else if (conn->state == CONN_OPEN && received) {
    watch_input(conn, has_room(conn));
    conn->events->ready(conn, conn->user_data);
  } else if (conn->state == CONN_OPEN && conn->input_ended) {
    conn->events->input_ended(conn, conn->user_data);
  }
}

static void writable_cb(evutil_socket_t fd, short what, void *user_data) {
  NetConn *conn = user_data;

  if (conn->state == CONN_SHAKING_HANDS) {
    shake_hands(conn);
    return;
  }
  if (conn->read_wants_output)
    event_active(conn->readable, EV_READ, 0);
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
  conn->channel = plain_channel;
  conn->linger_ms = NET_CONN_LINGER_MS;
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

static void ask_for_acknowledgement(NetConn *conn) {
#ifdef TCP_QUICKACK
  int on = 1;
  setsockopt(conn->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
  conn->acknowledges_quickly = FALSE;
}

void net_conn_update(NetConn *conn) {
  if (conn->state != CONN_OPEN || !send_output(conn))
    return;
  watch_room(conn);
  if (conn->acknowledges_quickly)
    ask_for_acknowledgement(conn);
}

void net_conn_change_transport(NetConn *conn, const NetTransport *transport, gpointer carrier) {
  conn->next_channel = (Channel){.table = transport, .carrier = carrier};
  conn->state = CONN_SHAKING_HANDS;
  watch_input(conn, FALSE);
  event_active(conn->writable, EV_WRITE, 0);
}

void net_conn_read_on(NetConn *conn) {
  conn->reads_on = TRUE;
}

void net_conn_hold(NetConn *conn, gboolean holding) {
  conn->holding = holding;
}

gboolean net_conn_receive(NetConn *conn) {
  gboolean received = conn->state == CONN_OPEN && receive_input(conn);

  if (conn->input_ended) /* which is reported from the loop */
    event_active(conn->readable, EV_READ, 0);
  return received;
}

void net_conn_acknowledge_quickly(NetConn *conn) {
  conn->acknowledges_quickly = TRUE;
}

void net_conn_finish(NetConn *conn, gboolean linger) {
  if (conn->state == CONN_SHAKING_HANDS)
    end_soon(conn);
  if (conn->state != CONN_OPEN)
    return;
  conn->state = CONN_FLUSHING;
  conn->holding = FALSE;
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
  channel_clear(&conn->channel);
  channel_clear(&conn->next_channel);
  close(conn->fd);
  g_free(conn);
}
