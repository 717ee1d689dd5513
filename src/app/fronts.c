#include "app/fronts.h"
#include "app/descriptors.h"
#include "app/server_notes.h"
#include "app/smtp_front.h"
#include "app/tls_setup.h"
#include "app/web_front.h"
#include "net/service_manager.h"

struct Fronts {
  const ServerSettings *settings;
  Log *log;
  SmtpFront *smtp;
  WebFront *web;
  TlsSetup *tls;    /* NULL: none */
  AuthGuard *guard; /* of all logins */
  guint n_running;  /* that have not said that they stopped */
  void (*stopped)(gpointer user_data);
  gpointer user_data;
};

static void stopped_cb(gpointer user_data) {
  Fronts *fronts = user_data;

  if (--fronts->n_running == 0)
    fronts->stopped(fronts->user_data);
}

Fronts *fronts_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, Log *log, Intake *intake,
                   Api *api, void (*stopped)(gpointer user_data), gpointer user_data) {
  Fronts *fronts = g_new0(Fronts, 1);

  fronts->settings = settings;
  fronts->log = log;
  fronts->stopped = stopped;
  fronts->user_data = user_data;
  fronts->guard = auth_guard_new(NULL, NULL);
  fronts->smtp = smtp_front_new(settings, base, queue, fronts->guard, log, intake, stopped_cb, fronts);
  fronts->web = web_front_new(settings, base, queue, fronts->guard, log, api, stopped_cb, fronts);
  return fronts;
}

/* --- opening */

static gboolean prepare_tls(Fronts *fronts, const GArray *sockets, Reload *reload, GError **error) {
  if (!tls_setup_is_wanted(fronts->settings))
    return TRUE;
  fronts->tls = tls_setup_new(fronts->settings, sockets, fronts->log, error);
  if (!fronts->tls)
    return FALSE;
  reload_add(reload, &tls_setup_part, fronts->tls);
  return TRUE;
}

static gboolean open_listeners(Fronts *fronts, Reload *reload, GError **error) {
  g_autoptr(GArray) sockets = service_manager_take_fds();
  g_autoptr(Listening) listening = listening_new(fronts->log, fronts->settings->state_directory);

  if (!prepare_tls(fronts, sockets, reload, error))
    return FALSE;
  TlsContext *tls = fronts->tls ? tls_setup_context(fronts->tls) : NULL;
  if (!smtp_front_open(fronts->smtp, sockets, listening, tls, error) ||
      !web_front_open(fronts->web, listening, tls, error))
    return FALSE;
  smtp_front_add_parts(fronts->smtp, reload);
  web_front_add_parts(fronts->web, reload);
  return TRUE;
}

/* When all listeners are open and before the first connection. */
static gboolean share_descriptors(Fronts *fronts, guint64 limit, guint n_kept, GError **error) {
  DescriptorShares shares = {.n_smtp = fronts->settings->max_connections,
                             .n_http = web_front_max_connections(fronts->settings)};

  if (!descriptors_share(limit, descriptors_open_now() + n_kept, &shares, error))
    return FALSE;
  smtp_front_set_max_connections(fronts->smtp, shares.n_smtp);
  web_front_set_max_connections(fronts->web, shares.n_http);
  if (shares.is_scarce)
    log_say(fronts->log, LOG_LEVEL_WARNING, "descriptors",
            "this process may open %" G_GUINT64_FORMAT
            " files, which is enough for %u SMTP and %u HTTP connections at a time: allow %" G_GUINT64_FORMAT
            " (ulimit -n, LimitNOFILE=), or lower --max-connections",
            limit, shares.n_smtp, shares.n_http, shares.n_wanted);
  return TRUE;
}

gboolean fronts_open(Fronts *fronts, Reload *reload, guint64 descriptor_limit, guint n_kept, GError **error) {
  return open_listeners(fronts, reload, error) && share_descriptors(fronts, descriptor_limit, n_kept, error);
}

/* --- where they are */

const GArray *fronts_smtp_listeners(const Fronts *fronts) {
  return smtp_front_listeners(fronts->smtp);
}

const HttpCounters *fronts_http_counters(const Fronts *fronts) {
  return web_front_counters(fronts->web);
}

/* The port of connections that begin with TLS; 0: there is none. */
static guint16 smtps_port(const GArray *listeners) {
  const SmtpListener *last = &g_array_index(listeners, SmtpListener, listeners->len - 1);

  return last->implicit_tls ? net_address_port(last->address) : 0;
}

void fronts_collect_facts(const Fronts *fronts, ServerFacts *facts) {
  const GArray *listeners = fronts_smtp_listeners(fronts);
  const NetAddress near = net_address_near(g_array_index(listeners, SmtpListener, 0).address);

  facts->http = web_front_url(fronts->web);
  facts->smtp_host = net_address_path(&near) ? net_address_format(&near) : net_address_host(&near);
  facts->smtp_port = net_address_port(&near);
  facts->smtps_port = smtps_port(listeners);
  facts->ca_file = fronts->tls ? tls_setup_ca_file(fronts->tls) : NULL;
  facts->needs_login = options_check_http_logins(fronts->settings);
}

void fronts_name_listeners(const Fronts *fronts, GArray *out_listeners) {
  const GArray *listeners = fronts_smtp_listeners(fronts);

  for (guint i = 0; i < listeners->len; i++) {
    const SmtpListener *listener = &g_array_index(listeners, SmtpListener, i);
    const char *path = net_address_path(listener->address);
    const ApiSmtpListener named = {
        .host = path ? g_strdup(path) : net_address_host(listener->address),
        .port = net_address_port(listener->address),
        .security = listener->implicit_tls ? "tls"
                    : fronts->tls          ? "starttls"
                                           : "none",
    };
    g_array_append_val(out_listeners, named);
  }
}

void fronts_announce(const Fronts *fronts) {
  server_notes_listeners(fronts->log, fronts->settings, fronts_smtp_listeners(fronts), fronts->tls != NULL);
  web_front_announce(fronts->web);
}

/* --- the end */

void fronts_release(Fronts *fronts) {
  smtp_front_release(fronts->smtp);
  web_front_release(fronts->web);
}

void fronts_stop(Fronts *fronts, guint grace_ms) {
  fronts->n_running = 2;
  smtp_front_stop(fronts->smtp, grace_ms);
  web_front_stop(fronts->web, grace_ms);
}

void fronts_close(Fronts *fronts) {
  if (!fronts)
    return;
  smtp_front_close(fronts->smtp);
  g_clear_pointer(&fronts->web, web_front_free);
}

void fronts_free(Fronts *fronts) {
  if (!fronts)
    return;
  fronts_close(fronts);
  smtp_front_free(fronts->smtp);
  auth_guard_free(fronts->guard); /* after the checks that were under way */
  tls_setup_free(fronts->tls);
  g_free(fronts);
}
