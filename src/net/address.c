#include "net/address.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

G_DEFINE_QUARK(dsmtpd - net - error - quark, net_error)

/* The same storage seen as the families we know. */
static const struct sockaddr_in *as_ip4(const NetAddress *address) {
  return (const struct sockaddr_in *)&address->storage;
}

static const struct sockaddr_in6 *as_ip6(const NetAddress *address) {
  return (const struct sockaddr_in6 *)&address->storage;
}

/* A dual socket shows an IPv4 client as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). Undone here, where every address is made, so
 * that an IPv4 client has one name in logs, networks, counts and rights. */
static void unmap(NetAddress *address) {
  guint16 port = net_address_port(address);
  guint8 ip[sizeof(struct in_addr)];

  if (address->storage.ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&as_ip6(address)->sin6_addr))
    return;
  memcpy(ip, as_ip6(address)->sin6_addr.s6_addr + 12, sizeof ip);
  net_address_from_ip(ip, sizeof ip, port, address);
}

void net_address_from_socket(const struct sockaddr *from, socklen_t len, NetAddress *out_address) {
  *out_address = (NetAddress){.len = MIN(len, sizeof out_address->storage)};
  memcpy(&out_address->storage, from, out_address->len);
  unmap(out_address);
}

static gboolean resolve_unix(const char *interface, NetAddress *out_address, GError **error) {
  struct sockaddr_un *un = (struct sockaddr_un *)&out_address->storage;
  const char *path = interface + strlen(NET_UNIX_PREFIX);

  if (*path == '\0' || strlen(path) >= sizeof un->sun_path) {
    g_set_error(error, NET_ERROR, NET_ERROR_ADDRESS, "%s: a unix socket needs a path of 1 to %zu bytes", interface,
                sizeof un->sun_path - 1);
    return FALSE;
  }
  memset(&out_address->storage, 0, sizeof out_address->storage);
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, path, strlen(path) + 1);
  out_address->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
  return TRUE;
}

static char *strip_brackets(const char *interface) {
  gsize len = strlen(interface);

  if (len > 2 && interface[0] == '[' && interface[len - 1] == ']')
    return g_strndup(interface + 1, len - 2);
  return g_strdup(interface);
}

/* Appends them. 0, or what getaddrinfo() says. */
static int look_up(const char *host, guint16 port, int flags, GArray *addresses) {
  const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
  struct addrinfo *found = NULL;
  int failure = *host == '\0' ? EAI_NONAME : getaddrinfo(host, NULL, &hints, &found);

  if (failure != 0)
    return failure;
  for (const struct addrinfo *info = found; info; info = info->ai_next) {
    NetAddress address;
    net_address_from_socket(info->ai_addr, info->ai_addrlen, &address);
    net_address_set_port(&address, port);
    g_array_append_val(addresses, address);
  }
  freeaddrinfo(found);
  return addresses->len > 0 ? 0 : EAI_NONAME;
}

/* `advice` goes behind what getaddrinfo() says. */
static GArray *resolve(const char *interface, guint16 port, int flags, const char *advice, GError **error) {
  g_autoptr(GArray) addresses = g_array_new(FALSE, TRUE, sizeof(NetAddress));
  g_autofree char *host = strip_brackets(interface);

  if (g_str_has_prefix(interface, NET_UNIX_PREFIX)) {
    NetAddress address = {0};
    if (!resolve_unix(interface, &address, error))
      return NULL;
    g_array_append_val(addresses, address);
    return g_steal_pointer(&addresses);
  }

  int failure = look_up(host, port, flags, addresses);
  if (failure == 0)
    return g_steal_pointer(&addresses);
  g_set_error(error, NET_ERROR, NET_ERROR_ADDRESS, "%s: %s%s", interface, gai_strerror(failure), advice);
  return NULL;
}

GArray *net_address_look_up(const char *host, guint16 port, GError **error) {
  return resolve(host, port, 0, "", error);
}

GArray *net_address_resolve(const char *interface, guint16 port, GError **error) {
  return resolve(interface, port, AI_PASSIVE, "; give an address of this machine, a host name or unix:/path", error);
}

