#pragma once
/* How a connection's bytes pass between its buffers and its socket: as they are, or through TLS.
 *
 * Owns: nothing; a carrier is whatever the functions of a table work on, and belongs to the connection that uses it.
 * Thread: the loop thread. No function waits.
 * Errors: NET_IO_BROKEN; only a handshake says why.
 * Units and limits: a read takes at most NET_READ_BYTES.
 * Source: docs/design.md. */
#include <event2/buffer.h>
#include <glib.h>

enum { NET_READ_BYTES = 16 * 1024 };

typedef enum {
  NET_IO_DONE,         /* bytes were moved, or the handshake is complete */
  NET_IO_WANTS_INPUT,  /* go on when the socket can be read */
  NET_IO_WANTS_OUTPUT, /* go on when the socket can be written */
  NET_IO_ENDED,        /* reading: the peer sends no more */
  NET_IO_BROKEN
} NetIo;

/* What a handshake settled. */
typedef struct NetSecured {
  const char *version; /* "TLSv1.3"; NULL: bytes pass as they are; static */
  const char *cipher;  /* static */
  const char *client;  /* subject of the client's certificate, printable; NULL: it showed none */
} NetSecured;

typedef struct NetTransport {
  /* The socket is the carrier's to use from now on. */
  gboolean (*start)(gpointer carrier, int fd, GError **error);

  /* Goes on with what both sides settle before bytes pass. On NET_IO_BROKEN, *error says why, in words. */
  NetIo (*shake_hands)(gpointer carrier, GError **error);

  /* Adds what has come to `input`, once. */
  NetIo (*read)(gpointer carrier, int fd, struct evbuffer *input);

  /* Sends from `output` what the socket takes; NET_IO_DONE: all of it. */
  NetIo (*write)(gpointer carrier, int fd, struct evbuffer *output);

  /* TRUE: read() may find bytes though the socket has none. NULL: never. */
  gboolean (*has_pending)(gpointer carrier);

  /* Tells the peer that no more will be sent. NULL: the end of the connection says so. */
  void (*close)(gpointer carrier);

  /* Tells what the handshake settled; the client's name is the return value, which the caller frees. */
  char *(*describe)(gpointer carrier, NetSecured *out_secured);

  void (*free)(gpointer carrier);
} NetTransport;

/* What gives a server's connections their transport. net/ knows no TLS: whoever has certificates fills it
 * (tls/stream.h). Without a transport, bytes pass as they are. */
typedef struct NetSecurity {
  const NetTransport *transport;
  gpointer (*carrier_new)(gpointer data); /* of one connection; NULL: no memory */
  gpointer data;                          /* borrowed; outlives the connections */
} NetSecurity;

/* Bytes as they are, over a carrier of NULL. It has nothing to start, to settle or to free. */
extern const NetTransport net_transport_plain;
