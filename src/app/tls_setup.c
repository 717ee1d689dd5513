#include "app/tls_setup.h"
#include "app/state_directory.h"
#include "net/cidr.h"
#include "tls/auto_certificate.h"
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

struct TlsSetup {
  const ServerSettings *settings;
  Log *log;
  TlsContext *context;
  char *directory;  /* of the certificate of our own; NULL: files were given */
  GPtrArray *asked; /* names, NULL-terminated */
  GPtrArray *known;
};

gboolean tls_setup_is_wanted(const ServerSettings *settings) {
  return settings->tls == OPTIONS_TLS_AUTO || settings->tls_cert != NULL;
}

/* --- names for a certificate of our own */

static void add_name(GPtrArray *names, const char *name) {
  if (names->len < TLS_NAMES_MAX)
    g_ptr_array_add(names, g_strdup(name));
}

static void add_private_addresses(GPtrArray *names, sa_family_t family) {
  struct ifaddrs *interfaces = NULL;

  if (getifaddrs(&interfaces) != 0)
    return;
  for (const struct ifaddrs *interface = interfaces; interface; interface = interface->ifa_next) {
    NetAddress address;
    if (!interface->ifa_addr || interface->ifa_addr->sa_family != family || (interface->ifa_flags & IFF_UP) == 0)
      continue;
    net_address_from_socket(interface->ifa_addr,
                            family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6), &address);
    g_autofree char *ip = net_address_host(&address);
    if (net_cidr_is_private(&address))
      add_name(names, ip);
  }
  freeifaddrs(interfaces);
}

static void add_address(GPtrArray *names, const NetAddress *address) {
  g_autofree char *ip = net_address_host(address);

  if (net_address_is_any(address)) {
    add_private_addresses(names, AF_INET); /* "::" takes connections by IPv4, too */
    if (address->storage.ss_family == AF_INET6)
      add_private_addresses(names, AF_INET6);
  } else if (ip) {
    add_name(names, ip);
  }
}

/* What --interface says was asked for; the addresses of a host name and of this machine are only known. What cannot be
 * resolved is reported when the server listens there. */
static void add_interface(TlsSetup *setup, const char *interface) {
  g_autoptr(GArray) addresses = net_address_resolve(interface, 0, NULL);
  NetCidr address_itself;
  gboolean is_address = net_cidr_parse(interface, &address_itself, NULL);

  if (!is_address && !g_str_has_prefix(interface, "unix:"))
    add_name(setup->asked, interface);
  for (guint i = 0; addresses && i < addresses->len; i++)
    add_address(is_address ? setup->asked : setup->known, &g_array_index(addresses, NetAddress, i));
}

static void collect_names(TlsSetup *setup, const GArray *sockets) {
  static const char *const always[] = {"localhost", "127.0.0.1", "::1"};
  const ServerSettings *settings = setup->settings;

  setup->asked = g_ptr_array_new_with_free_func(g_free);
  setup->known = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 0; i < G_N_ELEMENTS(always); i++)
    add_name(setup->asked, always[i]);
  for (char **name = settings->tls_name; name && *name; name++)
    add_name(setup->asked, *name);
  add_name(setup->known, g_get_host_name());
  for (guint i = 0; i < sockets->len; i++) {
    NetAddress address;
    if (net_address_of_socket(g_array_index(sockets, int, i), &address))
      add_address(setup->known, &address);
  }
  for (char **interface = settings->interface; sockets->len == 0 && *interface; interface++)
    add_interface(setup, *interface);
  g_ptr_array_add(setup->asked, NULL);
  g_ptr_array_add(setup->known, NULL);
}

/* --- certificates */

static void announce(const TlsSetup *setup, AutoCertificateOutcome outcome) {
  static const char *const origins[] = {
      [AUTO_CERTIFICATE_KEPT] = "made earlier",
      [AUTO_CERTIFICATE_RENEWED] = "renewed",
      [AUTO_CERTIFICATE_FIRST_CA] = "made now with a CA of its own",
      [AUTO_CERTIFICATE_NEW_CA] = "made now with a new CA",
  };
  g_autofree char *ca_file = auto_certificate_ca_file(setup->directory);

  log_event(setup->log, LOG_LEVEL_INFO, "tls",
            "TLS with a certificate <certificate>; clients that check it need its CA, as in --cacert <ca>",
            LOG_TEXT("ca", ca_file), LOG_TEXT("certificate", origins[outcome]));
}

