#include "app/option_rules.h"

static gboolean has_tls(const Options *options) {
  return options->tls == OPTIONS_TLS_AUTO || options->tls_certificates != NULL;
}

static gboolean two_sources_of_certificates(const Options *options) {
  return options->tls == OPTIONS_TLS_AUTO && options->tls_certificates != NULL;
}

static gboolean more_keys_than_certificates(const Options *options) {
  guint n_keys = options->tls_keys != NULL ? g_strv_length(options->tls_keys) : 0;
  guint n_certificates = options->tls_certificates != NULL ? g_strv_length(options->tls_certificates) : 0;

  return n_keys > n_certificates;
}

static gboolean names_without_own_certificate(const Options *options) {
  return options->tls_names != NULL && options->tls != OPTIONS_TLS_AUTO;
}

static gboolean smtps_without_tls(const Options *options) {
  return options->smtps_port != OPTIONS_NO_PORT && !has_tls(options);
}

static gboolean required_without_tls(const Options *options) {
  return options->require_tls && !has_tls(options);
}

static gboolean client_ca_without_tls(const Options *options) {
  return options->tls_client_ca != NULL && !has_tls(options);
}

static gboolean logins_accepted_and_checked(const Options *options) {
  return options->auth == OPTIONS_AUTH_ANY && options_check_smtp_logins(options);
}

static gboolean required_without_logins(const Options *options) {
  return options->require_auth && options->auth == OPTIONS_AUTH_OFF && !options_check_smtp_logins(options);
}

static gboolean insecure_without_logins(const Options *options) {
  return options->auth_insecure && !options_check_smtp_logins(options);
}

static gboolean https_without_tls(const Options *options) {
  return options->https && !has_tls(options);
}

/* Told in this order, and only the first that is broken. */
static const struct {
  gboolean (*is_broken)(const Options *options);
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
    if (rules[i].is_broken(options)) {
      g_set_error_literal(error, OPTIONS_ERROR, OPTIONS_ERROR_CONFLICT, rules[i].message);
      return FALSE;
    }
  }
  return TRUE;
}