gboolean net_endpoint_split(const char *endpoint, char **out_interface, guint16 *out_port) {
  const char *colon = strrchr(endpoint, ':');
  guint64 port;

  *out_port = 0;
  if (g_str_has_prefix(endpoint, NET_UNIX_PREFIX)) {
    *out_interface = g_strdup(endpoint);
    return TRUE;
  }
  /* An IPv6 address needs its brackets here, or its last group would be taken for the port. */
  if (!colon || colon == endpoint || (memchr(endpoint, ':', (gsize)(colon - endpoint)) && colon[-1] != ']'))
    return FALSE;
  if (!g_ascii_string_to_unsigned(colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    return FALSE;
  *out_interface = g_strndup(endpoint, (gsize)(colon - endpoint));
  *out_port = (guint16)port;
  return TRUE;
}

/* A system that will not say whether IPv4 is left out has a socket for one family. */
static gboolean takes_ip4(int fd) {
  int is_ip6_only = 1;
  socklen_t len = sizeof is_ip6_only;

  return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_ip6_only, &len) == 0 && !is_ip6_only;
}

gboolean net_address_of_socket(int fd, NetAddress *out_address) {
  struct sockaddr_storage storage = {0};
  socklen_t len = sizeof storage;

  if (getsockname(fd, (struct sockaddr *)&storage, &len) != 0)
    return FALSE;
  net_address_from_socket((const struct sockaddr *)&storage, len, out_address);
  out_address->is_dual = storage.ss_family == AF_INET6 && net_address_is_any(out_address) && takes_ip4(fd);
  return TRUE;
}

/* Writes the bare IP address; FALSE for other families. */
static gboolean print_ip(const NetAddress *address, char text[INET6_ADDRSTRLEN], gboolean *out_is_ip6) {
  *out_is_ip6 = FALSE;
  if (address->storage.ss_family == AF_INET)
    return inet_ntop(AF_INET, &as_ip4(address)->sin_addr, text, INET6_ADDRSTRLEN) != NULL;
  if (address->storage.ss_family != AF_INET6)
    return FALSE;

  *out_is_ip6 = TRUE;
  return inet_ntop(AF_INET6, &as_ip6(address)->sin6_addr, text, INET6_ADDRSTRLEN) != NULL;
}

char *net_address_format(const NetAddress *address) {
  char text[INET6_ADDRSTRLEN];
  gboolean is_ip6;

  if (print_ip(address, text, &is_ip6))
    return g_strdup_printf(is_ip6 ? "[%s]:%u" : "%s:%u", text, net_address_port(address));

  const char *path = net_address_path(address);
  return g_strconcat(NET_UNIX_PREFIX, path ? path : "", NULL);
}

char *net_address_literal(const NetAddress *address) {
  char text[INET6_ADDRSTRLEN];
  gboolean is_ip6;

  if (!print_ip(address, text, &is_ip6))
    return NULL;
  return g_strdup_printf(is_ip6 ? "[IPv6:%s]" : "[%s]", text);
}

gsize net_address_ip(const NetAddress *address, guint8 out_ip[16]) {
  if (address->storage.ss_family == AF_INET) {
    memcpy(out_ip, &as_ip4(address)->sin_addr, sizeof(struct in_addr));
    return sizeof(struct in_addr);
  }
  if (address->storage.ss_family == AF_INET6) {
    memcpy(out_ip, &as_ip6(address)->sin6_addr, sizeof(struct in6_addr));
    return sizeof(struct in6_addr);
  }
  return 0;
}

void net_address_from_ip(const guint8 *ip, gsize ip_len, guint16 port, NetAddress *out_address) {
  struct sockaddr_in *ip4 = (struct sockaddr_in *)&out_address->storage;
  struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)&out_address->storage;

  memset(out_address, 0, sizeof *out_address);
  if (ip_len == sizeof ip4->sin_addr) {
    ip4->sin_family = AF_INET;
    memcpy(&ip4->sin_addr, ip, ip_len);
    out_address->len = sizeof *ip4;
  } else {
    ip6->sin6_family = AF_INET6;
    memcpy(&ip6->sin6_addr, ip, sizeof ip6->sin6_addr);
    out_address->len = sizeof *ip6;
    unmap(out_address);
  }
  net_address_set_port(out_address, port);
}

