#include "app/smtp_front.h"
#include "app/logins.h"
#include "app/mail_handler.h"
#include "app/service.h"
#include "smtp/server.h"
#include "tls/stream.h"

struct SmtpFront {
  const ServerSettings *settings;
  MailHandler handler;
  SmtpHandler table; /* of its functions */
  Logins *logins;    /* NULL: none */
  SmtpServer server;
  Service *service;
  GArray *listeners; /* SmtpListener */
};

/* By address each is told in a line of its own; when all are in use, the service says so once. */
static gboolean turned_away_cb(gpointer user_data, const char *peer, NetTurnedAway why) {
  SmtpFront *front = user_data;
  const SmtpReply *reply = smtp_server_turn_away_reply(why);
  const IntakeRejection rejection = {
      .peer = peer, .code = reply->code, .enhanced = reply->enhanced, .text = reply->text};

  if (why == NET_TURNED_AWAY_ADDRESS)
    intake_reject(front->handler.intake, INTAKE_BY_SMTP, &rejection);
  else
    intake_turn_away(front->handler.intake, INTAKE_BY_SMTP, reply->code, reply->enhanced);
  return why == NET_TURNED_AWAY_ADDRESS;
}

/* --- where it listens */

typedef struct Opening {
  ServiceListening with;
  Listening *listening;
  guint16 port;
  GArray *listeners; /* SmtpListener */
} Opening;

static void keep(Opening *opening, const NetAddress *address) {
  const SmtpListener listener = {.address = address, .implicit_tls = opening->with.tls.is_implicit};

  g_array_append_val(opening->listeners, listener);
}

static gboolean open_interfaces(Opening *opening, const char *const *interfaces, GError **error) {
  gboolean is_smtps = opening->with.tls.is_implicit;
  const ListenService service = {.name = is_smtps ? "SMTPS" : "SMTP",
                                 .option = is_smtps ? "--smtps" : "-p",
                                 .listen = service_listen,
                                 .server = &opening->with};
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
    const NetAddress *bound = net_service_adopt(opening->with.net, fd, &opening->with.tls, error);
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

  opening->with.tls.is_implicit = TRUE;
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

gboolean smtp_front_open(SmtpFront *front, const GArray *sockets, Listening *listening, TlsContext *tls,
                         GError **error) {
  const ServerSettings *settings = front->settings;
  Opening opening = {
      .with = {.net = service_net(front->service), .tls = {.security = tls_stream_security(tls)}},
      .listening = listening,
      .port = settings->port,
      .listeners = front->listeners,
  };

  if (options_check_smtp_logins(settings) && !reload_read_now(&logins_part, front->logins, error))
    return FALSE;
  if (sockets->len > 0 ? !adopt(&opening, sockets, error)
                       : !open_interfaces(&opening, (const char *const *)settings->interface, error))
    return FALSE;
  return settings->smtps == OPTIONS_NO_PORT || listen_for_smtps(&opening, settings, error);
}

const GArray *smtp_front_listeners(const SmtpFront *front) {
  return front->listeners;
}

/* --- life */

SmtpFront *smtp_front_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, AuthGuard *guard,
                          Log *log, Intake *intake, void (*stopped)(gpointer user_data), gpointer user_data) {
  SmtpFront *front = g_new0(SmtpFront, 1);

  front->settings = settings;
  front->listeners = g_array_new(FALSE, FALSE, sizeof(SmtpListener));
  front->logins = logins_new(settings, base, queue, guard, log);
  front->handler = (MailHandler){.intake = intake, .log = log, .checker = logins_checker(front->logins)};
  front->table = mail_handler_table(log_enabled(log, LOG_LEVEL_DEBUG));
  front->server = (SmtpServer){
      .session = {.host = g_get_host_name(),
                  .max_size_bytes = settings->max_size_bytes,
                  .max_recipients = settings->max_recipients,
                  .smtputf8 = !settings->disable_smtputf8,
                  .dsn = TRUE,
                  .strict = settings->strict,
                  .require_tls = settings->require_tls,
                  .auth = logins_kind(front->logins),
                  .users = logins_users(front->logins),
                  .auth_insecure = settings->auth_allow_insecure,
                  .require_auth = settings->require_auth},
      .handler = &front->table,
      .handler_data = &front->handler,
      .xclients = settings->xclient,
      .timeout_s = settings->timeout_s,
  };
  const ServiceSpec spec = {
      .name = "SMTP",
      .protocol = &smtp_protocol,
      .server = &front->server,
      .options = {.max_connections = settings->max_connections,
                  .max_connections_per_address = settings->max_connections_per_address,
                  .proxies = settings->proxy_protocol,
                  .timeout_ms = (gint64)settings->timeout_s * 1000,
                  .is_held = TRUE},
      .limit_text = "as many as --max-connections allows",
      .logs_tls = TRUE,
      .proxied_level = LOG_LEVEL_INFO,
      .turned_away = turned_away_cb,
      .turned_away_data = front,
      .stopped = stopped,
      .stopped_data = user_data,
  };
  front->service = service_new(base, log, &spec);
  return front;
}

void smtp_front_add_parts(const SmtpFront *front, Reload *reload) {
  if (options_check_smtp_logins(front->settings))
    reload_add(reload, &logins_part, front->logins);
}

void smtp_front_set_max_connections(SmtpFront *front, guint n) {
  if (n < front->settings->max_connections)
    service_set_max_connections(front->service, n, "as many as file descriptors allow");
}

void smtp_front_release(SmtpFront *front) {
  net_service_release(service_net(front->service));
}

void smtp_front_stop(SmtpFront *front, guint grace_ms) {
  net_service_stop(service_net(front->service), grace_ms);
}

void smtp_front_close(SmtpFront *front) {
  if (!front)
    return;
  g_clear_pointer(&front->service, service_free);
  g_clear_pointer(&front->logins, logins_close);
}

void smtp_front_free(SmtpFront *front) {
  if (!front)
    return;
  smtp_front_close(front);
  g_array_unref(front->listeners);
  g_free(front);
}
