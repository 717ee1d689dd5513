#include "app/server_run.h"
#include "app/descriptors.h"
#include "app/exit_code.h"
#include "app/mail_handler.h"
#include "app/neighbours.h"
#include "app/outreach.h"
#include "app/reload.h"
#include "app/retention.h"
#include "app/server_file.h"
#include "app/server_notes.h"
#include "app/smtp_front.h"
#include "app/tls_setup.h"
#include "app/web_front.h"
#include "app/welcome.h"
#include "base/library_log.h"
#include "intake/mail_log.h"
#include "intake/recipient_rules.h"
#include "intake/space_watch.h"
#include "net/service_manager.h"
#include "origin/dns_files.h"
#include "store/storage_watch.h"
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct Server {
  const ServerSettings *settings;
  const InboxSettings *inbox_settings;
  const ServerGuide *guide; /* NULL: none */
  struct event_base *base;
  Log *log;
  LoopQueue *queue;
  Inbox *inbox;
  Intake *intake; /* into the inbox */
  RecipientRules recipient_rules;
  MailHandler handler;
  SmtpHandler smtp_handler;
  SmtpFront *smtp;
  SpaceWatch *space;    /* NULL: without --min-free */
  Retention *retention; /* NULL: without limits on what is kept */
  TlsSetup *tls;        /* NULL: none */
  AuthGuard *guard;     /* of all logins, by SMTP and HTTP */
  Reload *reload;
  Outreach *outreach;
  ApiHost api_host;
  Api *api;
  WebFront *web;
  ServerFile *file;       /* NULL: none could be written */
  Neighbours *neighbours; /* NULL: before they are asked for */
  guint n_running;        /* servers that have not said that they stopped */
  struct event *signals[2];
  guint64 descriptor_limit;
  gboolean is_storing_troubled;
  gboolean stopping;
};

/* --- what the log says about the messages */

static void counted_cb(guint64 n_messages, gpointer user_data) {
  Server *server = user_data;

  if (!server->inbox)
    return; /* closed meanwhile */
  log_event(server->log, LOG_LEVEL_INFO, "storage", "Storing messages in <place>, which holds <mails>",
            LOG_TEXT("place", inbox_place(server->inbox)), LOG_NUMBER("mails", (gint64)n_messages));
}

/* --- starting */

/* When all listeners are open and before the first connection. */
static gboolean share_descriptors(Server *server, GError **error) {
  DescriptorShares shares = {.n_smtp = server->settings->max_connections,
                             .n_http = web_front_max_connections(server->settings)};
  gboolean reaches_out = outreach_spamd(server->outreach) || outreach_fetcher(server->outreach);
  guint n_taken = descriptors_open_now() + (reaches_out ? DESCRIPTORS_OUTREACH : 0);

  if (!descriptors_share(server->descriptor_limit, n_taken, &shares, error))
    return FALSE;
  smtp_front_set_max_connections(server->smtp, shares.n_smtp);
  web_front_set_max_connections(server->web, shares.n_http);
  if (shares.is_scarce)
    log_say(server->log, LOG_LEVEL_WARNING, "descriptors",
            "this process may open %" G_GUINT64_FORMAT
            " files, which is enough for %u SMTP and %u HTTP connections at a time: allow %" G_GUINT64_FORMAT
            " (ulimit -n, LimitNOFILE=), or lower --max-connections",
            server->descriptor_limit, shares.n_smtp, shares.n_http, shares.n_wanted);
  return TRUE;
}

static gboolean open_listeners(Server *server, GError **error) {
  g_autoptr(GArray) sockets = service_manager_take_fds();
  g_autoptr(Listening) listening = listening_new(server->log, server->settings->state_directory);

  if (tls_setup_is_wanted(server->settings)) {
    server->tls = tls_setup_new(server->settings, sockets, server->log, error);
    if (!server->tls)
      return FALSE;
    reload_add(server->reload, "certificates", tls_setup_reload, server->tls);
  }
  TlsContext *tls = server->tls != NULL ? tls_setup_context(server->tls) : NULL;
  if (!smtp_front_open(server->smtp, sockets, listening, tls, error) ||
      !web_front_open(server->web, listening, tls, error))
    return FALSE;
  if (options_check_smtp_logins(server->settings))
    reload_add(server->reload, "users", smtp_front_reload, server->smtp);
  if (options_check_http_logins(server->settings))
    reload_add(server->reload, "web users", web_front_reload, server->web);
  return TRUE;
}

