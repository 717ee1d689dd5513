#include "app/service.h"
#include "app/turned_away.h"

struct Service {
  Log *log;
  ServiceSpec spec;
  guint max_connections; /* in force */
  const char *limit_text;
  NetService *net;
  TurnedAway *turned_away;
};

static void turned_away_cb(gpointer user_data, const char *peer, NetTurnedAway why) {
  const Service *service = user_data;

  if (service->spec.turned_away && service->spec.turned_away(service->spec.turned_away_data, peer, why))
    return;
  g_autofree char *text =
      why == NET_TURNED_AWAY_ALL
          ? g_strdup_printf("%u are open, %s", service->max_connections, service->limit_text)
          : g_strdup_printf("%u are open from its address, as many as --max-connections-per-address allows",
                            service->spec.options.max_connections_per_address);
  turned_away_add(service->turned_away, peer, text);
}

static void failed_cb(gpointer user_data, const char *listener, int reason) {
  const Service *service = user_data;

  turned_away_add(service->turned_away, listener, g_strerror(reason));
}

static void proxied_cb(gpointer user_data, const char *peer, const char *proxy) {
  const Service *service = user_data;

  log_event(service->log, service->spec.proxied_level, "proxied", "<peer>: connected through the proxy <proxy>",
            LOG_TEXT("peer", peer), LOG_TEXT("proxy", proxy));
}

static void turned_back_cb(gpointer user_data, const char *proxy, const char *why) {
  const Service *service = user_data;

  log_event(service->log, LOG_LEVEL_WARNING, "turned-back", "<proxy>: closed the connection of this proxy: <reason>",
            LOG_TEXT("proxy", proxy), LOG_TEXT("reason", why));
}

static void tls_failed_cb(gpointer user_data, const char *peer, const char *why) {
  const Service *service = user_data;

  if (service->spec.logs_tls)
    log_event(service->log, LOG_LEVEL_WARNING, "tls-failed", "<peer>: <reason>", LOG_TEXT("peer", peer),
              LOG_TEXT("reason", why));
}

static void stopped_cb(gpointer user_data) {
  const Service *service = user_data;

  service->spec.stopped(service->spec.stopped_data);
}

static const NetServiceEvents net_events = {
    .turned_away = turned_away_cb,
    .failed = failed_cb,
    .proxied = proxied_cb,
    .turned_back = turned_back_cb,
    .tls_failed = tls_failed_cb,
    .stopped = stopped_cb,
};

Service *service_new(struct event_base *base, Log *log, const ServiceSpec *spec) {
  Service *service = g_new0(Service, 1);

  service->log = log;
  service->spec = *spec;
  service->max_connections = spec->options.max_connections;
  service->limit_text = spec->limit_text;
  service->turned_away = turned_away_new(base, log, spec->name);
  service->net = net_service_new(base, &service->spec.options, spec->protocol, spec->server, &net_events, service);
  return service;
}

void service_set_max_connections(Service *service, guint n, const char *limit_text) {
  service->max_connections = n;
  service->limit_text = limit_text;
  net_service_set_max_connections(service->net, n);
}

NetService *service_net(const Service *service) {
  return service->net;
}

const NetAddress *service_listen(gpointer data, const NetAddress *address, GError **error) {
  const ServiceListening *listening = data;

  return net_service_listen(listening->net, address, &listening->tls, error);
}

void service_free(Service *service) {
  if (!service)
    return;
  net_service_free(service->net);
  turned_away_free(service->turned_away);
  g_free(service);
}
