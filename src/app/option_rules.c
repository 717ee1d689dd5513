#include "app/option_rules.h"

static gboolean has_tls(const ServerSettings *settings) {
  return settings->tls == OPTIONS_TLS_AUTO || settings->tls_cert != NULL;
}

static gboolean two_sources_of_certificates(const ServerSettings *settings) {
  return settings->tls == OPTIONS_TLS_AUTO && settings->tls_cert != NULL;
}

static gboolean more_keys_than_certificates(const ServerSettings *settings) {
  guint n_keys = settings->tls_key ? g_strv_length(settings->tls_key) : 0;
  guint n_certificates = settings->tls_cert ? g_strv_length(settings->tls_cert) : 0;

  return n_keys > n_certificates;
}

static gboolean names_without_own_certificate(const ServerSettings *settings) {
  return settings->tls_name != NULL && settings->tls != OPTIONS_TLS_AUTO;
}

static gboolean smtps_without_tls(const ServerSettings *settings) {
  return settings->smtps != OPTIONS_NO_PORT && !has_tls(settings);
}

static gboolean required_without_tls(const ServerSettings *settings) {
  return settings->require_tls && !has_tls(settings);
}

static gboolean client_ca_without_tls(const ServerSettings *settings) {
  return settings->tls_client_ca != NULL && !has_tls(settings);
}

static gboolean logins_accepted_and_checked(const ServerSettings *settings) {
  return settings->auth == OPTIONS_AUTH_ANY && options_check_smtp_logins(settings);
}

static gboolean required_without_logins(const ServerSettings *settings) {
  return settings->require_auth && settings->auth == OPTIONS_AUTH_OFF && !options_check_smtp_logins(settings);
}

static gboolean insecure_without_logins(const ServerSettings *settings) {
  return settings->auth_allow_insecure && !options_check_smtp_logins(settings);
}

static gboolean https_without_tls(const ServerSettings *settings) {
  return settings->https && !has_tls(settings);
}

/* Told in this order, and only the first that is broken. */
static const struct {
  gboolean (*is_broken)(const ServerSettings *settings);
  const char *message;
} rules[] = {
    {two_sources_of_certificates, "--tls=auto generates a certificate: give it or --tls-cert, not both"},
    {more_keys_than_certificates, "there are more --tls-key than --tls-cert: give a certificate for each key"},
    {names_without_own_certificate, "--tls-name is for the certificate that --tls=auto generates: give that, too"},
    {smtps_without_tls, "--smtps needs a certificate: give --tls=auto or --tls-cert"},
    {required_without_tls, "--require-tls needs a certificate: give --tls=auto or --tls-cert"},
    {https_without_tls, "--https needs a certificate: give --tls=auto or --tls-cert"},
    {client_ca_without_tls, "--tls-client-ca needs a certificate for the server: give --tls=auto or --tls-cert"},
    {logins_accepted_and_checked,
     "--auth=accept-any accepts any password, --auth-file checks them: give one, not both"},
    {required_without_logins, "--require-auth needs logins: give --auth=accept-any or --auth-file"},
    {insecure_without_logins, "--auth-allow-insecure is for the logins of --auth-file: give that, too"},
};

gboolean option_rules_check(const Options *options, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(rules); i++) {
    if (rules[i].is_broken(&options->server)) {
      g_set_error_literal(error, OPTIONS_ERROR, OPTIONS_ERROR_CONFLICT, rules[i].message);
      return FALSE;
    }
  }
  return TRUE;
}