static void smtp_listener_clear(gpointer data) {
  g_free(((ApiSmtpListener *)data)->host);
}

/* Tells the API where messages are taken. */
static void name_listeners(Server *server) {
  const GArray *listeners = smtp_front_listeners(server->smtp);

  for (guint i = 0; i < listeners->len; i++) {
    const SmtpListener *listener = &g_array_index(listeners, SmtpListener, i);
    const char *path = net_address_path(listener->address);
    const ApiSmtpListener named = {
        .host = path ? g_strdup(path) : net_address_host(listener->address),
        .port = net_address_port(listener->address),
        .security = listener->implicit_tls ? "tls"
                    : server->tls          ? "starttls"
                                           : "none",
    };
    g_array_append_val(server->api_host.smtp_listeners, named);
  }
}

/* A ReloadPart. */
static gboolean read_dns_records(gpointer user_data, GError **error) {
  Server *server = user_data;
  DnsRecords *records = dns_files_read((const char *const *)server->settings->dns_records, error);

  if (!records)
    return FALSE;
  dns_records_unref(server->api_host.dns_records);
  server->api_host.dns_records = records;
  return TRUE;
}

static gboolean prepare_dns_records(Server *server, GError **error) {
  if (!server->settings->dns_records)
    return TRUE;
  reload_add(server->reload, "DNS records", read_dns_records, server);
  return read_dns_records(server, error);
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

static void intake_slowed_cb(const InboxIntake *intake, gpointer user_data) {
  const Server *server = user_data;

  mail_log_slowed(server->log, intake);
}

static void index_troubled_cb(const char *trouble, gpointer user_data) {
  Server *server = user_data;

  if (trouble)
    log_say(server->log, LOG_LEVEL_WARNING, "index",
            "messages are stored, but lists are out of date or need more memory: %s", trouble);
  else
    log_say(server->log, LOG_LEVEL_INFO, "index", "lists are up to date again");
}

static void noticed_cb(const char *text, gpointer user_data) {
  const Server *server = user_data;

  log_say(server->log, LOG_LEVEL_WARNING, "maildir", "%s", text);
}

static void storage_changed_cb(const InboxStorageChange *change, gpointer user_data) {
  Server *server = user_data;

  if (change->is_elsewhere)
    log_say(
        server->log, LOG_LEVEL_WARNING, "storage-replaced",
        "the Maildir or a directory in it was replaced: opened what is there now; messages recovered from a journal "
        "there: %u",
        change->n_recovered);
  if (change->trouble)
    log_say(server->log, LOG_LEVEL_WARNING, "storage-trouble", "messages cannot be stored: %s; trying every %d seconds",
            change->trouble, STORAGE_LOOK_US / G_USEC_PER_SEC);
  else if (server->is_storing_troubled)
    log_say(server->log, LOG_LEVEL_INFO, "storage-trouble", "messages can be stored again");
  server->is_storing_troubled = change->trouble != NULL;
}

static gboolean open_inbox(Server *server, GError **error) {
  const InboxOptions inbox_options = {
      .place = server->inbox_settings->directory,
      .making = server->inbox_settings->init,
      .sync = server->inbox_settings->sync,
      .auto_tags = server->inbox_settings->auto_tags,
      .file_mode = server->inbox_settings->file_mode,
      .troubled = index_troubled_cb,
      .troubled_data = server,
      .noticed = noticed_cb,
      .noticed_data = server,
      .storage_changed = storage_changed_cb,
      .storage_changed_data = server,
      .slowed = intake_slowed_cb,
      .slowed_data = server,
  };
  guint n_recovered = 0;

  server->inbox = inbox_open(&inbox_options, server->queue, &n_recovered, error);
  if (n_recovered > 0)
    log_say(server->log, LOG_LEVEL_WARNING, "recovered",
            "the server was not stopped cleanly the last time; messages recovered from its journal: %u", n_recovered);
  if (server->inbox)
    intake_open(server->intake, server->inbox);
  return server->inbox != NULL;
}

/* --- stopping */

void server_stop(Server *server) {
  server->stopping = TRUE;
  server->n_running = 2;
  inbox_leave(server->inbox);
  smtp_front_stop(server->smtp, SERVER_GRACE_MS);
  api_end(server->api);
  web_front_stop(server->web, SERVER_GRACE_MS);
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
  Server *server = user_data;

  if (--server->n_running == 0)
    event_base_loopbreak(server->base);
}

static void watch_signals(Server *server) {
  static const int numbers[] = {SIGINT, SIGTERM};

  signal(SIGPIPE, SIG_IGN);
  reload_watch(server->reload, server->base, hung_up_cb, server);
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
    server->signals[i] = evsignal_new(server->base, numbers[i], stop_cb, server);
    event_add(server->signals[i], NULL);
  }
}

