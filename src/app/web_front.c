#include "app/web_front.h"
#include "app/logins.h"
#include "app/service.h"
#include "http/server.h"
#include "tls/stream.h"
#include "web/page.h"
#include <string.h>

#define USUAL_INTERFACE "127.0.0.1"
#define LIMIT_TEXT "which is the limit"

enum { USUAL_PORT = 8025, USUAL_PORTS_N = 100 };

/* Below what proxies and routers commonly forget an idle connection after, and Mailpit's clients wait a minute for. */
enum { KEEP_ALIVE_MS = 25 * 1000 };

struct WebFront {
  const ServerSettings *settings;
  Log *log;
  HttpRoutes *routes;
  HttpGate *gate;
  AuthChecker *checker; /* with the login; NULL: nobody has to log in */
  HttpLogin *login;
  TlsContext *tls; /* lent; NULL: no HTTPS */
  HttpServer *server;
  Service *service;
  GPtrArray *addresses; /* const NetAddress, lent by the server */
};

/* --- what it logs */

/* 501 and 505 are the client's mistakes, whatever their class says. */
static LogLevel level_of(const HttpAccess *access) {
  if (access->status >= 500 && access->status != 501 && access->status != 505)
    return LOG_LEVEL_WARNING;
  return access->status == 401 || access->status == 403 || access->status == 429 ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
}

static void answered_cb(const HttpAccess *access, gpointer user_data) {
  WebFront *front = user_data;
  LogLevel level = level_of(access);

  if (!log_enabled(front->log, level))
    return;
  g_autofree char *duration = g_strdup_printf("%.1f", (double)access->duration_us / 1000);
  log_event(front->log, level, "http", "<peer>: \"<method> <target>\": <status>{ <problem>}, <sent> bytes, <ms> ms",
            LOG_TEXT("peer", access->peer), LOG_TEXT("method", access->method), LOG_TEXT("target", access->target),
            LOG_TEXT("user", access->user), LOG_NUMBER("status", access->status),
            LOG_NUMBER("sent", (gint64)access->sent_bytes), LOG_NUMBER("duration_us", access->duration_us),
            LOG_SAID("problem", access->problem), LOG_SAID("ms", duration));
}

/* Without a slash at its end. */
static char *url_of(const WebFront *front, const NetAddress *address) {
  g_autofree char *name = net_address_format(address);

  if (net_address_path(address))
    return g_steal_pointer(&name);
  return g_strconcat(front->settings->https ? "https://" : "http://", name, front->settings->webroot, NULL);
}

static void announce(const WebFront *front, const NetAddress *address) {
  g_autofree char *name = net_address_format(address);
  g_autofree char *base = url_of(front, address);
  g_autofree char *url = g_strconcat(base, net_address_path(address) ? "" : "/", NULL);

  log_event(front->log, LOG_LEVEL_INFO, "serving", "Serving HTTP at <url>", LOG_TEXT("address", name),
            LOG_NUMBER("port", net_address_port(address)), LOG_TEXT("url", url));
}

/* --- life */

static gboolean is_off(const ServerSettings *settings) {
  return settings->http && strcmp(settings->http, "off") == 0;
}

guint web_front_max_connections(const ServerSettings *settings) {
  return is_off(settings) ? 0 : MIN(settings->max_connections, WEB_FRONT_CONNECTIONS_MAX);
}

void web_front_set_max_connections(WebFront *front, guint n) {
  service_set_max_connections(front->service, n, LIMIT_TEXT);
}

WebFront *web_front_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, AuthGuard *guard,
                        Log *log, Api *api, void (*stopped)(gpointer user_data), gpointer user_data) {
  static const HttpServerOptions server_options = {.max_held_bytes = WEB_FRONT_HELD_MAX,
                                                   .keep_alive_ms = KEEP_ALIVE_MS};
  WebFront *front = g_new0(WebFront, 1);

  front->settings = settings;
  front->log = log;
  front->addresses = g_ptr_array_new();
  front->routes = http_routes_new(settings->webroot);
  api_add_routes(api, front->routes);
  page_add_routes(front->routes);
  front->gate = http_gate_new((const char *const *)settings->http_host, (const char *const *)settings->cors);
  if (options_check_http_logins(settings)) {
    front->checker = auth_checker_new(base, queue, guard);
    front->login = http_login_new(front->checker);
  }
  front->server =
      http_server_new(base, queue, &server_options, front->routes, front->gate, front->login, answered_cb, front);
  const ServiceSpec spec = {
      .name = "HTTP",
      .protocol = &http_protocol,
      .server = front->server,
      .options = {.max_connections = web_front_max_connections(settings),
                  .max_connections_per_address = settings->max_connections_per_address,
                  .proxies = settings->proxy_protocol,
                  .timeout_ms = (gint64)settings->timeout_s * 1000,
                  .is_held = TRUE},
      .limit_text = LIMIT_TEXT,
      .proxied_level = LOG_LEVEL_DEBUG, /* as requests are */
      .stopped = stopped,
      .stopped_data = user_data,
  };
  front->service = service_new(base, log, &spec);
  return front;
}

