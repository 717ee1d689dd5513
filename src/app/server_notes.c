#include "app/server_notes.h"
#include "app/listen.h"
#include "app/option_table.h"
#include "app/smtp_front.h"
#include <unistd.h>

static void announce(Log *log, const ServerSettings *settings) {
  log_event(log, LOG_LEVEL_INFO, "start", "dsmtpd <version>, {size limit <size_limit> bytes|no size limit}",
            LOG_TEXT("version", DSMTPD_VERSION), LOG_NUMBER("size_limit", (gint64)settings->max_size_bytes),
            LOG_NUMBER("pid", getpid()));
}

static void note_service_links(Log *log) {
  for (const Option *option = option_table(); option->name; option++) {
    g_autofree char *variable = option_variable(option);
    const char *value = variable ? g_getenv(variable) : NULL;
    if (value && option_is_service_link(variable, value))
      log_say(log, LOG_LEVEL_INFO, "service-link",
              "ignored %s=%s: it describes a service of this name, as Kubernetes and Docker set it; use --%s", variable,
              value, option->name);
  }
}

static const char *tls_of(const SmtpListener *listener, gboolean has_tls) {
  if (listener->implicit_tls)
    return "implicit";
  return has_tls ? "starttls" : "none";
}

static void announce_listener(Log *log, const SmtpListener *listener, gboolean has_tls) {
  g_autofree char *name = net_address_format(listener->address);

  log_event(log, LOG_LEVEL_INFO, "listening", "Starting <server> server at <address>", LOG_TEXT("address", name),
            LOG_NUMBER("port", net_address_port(listener->address)), LOG_TEXT("tls", tls_of(listener, has_tls)),
            LOG_SAID("server", listener->implicit_tls ? "SMTPS" : "SMTP"));
}

/* What lets anybody in; NULL: nothing does. */
static const char *why_open(const ServerSettings *settings) {
  if (!options_check_smtp_logins(settings))
    return "there are no passwords";
  return settings->require_auth ? NULL : "no login is required (see --require-auth)";
}

static void warn_if_exposed(Log *log, const ServerSettings *settings, const GArray *listeners) {
  const char *why = why_open(settings);
  g_autoptr(GPtrArray) addresses = g_ptr_array_new();

  for (guint i = 0; i < listeners->len; i++)
    g_ptr_array_add(addresses, (gpointer)g_array_index(listeners, SmtpListener, i).address);
  if (why)
    listen_warn_if_exposed(log, addresses, why, "anyone who connects can fill this disk with mail");
}

/* A server that nobody could log in to would look broken, and with --require-auth be of no use. */
static void warn_if_no_login_is_offered(Log *log, const ServerSettings *settings, const GArray *listeners) {
  if (!options_check_smtp_logins(settings) || settings->auth_allow_insecure)
    return;
  for (guint i = 0; i < listeners->len; i++) {
    const NetAddress *address = g_array_index(listeners, SmtpListener, i).address;
    g_autofree char *name = net_address_format(address);
    if (!net_address_path(address))
      log_say(log, LOG_LEVEL_WARNING, "no-logins",
              "%s offers no logins, because passwords would be sent in the clear: give --tls=auto or --tls-cert, or "
              "--auth-allow-insecure if that does not matter",
              name);
  }
}

static void note_variables(Log *log, LogLevel level, const char *event, const char *text, const GPtrArray *names) {
  if (!names || names->len == 0)
    return;
  g_autoptr(GString) list = g_string_new(NULL);
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index(names, i));
  log_say(log, level, event, "%s: %s", text, list->str);
}

/* Those of Mailpit and MailHog. */
static void note_foreign_variables(Log *log, const Options *options) {
  note_variables(log, LOG_LEVEL_INFO, "foreign-variables", "using these variables of another server",
                 options->adopted_variables);
  note_variables(log, LOG_LEVEL_WARNING, "foreign-variables",
                 "these variables of another server have no counterpart here and are ignored",
                 options->unmatched_variables);
}

void server_notes_start(Log *log, const Options *options, gboolean reads_environment) {
  announce(log, &options->server);
  if (reads_environment)
    note_service_links(log);
  note_foreign_variables(log, options);
}

void server_notes_listeners(Log *log, const ServerSettings *settings, const GArray *listeners, gboolean has_tls) {
  warn_if_exposed(log, settings, listeners);
  if (!has_tls)
    warn_if_no_login_is_offered(log, settings, listeners);
  for (guint i = 0; i < listeners->len; i++)
    announce_listener(log, &g_array_index(listeners, SmtpListener, i), has_tls);
}