char *net_address_host(const NetAddress *address) {
  char text[INET6_ADDRSTRLEN];
  gboolean is_ip6;

  return print_ip(address, text, &is_ip6) ? g_strdup(text) : NULL;
}

gboolean net_address_is_any(const NetAddress *address) {
  static const guint8 zero[16];
  guint8 ip[16];
  gsize ip_len = net_address_ip(address, ip);

  return ip_len > 0 && memcmp(ip, zero, ip_len) == 0;
}

NetAddress net_address_near(const NetAddress *address) {
  static const guint8 loopback_ip4[4] = {127, 0, 0, 1};
  NetAddress near = *address;

  if (!net_address_is_any(address))
    return near;
  if (address->storage.ss_family == AF_INET || address->is_dual) /* a dual one answers there without IPv6, too */
    net_address_from_ip(loopback_ip4, sizeof loopback_ip4, net_address_port(address), &near);
  else
    net_address_from_ip(in6addr_loopback.s6_addr, sizeof in6addr_loopback, net_address_port(address), &near);
  return near;
}

guint16 net_address_port(const NetAddress *address) {
  if (address->storage.ss_family == AF_INET)
    return ntohs(as_ip4(address)->sin_port);
  if (address->storage.ss_family == AF_INET6)
    return ntohs(as_ip6(address)->sin6_port);
  return 0;
}

void net_address_set_port(NetAddress *address, guint16 port) {
  if (address->storage.ss_family == AF_INET)
    ((struct sockaddr_in *)&address->storage)->sin_port = htons(port);
  else if (address->storage.ss_family == AF_INET6)
    ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons(port);
}

const char *net_address_path(const NetAddress *address) {
  const struct sockaddr_un *un = (const struct sockaddr_un *)&address->storage;

  /* A peer that did not bind its socket has no path, and Linux's abstract names begin with NUL. */
  if (un->sun_family != AF_UNIX || address->len <= offsetof(struct sockaddr_un, sun_path) || un->sun_path[0] == '\0')
    return NULL;
  return un->sun_path;
}

gboolean net_address_is_local(const NetAddress *address) {
  if (address->storage.ss_family == AF_INET)
    return (ntohl(as_ip4(address)->sin_addr.s_addr) >> 24) == 127;
  return address->storage.ss_family != AF_INET6 || IN6_IS_ADDR_LOOPBACK(&as_ip6(address)->sin6_addr);
}

/* Of a link-local address, the interface too. */
static gboolean is_same_ip(const NetAddress *a, const NetAddress *b) {
  guint8 ip_a[16], ip_b[16];
  gsize len = net_address_ip(a, ip_a);

  return len == net_address_ip(b, ip_b) && memcmp(ip_a, ip_b, len) == 0 &&
         (len != sizeof ip_a || as_ip6(a)->sin6_scope_id == as_ip6(b)->sin6_scope_id);
}

gboolean net_address_covers(const NetAddress *wide, const NetAddress *narrow) {
  const char *wide_path = net_address_path(wide);
  const char *narrow_path = net_address_path(narrow);
  sa_family_t family = narrow->storage.ss_family;

  if (wide_path || narrow_path) {
    g_autofree char *a = wide_path ? g_canonicalize_filename(wide_path, NULL) : NULL;
    g_autofree char *b = narrow_path ? g_canonicalize_filename(narrow_path, NULL) : NULL;
    return g_strcmp0(a, b) == 0;
  }
  if (net_address_port(wide) != net_address_port(narrow))
    return FALSE;
  if (net_address_is_any(wide) && (wide->storage.ss_family == family || (wide->is_dual && family == AF_INET)))
    return TRUE;
  return is_same_ip(wide, narrow);
}
