#pragma once
/* The header a proxy puts in front of a connection, so that the server learns who is at its other end.
 *
 * Owns: nothing; both structs are values.
 * Thread: any; pure.
 * Errors: PROXY_HEADER_ERROR, one code, with a message fit for the log: ASCII, one line, without the peer's bytes.
 * Units and limits: version 1 is one line of at most PROXY_HEADER_V1_MAX bytes with its CR LF; version 2 at most
 *         PROXY_HEADER_MAX bytes with everything behind its addresses.
 * Source: "The PROXY protocol, versions 1 & 2" (haproxy, proxy-protocol.txt), 2.1 and 2.2. */
#include <glib.h>

#define PROXY_HEADER_ERROR (proxy_header_error_quark())
GQuark proxy_header_error_quark(void);

typedef enum { PROXY_HEADER_ERROR_WRONG } ProxyHeaderError;

enum { PROXY_HEADER_V1_MAX = 107, PROXY_HEADER_MAX = 536 };

/* What has come so far. Starts as all zeros. */
typedef struct ProxyHeader {
  guint8 bytes[PROXY_HEADER_MAX];
  gsize len;
} ProxyHeader;

typedef enum { PROXY_HEADER_MORE, PROXY_HEADER_WHOLE, PROXY_HEADER_WRONG } ProxyHeaderStatus;

/* Takes bytes off `in`, of which there are any number, and none after the header's end. *out_used is how many. Wrong
 * is said at the first byte that no header has. */
ProxyHeaderStatus proxy_header_feed(ProxyHeader *header, const guint8 *in, gsize in_len, gsize *out_used);

typedef struct ProxyEnd {
  guint8 ip[16]; /* the first ip_len of them, in the order of the network */
  guint16 port;
} ProxyEnd;

typedef struct ProxyAddresses {
  gsize ip_len; /* 4 or 16; 0: the header names none, and the connection's own addresses hold */
  ProxyEnd source;
  ProxyEnd destination;
} ProxyAddresses;

/* Reads a header that is whole. Without addresses are LOCAL, UNKNOWN, AF_UNSPEC, and AF_UNIX, whose paths mean nothing
 * on this machine. */
gboolean proxy_header_read(const ProxyHeader *header, ProxyAddresses *out_addresses, GError **error);
