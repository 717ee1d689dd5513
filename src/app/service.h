#pragma once
/* One protocol that this process serves: a NetService as the options ask for it, with what the log says about its
 * connections.
 *
 * Owns: the NetService.
 * Thread: the loop thread.
 * Source: docs/log.md. */
#include "app/options.h"
#include "net/service.h"

typedef struct ServiceSpec {
  const char *name; /* "SMTP" */
  const NetProtocol *protocol;
  gpointer server; /* of the protocol's functions; outlives the service */
  NetServiceOptions options;
  const char *limit_text; /* of max_connections: "which is the limit" */
  gboolean logs_tls;      /* failed handshakes, too */
  LogLevel proxied_level; /* of the line about each connection through a proxy */
  /* A client was turned away. TRUE: it has been logged. NULL: nothing to do. */
  gboolean (*turned_away)(gpointer user_data, const char *peer, NetTurnedAway why);
  gpointer turned_away_data;
  void (*stopped)(gpointer user_data); /* after net_service_stop() */
  gpointer stopped_data;
} ServiceSpec;

typedef struct Service Service;

/* `spec` is copied. Log and texts are borrowed. */
Service *service_new(struct event_base *base, Log *log, const ServiceSpec *spec);

/* Fewer connections than that, from now on. */
void service_set_max_connections(Service *service, guint n, const char *limit_text);

/* Borrowed. */
NetService *service_net(const Service *service);

/* What service_listen() listens with, for listen_at(). */
typedef struct ServiceListening {
  NetService *net;
  NetServiceTls tls;
} ServiceListening;

/* A ListenFunc. */
const NetAddress *service_listen(gpointer listening, const NetAddress *address, GError **error);

/* NULL is fine. */
void service_free(Service *service);
