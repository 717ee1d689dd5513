#include "app/smtp_doors.h"

typedef struct Opening {
  SmtpServer *server;
  SmtpListenerOptions listener;
  guint16 port;
  GArray *doors; /* SmtpDoor */
  guint n_before;
} Opening;

static void keep(Opening *opening, const NetAddress *address) {
  const SmtpDoor door = {.address = address, .implicit_tls = opening->listener.implicit_tls};

  g_array_append_val(opening->doors, door);
}

/* The same port for all addresses of a host, also where the system chose it. */
static guint16 port_for_next(const Opening *opening) {
  if (opening->doors->len == opening->n_before)
    return opening->port;
  return net_address_port(g_array_index(opening->doors, SmtpDoor, opening->n_before).address);
}

/* A host name may stand for several addresses, of which the machine need not have all; one is enough. */
static gboolean listen_at(Opening *opening, const char *interface, GError **error) {
  g_autoptr(GArray) addresses = net_address_resolve(interface, opening->port, error);
  g_autoptr(GError) missing = NULL;

  opening->n_before = opening->doors->len;
  for (guint i = 0; addresses && i < addresses->len; i++) {
    NetAddress *address = &g_array_index(addresses, NetAddress, i);
    net_address_set_port(address, port_for_next(opening));

    g_clear_error(&missing);
    const NetAddress *bound = smtp_server_listen(opening->server, address, &opening->listener, &missing);
    if (bound) {
      keep(opening, bound);
    } else if (!g_error_matches(missing, NET_ERROR, NET_ERROR_ADDRESS)) {
      g_propagate_error(error, g_steal_pointer(&missing));
      return FALSE;
    }
  }
  if (addresses && opening->doors->len == opening->n_before)
    g_propagate_error(error, g_steal_pointer(&missing));
  return opening->doors->len > opening->n_before;
}

static gboolean adopt(Opening *opening, const GArray *sockets, GError **error) {
  for (guint i = 0; i < sockets->len; i++) {
    int fd = g_array_index(sockets, int, i);
    const NetAddress *bound = smtp_server_adopt(opening->server, fd, &opening->listener, error);
    if (!bound)
      return FALSE;
    keep(opening, bound);
  }
  return TRUE;
}

/* A path can be bound once, so there TLS comes by STARTTLS alone. */
static gboolean listen_for_smtps(Opening *opening, const Options *options, GError **error) {
  guint n_before = opening->doors->len;

  opening->listener.implicit_tls = TRUE;
  opening->port = (guint16)options->smtps_port;
  for (char **interface = options->interfaces; *interface; interface++)
    if (!g_str_has_prefix(*interface, NET_UNIX_PREFIX) && !listen_at(opening, *interface, error))
      return FALSE;
  if (opening->doors->len > n_before)
    return TRUE;
  g_set_error_literal(
      error, NET_ERROR, NET_ERROR_ADDRESS,
      "--smtps needs an interface that has ports, and a unix socket has none; add one with --interface");
  return FALSE;
}

GArray *smtp_doors_open(SmtpServer *server, const Options *options, const GArray *sockets, TlsContext *tls,
                        GError **error) {
  g_autoptr(GArray) doors = g_array_new(FALSE, FALSE, sizeof(SmtpDoor));
  Opening opening = {.server = server, .listener = {.tls = tls}, .port = options->port, .doors = doors};

  if (sockets->len > 0 && !adopt(&opening, sockets, error))
    return NULL;
  for (char **interface = options->interfaces; sockets->len == 0 && *interface; interface++)
    if (!listen_at(&opening, *interface, error))
      return NULL;
  if (options->smtps_port != OPTIONS_NO_PORT && !listen_for_smtps(&opening, options, error))
    return NULL;
  return g_steal_pointer(&doors);
}