const HttpCounters *web_front_counters(const WebFront *front) {
  return http_server_counters(front->server);
}

static gpointer read_users(gpointer user_data, GError **error) {
  return logins_read_http_users(((const WebFront *)user_data)->settings, error);
}

static void use_users(gpointer user_data, gpointer what_is_new) {
  const WebFront *front = user_data;
  g_autoptr(AuthUsers) users = what_is_new;

  logins_warn(users, front->settings->http_auth_file, front->log);
  http_login_set_users(front->login, users);
}

static const ReloadPart users_part = {
    .what = "web users", .read = read_users, .use = use_users, .forget = (GDestroyNotify)auth_users_unref};

void web_front_add_parts(WebFront *front, Reload *reload) {
  if (front->login)
    reload_add(reload, &users_part, front);
}

static gboolean listen_there(WebFront *front, Listening *listening, const char *interface, guint16 port,
                             GError **error) {
  ServiceListening with = {
      .net = service_net(front->service),
      .tls = {.security = tls_stream_security(front->tls), .is_implicit = front->tls != NULL},
  };
  const ListenService service = {.name = "HTTP", .option = "--http", .listen = service_listen, .server = &with};
  const char *const interfaces[] = {interface, NULL};
  guint n_before = front->addresses->len;
  gboolean is_open = listen_at(listening, &service, interfaces, port, front->addresses, error);

  for (guint i = n_before; i < front->addresses->len; i++)
    http_gate_add_address(front->gate, g_ptr_array_index(front->addresses, i));
  return is_open;
}

static gboolean listen_where_asked(WebFront *front, Listening *listening, GError **error) {
  g_autoptr(GError) problem = NULL;
  g_autofree char *interface = NULL;
  guint16 port = 0;

  net_endpoint_split(front->settings->http, &interface, &port); /* which the option table has checked */
  if (listen_there(front, listening, interface, port, &problem))
    return TRUE;
  g_propagate_prefixed_error(error, g_steal_pointer(&problem), "--http: ");
  return FALSE;
}

/* At the usual port or the next free one: a second project is no reason to go without the page. */
static void listen_as_usual(WebFront *front, Listening *listening) {
  g_autoptr(GError) problem = NULL;

  if (listen_there(front, listening, USUAL_INTERFACE, USUAL_PORT, &problem))
    return;
  for (guint port = USUAL_PORT + 1; port < USUAL_PORT + USUAL_PORTS_N; port++) {
    if (!listen_there(front, listening, USUAL_INTERFACE, (guint16)port, NULL))
      continue;
    log_say(front->log, LOG_LEVEL_INFO, "http-port", "port %d is in use; using port %u for HTTP", USUAL_PORT, port);
    return;
  }
  log_say(front->log, LOG_LEVEL_WARNING, "not-serving", "%s", problem->message);
}

gboolean web_front_open(WebFront *front, Listening *listening, TlsContext *tls, GError **error) {
  if (is_off(front->settings))
    return TRUE;
  if (front->login && !reload_read_now(&users_part, front, error))
    return FALSE;
  front->tls = front->settings->https ? tls : NULL;
  if (front->settings->http)
    return listen_where_asked(front, listening, error);
  listen_as_usual(front, listening);
  return TRUE;
}

void web_front_announce(const WebFront *front) {
  if (!front->login)
    listen_warn_if_exposed(front->log, front->addresses, "there are no passwords",
                           "anyone who connects can read and delete messages");
  else if (!front->tls)
    listen_warn_if_exposed(front->log, front->addresses, "passwords are sent over plain HTTP (see --https)",
                           "anyone on the way can read them");
  for (guint i = 0; i < front->addresses->len; i++)
    announce(front, g_ptr_array_index(front->addresses, i));
}

char *web_front_url(const WebFront *front) {
  if (front->addresses->len == 0)
    return NULL;
  NetAddress near = net_address_near(g_ptr_array_index(front->addresses, 0));
  return url_of(front, &near);
}

void web_front_release(WebFront *front) {
  net_service_release(service_net(front->service));
}

void web_front_stop(WebFront *front, guint grace_ms) {
  auth_checker_hurry(front->checker);
  net_service_stop(service_net(front->service), grace_ms);
}

void web_front_free(WebFront *front) {
  if (!front)
    return;
  service_free(front->service);
  http_server_free(front->server);
  auth_checker_close(front->checker);
  http_login_free(front->login);
  http_gate_free(front->gate);
  http_routes_free(front->routes);
  g_ptr_array_unref(front->addresses);
  g_free(front);
}
