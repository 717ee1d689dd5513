#include "app/server_run.h"
#include "app/descriptors.h"
#include "app/estate.h"
#include "app/exit_code.h"
#include "app/fronts.h"
#include "app/neighbours.h"
#include "app/outreach.h"
#include "app/reload.h"
#include "app/server_file.h"
#include "app/server_notes.h"
#include "app/welcome.h"
#include "base/library_log.h"
#include "net/service_manager.h"
#include "origin/dns_files.h"
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct Server {
  const ServerSettings *settings;
  const ServerGuide *guide; /* NULL: none */
  struct event_base *base;
  Log *log;
  LoopQueue *queue;
  EstateHost estate_host;
  Estate *estate;
  Fronts *fronts;
  Reload *reload;
  Outreach *outreach;
  ApiHost api_host;
  Api *api;
  ServerFile *file;       /* NULL: none could be written */
  Neighbours *neighbours; /* NULL: before they are asked for */
  struct event *signals[2];
  guint64 descriptor_limit;
  gboolean stopping;
  GError *failure; /* why it could not start; NULL: none */
};

/* --- starting */

static void smtp_listener_clear(gpointer data) {
  g_free(((ApiSmtpListener *)data)->host);
}

static gpointer read_dns_records(gpointer user_data, GError **error) {
  return dns_files_read((const char *const *)((const Server *)user_data)->settings->dns_records, error);
}

static void use_dns_records(gpointer user_data, gpointer what_is_new) {
  Server *server = user_data;

  dns_records_unref(server->api_host.dns_records);
  server->api_host.dns_records = what_is_new;
}

static const ReloadPart dns_records_part = {.what = "DNS records",
                                            .read = read_dns_records,
                                            .use = use_dns_records,
                                            .forget = (GDestroyNotify)dns_records_unref};

static gboolean prepare_dns_records(Server *server, GError **error) {
  if (!server->settings->dns_records)
    return TRUE;
  reload_add(server->reload, &dns_records_part, server);
  return reload_read_now(&dns_records_part, server, error);
}

static gboolean prepare_outreach(Server *server, GError **error) {
  server->outreach = outreach_new(server->settings, server->base, server->queue, error);
  if (!server->outreach)
    return FALSE;
  server->api_host.spamd = outreach_spamd(server->outreach);
  server->api_host.link_fetcher = outreach_fetcher(server->outreach);
  server->api_host.fetching_needs_consent = server->settings->fetch_links == OPTIONS_FETCH_ASK;
  return TRUE;
}

/* --- stopping */

void server_stop(Server *server) {
  server->stopping = TRUE;
  estate_leave(server->estate);
  api_end(server->api);
  fronts_stop(server->fronts, SERVER_GRACE_MS);
}

static void stop_cb(evutil_socket_t signal_number, short what, void *user_data) {
  Server *server = user_data;

  if (server->stopping) {
    event_base_loopbreak(server->base);
    return;
  }
  service_manager_notify("STOPPING=1");
  server_stop(server);
}

static void hung_up_cb(gpointer user_data) {
  Server *server = user_data;

  if (server->stopping)
    return; /* shell and system may both tell */
  log_say(server->log, LOG_LEVEL_INFO, "hang-up", "the terminal was closed");
  server_stop(server);
}

static void stopped_cb(gpointer user_data) {
  const Server *server = user_data;

  event_base_loopbreak(server->base);
}

static void watch_signals(Server *server) {
  static const int numbers[] = {SIGINT, SIGTERM};

  signal(SIGPIPE, SIG_IGN);
  g_get_charset(NULL); /* or g_strerror() opens a file when it is first called */
  reload_watch(server->reload, server->queue, hung_up_cb, server);
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
    server->signals[i] = evsignal_new(server->base, numbers[i], stop_cb, server);
    event_add(server->signals[i], NULL);
  }
}

/* --- the whole */

static gboolean server_init(Server *server, const Options *options, const ServerGuide *guide, GError **error) {
  const ServerSettings *settings = &options->server;

  server->settings = settings;
  server->guide = guide;
  server->base = event_base_new();
  server->log = log_new(server->base, guide ? guide->log_fd : STDERR_FILENO, settings->log_format, settings->log_level);
  server->reload = reload_new(server->log);
  server->queue = loop_queue_new(server->base, error);
  if (!server->queue)
    return FALSE;
  library_log_start(server->log, server->queue);
  server->estate_host = (EstateHost){server->base, server->queue, followers_new(server->queue), server->log};
  server->estate = estate_new(&server->estate_host, &options->inbox, settings->max_size_bytes);
  server->api_host = (ApiHost){
      .intake = estate_intake(server->estate),
      .smtp_listeners = g_array_new(FALSE, FALSE, sizeof(ApiSmtpListener)),
      .ignores_x_tags =
          options->inbox.auto_tags == STORE_AUTO_TAGS_PLUS || options->inbox.auto_tags == STORE_AUTO_TAGS_OFF,
  };
  g_array_set_clear_func(server->api_host.smtp_listeners, smtp_listener_clear);
  server->api = api_new(server->queue, &server->api_host);
  server->fronts = fronts_new(settings, server->base, server->queue, server->log, estate_intake(server->estate),
                              server->api, stopped_cb, server);
  server->api_host.http = fronts_http_counters(server->fronts);
  return TRUE;
}

static void estate_closed_cb(gpointer is_closed) {
  *(gboolean *)is_closed = TRUE;
}

