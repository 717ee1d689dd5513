#include "app/smtp_listeners.h"

typedef struct Opening {
  SmtpServer *server;
  Listening *listening;
  SmtpListenerOptions listener;
  guint16 port;
  GArray *listeners; /* SmtpListener */
} Opening;

static void keep(Opening *opening, const NetAddress *address) {
  const SmtpListener listener = {.address = address, .implicit_tls = opening->listener.implicit_tls};

  g_array_append_val(opening->listeners, listener);
}

static const NetAddress *listen_cb(gpointer data, const NetAddress *address, GError **error) {
  Opening *opening = data;

  return smtp_server_listen(opening->server, address, &opening->listener, error);
}

static gboolean open_interfaces(Opening *opening, const char *const *interfaces, GError **error) {
  gboolean is_smtps = opening->listener.implicit_tls;
  const ListenService service = {.name = is_smtps ? "SMTPS" : "SMTP",
                                 .option = is_smtps ? "--smtps" : "-p",
                                 .listen = listen_cb,
                                 .server = opening};
  g_autoptr(GPtrArray) bound = g_ptr_array_new();

  if (!listen_at(opening->listening, &service, interfaces, opening->port, bound, error))
    return FALSE;
  for (guint i = 0; i < bound->len; i++)
    keep(opening, g_ptr_array_index(bound, i));
  return TRUE;
}

static gboolean adopt(Opening *opening, const GArray *sockets, GError **error) {
  for (guint i = 0; i < sockets->len; i++) {
    int fd = g_array_index(sockets, int, i);
    const NetAddress *bound = smtp_server_adopt(opening->server, fd, &opening->listener, error);
    if (!bound)
      return FALSE;
    keep(opening, bound);
    listening_add(opening->listening, "SMTP", bound);
  }
  return TRUE;
}

/* A path can be bound once, so there TLS comes by STARTTLS alone. */
static gboolean listen_for_smtps(Opening *opening, const ServerSettings *settings, GError **error) {
  g_autoptr(GPtrArray) interfaces = g_ptr_array_new();

  opening->listener.implicit_tls = TRUE;
  opening->port = (guint16)settings->smtps;
  for (char **interface = settings->interface; *interface; interface++)
    if (!g_str_has_prefix(*interface, NET_UNIX_PREFIX))
      g_ptr_array_add(interfaces, *interface);
  if (interfaces->len == 0) {
    g_set_error_literal(
        error, NET_ERROR, NET_ERROR_ADDRESS,
        "--smtps needs an interface that has ports, and a unix socket has none; add one with --interface");
    return FALSE;
  }
  g_ptr_array_add(interfaces, NULL);
  return open_interfaces(opening, (const char *const *)interfaces->pdata, error);
}

GArray *smtp_listeners_open(SmtpServer *server, const ServerSettings *settings, const GArray *sockets,
                            Listening *listening, TlsContext *tls, GError **error) {
  g_autoptr(GArray) listeners = g_array_new(FALSE, FALSE, sizeof(SmtpListener));
  Opening opening = {.server = server,
                     .listening = listening,
                     .listener = {.tls = tls},
                     .port = settings->port,
                     .listeners = listeners};
  gboolean is_open = sockets->len > 0 ? adopt(&opening, sockets, error)
                                      : open_interfaces(&opening, (const char *const *)settings->interface, error);

  if (!is_open)
    return NULL;
  if (settings->smtps != OPTIONS_NO_PORT && !listen_for_smtps(&opening, settings, error))
    return NULL;
  return g_steal_pointer(&listeners);
}
