#pragma once
/* One connection: buffers both ways, a deadline, and an end that lets the last words arrive.
 *
 * Owns: the socket and its buffers.
 * Thread: the loop thread. Callbacks come from the loop, never from inside a call; net_conn_free() may be called in
 *         any of them.
 * Errors: a broken connection is told by `ended`.
 * Units and limits: NET_CONN_STOP_LINGER_MS is for servers that stop; at most NET_CONN_INPUT_MAX bytes wait to be
 * read; the client is then made to wait by TCP.
 * Source: docs/design.md. */
#include "net/transport.h"
#include <event2/event.h>

typedef struct NetConn NetConn;

enum {
  NET_CONN_INPUT_MAX = 64 * 1024,
  NET_CONN_OUTPUT_LOW = 4 * 1024,
  NET_CONN_LINGER_MS = 2000,
  NET_CONN_LINGER_BYTES = 80 * 1024 * 1024, /* a request that is a little too large still hears why */
  NET_CONN_STOP_LINGER_MS = 100
};

typedef struct NetConnEvents {
  /* There is input, or what waited to be sent has fallen to NET_CONN_OUTPUT_LOW. */
  void (*ready)(NetConn *conn, gpointer user_data);
  /* The peer sends no more; it may still listen. Input may be left. */
  void (*input_ended)(NetConn *conn, gpointer user_data);
  /* The deadline passed. */
  void (*expired)(NetConn *conn, gpointer user_data);
  /* The time given to net_conn_set_quiet() passed; never called where that is not used. */
  void (*quiet)(NetConn *conn, gpointer user_data);
  /* The handshake of a new transport is over. With an error it failed and the connection will end: `ended` follows.
   * Never called for a connection that keeps its bytes as they are. */
  void (*shook_hands)(NetConn *conn, const GError *error, gpointer user_data);
  /* The connection is over: broken, or finished as asked. Free it. */
  void (*ended)(NetConn *conn, gpointer user_data);
} NetConnEvents;

/* Takes over `fd`. Plain events and buffers, not a bufferevent: that one changes the set of watched descriptors twice
 * for every reply, which was a third of all system calls of a message (docs/performance.md). */
NetConn *net_conn_new(struct event_base *base, int fd, const NetConnEvents *events, gpointer user_data);

/* Lent; take from the input, add to the output, then call net_conn_update(). */
struct evbuffer *net_conn_input(NetConn *conn);
struct evbuffer *net_conn_output(NetConn *conn);

/* Sends what the peer takes now, the rest when it does, and reads again when there is room for input. */
void net_conn_update(NetConn *conn);

/* Sends what is in the output, then has bytes pass through `transport`, whose `carrier` it takes over. Until
 * `shook_hands` nothing is read or sent, and only `expired` and `ended` may come before it. */
void net_conn_change_transport(NetConn *conn, const NetTransport *transport, gpointer carrier);

/* Calls `expired` that much from now, instead of what was set before; 0: never. Cheap enough for every command. */
void net_conn_set_deadline(NetConn *conn, gint64 timeout_ms);

/* Calls `quiet`, once, that much from now, instead of what was set before; 0: never. As cheap. */
void net_conn_set_quiet(NetConn *conn, gint64 timeout_ms);

/* From now on a connection whose output breaks (the peer closed without reading, RFC 9293 3.10.7.4: a reset) does not
 * end: output is dropped, and what was received before is read to its end, which `input_ended` reports. Not for an
 * owner that produces output without input, as it would never end. */
void net_conn_read_on(NetConn *conn);

/* TRUE: what is in the output stays there until it is FALSE again, or the connection is finished. To be followed by
 * net_conn_update(). */
void net_conn_hold(NetConn *conn, gboolean holding);

/* Adds to the input what has come already, instead of by `ready`. FALSE: nothing. */
gboolean net_conn_receive(NetConn *conn);

/* Asks for acknowledgements at once, after what net_conn_update() sends next. A client that sends the end of a message
 * in a small write of its own (Nagle's algorithm) otherwise waits up to 40 ms for the kernel's delayed one. The kernel
 * forgets this by itself. */
void net_conn_acknowledge_quickly(NetConn *conn);

/* What net_conn_finish() may take to let the last words arrive, NET_CONN_LINGER_MS unless told. Of a connection that
 * lingers already, the time that is left is cut to this. */
void net_conn_set_linger(NetConn *conn, gint64 linger_ms);

/* Sends what is in the output, then ends. With `linger`, what the peer still sends is read and dropped for some time
 * (net_conn_set_linger()) and up to NET_CONN_LINGER_BYTES, so that closing does not reset the connection under our
 * last reply. `ready`, `input_ended` and `expired` are not called any more. During a handshake it ends at once. */
void net_conn_finish(NetConn *conn, gboolean linger);

/* Closes at once. NULL is fine. */
void net_conn_free(NetConn *conn);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetConn, net_conn_free)