static void close_estate(Server *server) {
  gboolean is_closed = server->estate == NULL;

  if (server->estate)
    estate_close(server->estate, estate_closed_cb, &is_closed);
  while (!is_closed)
    event_base_loop(server->base, EVLOOP_ONCE);
}

/* Servers first, for they use the inbox; the inbox reports what is under way before it ends. */
static void server_clear(Server *server) {
  if (server->guide)
    server->guide->closing(server->guide->user_data);
  if (!server->base)
    return;
  server->stopping = TRUE; /* signals may still come while the inbox ends */
  reload_stop(server->reload);
  server_file_free(server->file);
  fronts_close(server->fronts);
  api_close(server->api);
  outreach_free(server->outreach);
  close_estate(server);
  followers_free(server->estate_host.followers);
  g_clear_pointer(&server->queue, loop_queue_free);
  library_log_stop();
  fronts_free(server->fronts);
  neighbours_free(server->neighbours);
  dns_records_unref(server->api_host.dns_records);
  g_clear_pointer(&server->api_host.smtp_listeners, g_array_unref);
  reload_free(server->reload);
  log_free(server->log);
  for (gsize i = 0; i < G_N_ELEMENTS(server->signals); i++)
    g_clear_pointer(&server->signals[i], event_free);
  event_base_free(server->base);
}

/* The caller frees. */
static ServerFacts *collect_facts(const Server *server) {
  ServerFacts *facts = g_new0(ServerFacts, 1);

  facts->pid = getpid();
  facts->maildir = realpath(inbox_place(estate_inbox(server->estate)), NULL);
  fronts_collect_facts(server->fronts, facts);
  return facts;
}

/* Says where the server is: to its guide, or to commands that look for one. */
static gboolean tell_where(Server *server, const ServerFacts *facts, GError **error) {
  if (server->guide)
    return server->guide->started(server, facts, server->guide->user_data, error);
  service_manager_notify("READY=1");
  if (facts->maildir)
    server->file = server_file_write(server->settings->state_directory, facts);
  return TRUE;
}

/* Tells the API which inboxes there are. Takes the facts. */
static void name_inboxes(Server *server, ServerFacts *facts) {
  if (!facts->maildir)
    facts->maildir = g_strdup(inbox_place(estate_inbox(server->estate)));
  server->neighbours = neighbours_new(facts, server->settings->state_directory);
  server->api_host.list_inboxes = neighbours_list;
  server->api_host.list_inboxes_data = server->neighbours;
}

/* Listeners before the inbox: when the port is taken, nothing was made on disk. */
static gboolean server_open(Server *server, GError **error) {
  if (!server->guide)
    watch_signals(server);
  else if (!server->guide->opening(server->base, server->guide->user_data, error))
    return FALSE;
  if (!prepare_dns_records(server, error) || !prepare_outreach(server, error))
    return FALSE;
  gboolean reaches_out = outreach_spamd(server->outreach) || outreach_fetcher(server->outreach);
  return fronts_open(server->fronts, server->reload, server->descriptor_limit, reaches_out ? DESCRIPTORS_OUTREACH : 0,
                     error);
}

static gboolean server_start(Server *server, GError **error) {
  g_autoptr(ServerFacts) facts = collect_facts(server);

  fronts_name_listeners(server->fronts, server->api_host.smtp_listeners);
  api_start(server->api, estate_inbox(server->estate));
  estate_watch(server->estate);
  if (!server->guide)
    welcome_show(server->log, facts, fronts_smtp_listeners(server->fronts));
  fronts_announce(server->fronts);
  fronts_release(server->fronts);
  if (!tell_where(server, facts, error))
    return FALSE;
  name_inboxes(server, g_steal_pointer(&facts));
  return TRUE;
}

static void opened_cb(const GError *error, gpointer user_data) {
  Server *server = user_data;

  if (server->stopping)
    return;
  if (error)
    server->failure = g_error_copy(error);
  if (error || !server_start(server, &server->failure))
    event_base_loopbreak(server->base);
}

static gboolean serve(Server *server, const Options *options, const ServerGuide *guide, GError **error) {
  if (!descriptors_raise_limit(&server->descriptor_limit, error) || !server_init(server, options, guide, error))
    return FALSE;
  server_notes_start(server->log, options, guide == NULL);
  if (!server_open(server, error))
    return FALSE;
  estate_open(server->estate, opened_cb, server);
  event_base_dispatch(server->base);
  if (server->failure) {
    g_propagate_error(error, g_steal_pointer(&server->failure));
    return FALSE;
  }
  log_say(server->log, LOG_LEVEL_INFO, "stop", "Cleaning up");
  return TRUE;
}

int server_run(const Options *options) {
  Server server = {0};
  g_autoptr(GError) error = NULL;
  int code = EXIT_CODE_OK;

  if (!serve(&server, options, NULL, &error)) {
    if (server.log)
      log_say(server.log, LOG_LEVEL_ERROR, "failed", "%s", error->message);
    else
      g_printerr("dsmtpd: %s\n", error->message);
    code = g_error_matches(error, INBOX_ERROR, INBOX_ERROR_INVALID) ? EXIT_CODE_INVALID_MAILDIR : EXIT_CODE_FAILED;
  }
  server_clear(&server);
  return code;
}

gboolean server_run_guided(const Options *options, const ServerGuide *guide, GError **error) {
  Server server = {0};
  gboolean is_served = serve(&server, options, guide, error);

  server_clear(&server);
  return is_served;
}