/* --- the whole */

static gboolean server_init(Server *server, const Options *options, const ServerGuide *guide, GError **error) {
  const ServerSettings *settings = &options->server;

  server->settings = settings;
  server->inbox_settings = &options->inbox;
  server->guide = guide;
  server->base = event_base_new();
  server->log = log_new(server->base, guide ? guide->log_fd : STDERR_FILENO, settings->log_format, settings->log_level);
  server->guard = auth_guard_new(NULL, NULL);
  server->reload = reload_new(server->log);
  server->queue = loop_queue_new(server->base, error);
  if (server->queue)
    library_log_start(server->log, server->queue);
  server->intake = intake_new(server->log, settings->max_size_bytes);
  server->recipient_rules = (RecipientRules){
      .patterns = {.allow = options->inbox.allow_recipients, .reject = options->inbox.reject_recipients},
      .log = server->log};
  intake_add_judge(server->intake, 1U << INTAKE_STEP_RCPT, recipient_rules_judge, &server->recipient_rules);
  server->handler = (MailHandler){.intake = server->intake, .log = server->log};
  server->smtp_handler = mail_handler_table(log_enabled(server->log, LOG_LEVEL_DEBUG));
  server->smtp = smtp_front_new(settings, server->base, server->queue, server->guard, server->log,
                                &server->smtp_handler, &server->handler, stopped_cb, server);
  server->handler.checker = smtp_front_checker(server->smtp);
  server->api_host = (ApiHost){
      .intake = server->intake,
      .smtp_listeners = g_array_new(FALSE, FALSE, sizeof(ApiSmtpListener)),
      .ignores_x_tags =
          options->inbox.auto_tags == INBOX_AUTO_TAGS_PLUS || options->inbox.auto_tags == INBOX_AUTO_TAGS_OFF,
  };
  g_array_set_clear_func(server->api_host.smtp_listeners, smtp_listener_clear);
  server->api = api_new(server->queue, &server->api_host);
  server->web =
      web_front_new(settings, server->base, server->queue, server->guard, server->log, server->api, stopped_cb, server);
  server->api_host.http = web_front_counters(server->web);
  return server->queue != NULL;
}

/* Servers first, for they use the inbox; what the inbox still reports arrives when the queue ends. */
static void server_clear(Server *server) {
  if (server->guide)
    server->guide->closing(server->guide->user_data);
  if (!server->base)
    return;
  server_file_free(server->file);
  smtp_front_free(server->smtp);
  space_watch_stop(server->space);
  retention_stop(server->retention);
  web_front_free(server->web);
  api_stop(server->api);
  outreach_free(server->outreach);
  if (server->intake)
    intake_close(server->intake);
  inbox_close(g_steal_pointer(&server->inbox));
  g_clear_pointer(&server->queue, loop_queue_free);
  auth_guard_free(server->guard); /* after the checks that were under way */
  library_log_stop();
  api_free(server->api);
  neighbours_free(server->neighbours);
  dns_records_unref(server->api_host.dns_records);
  g_clear_pointer(&server->api_host.smtp_listeners, g_array_unref);
  space_watch_free(server->space);
  retention_free(server->retention);
  intake_free(server->intake);
  tls_setup_free(server->tls);
  reload_free(server->reload);
  log_free(server->log);
  for (gsize i = 0; i < G_N_ELEMENTS(server->signals); i++)
    g_clear_pointer(&server->signals[i], event_free);
  event_base_free(server->base);
}