static void warn(const TlsSetup *setup, const AutoCertificateReport *report) {
  g_autofree char *ca_file = auto_certificate_ca_file(setup->directory);

  if (report->why_new)
    log_say(setup->log, LOG_LEVEL_WARNING, "tls-new-ca",
            "replaced the CA of --tls=auto because the old one %s: give clients that trust the old one the new %s",
            report->why_new, ca_file);
  if (report->left_out)
    log_say(setup->log, LOG_LEVEL_INFO, "tls-left-out",
            "the certificate does not name %s: not a host name or address, or not one that the CA in %s was made for; "
            "--tls-name adds a name, with a new CA if necessary",
            report->left_out, ca_file);
}

static gboolean prepare_own(const TlsSetup *setup, AutoCertificateReport *out_report, GError **error) {
  const AutoCertificateNames names = {.asked = (const char *const *)setup->asked->pdata,
                                      .known = (const char *const *)setup->known->pdata};

  return auto_certificate_prepare(setup->directory, &names, out_report, error);
}

static void tell(const TlsSetup *setup, const AutoCertificateReport *report) {
  warn(setup, report);
  announce(setup, report->outcome);
}

static gboolean use_own(TlsSetup *setup, const GArray *sockets, GError **error) {
  g_autofree char *state_directory = state_directory_find(setup->settings->state_directory);
  g_auto(AutoCertificateReport) report = {0};

  setup->directory = g_build_filename(state_directory, "tls", NULL);
  collect_names(setup, sockets);
  if (!prepare_own(setup, &report, error))
    return FALSE;
  tell(setup, &report);

  g_autofree char *file = auto_certificate_server_file(setup->directory);
  const char *const files[] = {file, NULL};
  const TlsContextOptions options = {.certificate_files = files, .client_ca_file = setup->settings->tls_client_ca};
  setup->context = tls_context_new(&options, error);
  return setup->context != NULL;
}

static gboolean use_files(TlsSetup *setup, GError **error) {
  const ServerSettings *given = setup->settings;
  const TlsContextOptions options = {
      .certificate_files = (const char *const *)given->tls_cert,
      .key_files = (const char *const *)given->tls_key,
      .client_ca_file = given->tls_client_ca,
  };

  setup->context = tls_context_new(&options, error);
  if (!setup->context)
    return FALSE;
  g_autofree char *files = g_strjoinv(", ", given->tls_cert);
  log_event(setup->log, LOG_LEVEL_INFO, "tls", "TLS with the certificate in <certificate>", LOG_TEXT("ca", ""),
            LOG_TEXT("certificate", files));
  return TRUE;
}

TlsSetup *tls_setup_new(const ServerSettings *settings, const GArray *sockets, Log *log, GError **error) {
  TlsSetup *setup = g_new0(TlsSetup, 1);
  gboolean own = settings->tls == OPTIONS_TLS_AUTO;

  setup->settings = settings;
  setup->log = log;
  if (own ? use_own(setup, sockets, error) : use_files(setup, error))
    return setup;
  tls_setup_free(setup);
  return NULL;
}

TlsContext *tls_setup_context(const TlsSetup *setup) {
  return setup->context;
}

char *tls_setup_ca_file(const TlsSetup *setup) {
  return setup->directory ? auto_certificate_ca_file(setup->directory) : NULL;
}

typedef struct ReadAgain {
  AutoCertificateReport report; /* of a certificate of our own */
  SSL_CTX *ssl_context;         /* NULL: taken */
} ReadAgain;

static void forget(gpointer data) {
  ReadAgain *again = data;

  auto_certificate_report_clear(&again->report);
  SSL_CTX_free(again->ssl_context);
  g_free(again);
}

static gpointer read_again(gpointer user_data, GError **error) {
  const TlsSetup *setup = user_data;
  ReadAgain *again = g_new0(ReadAgain, 1);

  if (!setup->directory || prepare_own(setup, &again->report, error))
    again->ssl_context = tls_context_read(setup->context, error);
  if (!again->ssl_context)
    g_clear_pointer(&again, forget);
  return again;
}

static void use_again(gpointer user_data, gpointer what_is_new) {
  const TlsSetup *setup = user_data;
  ReadAgain *again = what_is_new;

  if (setup->directory)
    tell(setup, &again->report);
  tls_context_use(setup->context, g_steal_pointer(&again->ssl_context));
  forget(again);
}

const ReloadPart tls_setup_part = {.what = "certificates", .read = read_again, .use = use_again, .forget = forget};

void tls_setup_free(TlsSetup *setup) {
  if (!setup)
    return;
  tls_context_free(setup->context);
  g_free(setup->directory);
  g_clear_pointer(&setup->asked, g_ptr_array_unref);
  g_clear_pointer(&setup->known, g_ptr_array_unref);
  g_free(setup);
}
