#pragma once
/* Addresses to listen on and to name peers by.
 *
 * Owns: nothing; a NetAddress is a value, made by the functions here alone: ::ffff:a.b.c.d is a.b.c.d in each of them.
 * Thread: any; net_address_resolve() may block on the resolver and is for start-up;
 *         what is looked up later, net/resolver.h does on threads.
 * Errors: NET_ERROR_ADDRESS, with the address in the message.
 * Units and limits: a unix socket's path has at most 107 bytes (103 on macOS).
 * Source: RFC 5952 (IPv6 as text), RFC 5321 4.1.3 (address literals), RFC 4291 2.5.5.2 (IPv4 mapped into IPv6). */
#include <glib.h>
#include <sys/socket.h>

/* What an interface that is a unix socket begins with. */
#define NET_UNIX_PREFIX "unix:"

#define NET_ERROR (net_error_quark())
GQuark net_error_quark(void);

typedef enum {
  NET_ERROR_ADDRESS, /* no such interface, host or path */
  NET_ERROR_LISTEN,  /* could not listen there */
  NET_ERROR_IN_USE,  /* the same, because the port is taken; the message says by whom and gives no advice */
  NET_ERROR_CONNECT  /* could not connect to it */
} NetError;

typedef struct NetAddress {
  struct sockaddr_storage storage; /* never IPv4 mapped into IPv6 */
  socklen_t len;
  gboolean is_dual; /* of "::", to listen at: takes connections by IPv4, too */
} NetAddress;

/* `interface` is an IPv4 or IPv6 address (brackets allowed), a host name, or unix:/path. A host name may give several
 * addresses. Returns an array of NetAddress, never empty, or NULL. */
GArray *net_address_resolve(const char *interface, guint16 port, GError **error);

/* The same to connect to. May block on the resolver. */
GArray *net_address_look_up(const char *host, guint16 port, GError **error);

/* Splits "ADDRESS:PORT" ("[::1]:8025", "localhost:0") or "unix:/path" into what net_address_resolve() takes. The caller
 * frees *out_interface; the port of a unix socket is 0. */
gboolean net_endpoint_split(const char *endpoint, char **out_interface, guint16 *out_port);

/* What accept(), getifaddrs() and their like give. */
void net_address_from_socket(const struct sockaddr *from, socklen_t len, NetAddress *out_address);

/* The address a socket is bound to; FALSE when the system will not say. */
gboolean net_address_of_socket(int fd, NetAddress *out_address);

/* "127.0.0.1:1025", "[::1]:1025", "unix:/path", "unix:" for an unnamed peer. The caller frees. */
char *net_address_format(const NetAddress *address);

/* "[127.0.0.1]", "[IPv6:::1]"; NULL for a unix socket. */
char *net_address_literal(const NetAddress *address);

/* The IP address in the order of the network; returns how many bytes, 4 or 16, or 0 for a unix socket. */
gsize net_address_ip(const NetAddress *address, guint8 out_ip[16]);

/* The other way round; `ip_len` is 4 or 16. */
void net_address_from_ip(const guint8 *ip, gsize ip_len, guint16 port, NetAddress *out_address);

/* "127.0.0.1", "::1"; NULL for a unix socket. The caller frees. */
char *net_address_host(const NetAddress *address);

/* TRUE for 0.0.0.0 and ::, which stand for all addresses of this machine. */
gboolean net_address_is_any(const NetAddress *address);

/* The address, or in place of one that stands for all of this machine its loopback address. */
NetAddress net_address_near(const NetAddress *address);

/* 0 for a unix socket. */
guint16 net_address_port(const NetAddress *address);
void net_address_set_port(NetAddress *address, guint16 port);

/* The path of a unix socket, or NULL. Lent. */
const char *net_address_path(const NetAddress *address);

/* TRUE when a socket that listens at `wide` takes the connections to `narrow`: it is the same address, or one of those
 * that 0.0.0.0 or :: stands for, at the same port. Two sockets cannot have both. */
gboolean net_address_covers(const NetAddress *wide, const NetAddress *narrow);

/* TRUE when only this machine can reach it. */
gboolean net_address_is_local(const NetAddress *address);