static void watch_inbox(Server *server) {
  const InboxSettings *settings = server->inbox_settings;
  const InboxLimits limits = {
      .max_age_us = settings->max_age_s * G_USEC_PER_SEC,
      .max_messages = settings->max_messages,
      .max_bytes = settings->max_disk_bytes,
  };

  if (settings->min_free_bytes > 0) {
    server->space = space_watch_new(server->base, server->inbox, server->log, settings->min_free_bytes);
    intake_add_judge(server->intake, 1U << INTAKE_STEP_MAIL | 1U << INTAKE_STEP_END, space_watch_judge, server->space);
  }
  server->retention = retention_new(server->base, server->inbox, server->log, &limits);
}

/* The port of connections that begin with TLS; 0: there is none. */
static guint16 smtps_port(const GArray *listeners) {
  const SmtpListener *last = &g_array_index(listeners, SmtpListener, listeners->len - 1);

  return last->implicit_tls ? net_address_port(last->address) : 0;
}

/* The caller frees. */
static ServerFacts *collect_facts(const Server *server) {
  const GArray *listeners = smtp_front_listeners(server->smtp);
  const NetAddress near = net_address_near(g_array_index(listeners, SmtpListener, 0).address);
  ServerFacts *facts = g_new0(ServerFacts, 1);

  facts->pid = getpid();
  facts->maildir = realpath(inbox_place(server->inbox), NULL);
  facts->http = web_front_url(server->web);
  facts->smtp_host = net_address_path(&near) ? net_address_format(&near) : net_address_host(&near);
  facts->smtp_port = net_address_port(&near);
  facts->smtps_port = smtps_port(listeners);
  facts->ca_file = server->tls ? tls_setup_ca_file(server->tls) : NULL;
  facts->needs_login = options_check_http_logins(server->settings);
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
    facts->maildir = g_strdup(inbox_place(server->inbox));
  server->neighbours = neighbours_new(facts, server->settings->state_directory);
  server->api_host.list_inboxes = neighbours_list;
  server->api_host.list_inboxes_data = server->neighbours;
}

/* Doors before the inbox: when the port is taken, nothing was made on disk. */
static gboolean server_open(Server *server, GError **error) {
  if (!server->guide)
    watch_signals(server);
  else if (!server->guide->opening(server->base, server->guide->user_data, error))
    return FALSE;
  return prepare_dns_records(server, error) && prepare_outreach(server, error) && open_listeners(server, error) &&
         share_descriptors(server, error) && open_inbox(server, error);
}

static gboolean server_start(Server *server, GError **error) {
  if (!server_open(server, error))
    return FALSE;
  g_autoptr(ServerFacts) facts = collect_facts(server);
  name_listeners(server);
  api_start(server->api, server->inbox);
  inbox_count(server->inbox, counted_cb, server);
  watch_inbox(server);
  if (!server->guide)
    welcome_show(server->log, facts, smtp_front_listeners(server->smtp));
  server_notes_listeners(server->log, server->settings, smtp_front_listeners(server->smtp), server->tls != NULL);
  web_front_announce(server->web);
  if (!tell_where(server, facts, error))
    return FALSE;
  name_inboxes(server, g_steal_pointer(&facts));
  return TRUE;
}

static gboolean serve(Server *server, const Options *options, const ServerGuide *guide, GError **error) {
  if (!descriptors_raise_limit(&server->descriptor_limit, error) || !server_init(server, options, guide, error))
    return FALSE;
  server_notes_start(server->log, options, guide == NULL);
  if (!server_start(server, error))
    return FALSE;
  event_base_dispatch(server->base);
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
