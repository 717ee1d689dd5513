#include "cli/run_environment.h"

/* What is to be said; a text that is not there is NULL. */
typedef struct Facts {
  const char *host;
  char *port;
  char *url; /* of the SMTP server */
  const char *http;
  const char *maildir;
  char *smtps_port;
  const char *ca_file;
  const char *mailer;
} Facts;

#define FIELD(name) G_STRUCT_OFFSET(Facts, name)

static const struct {
  const char *name;
  gsize offset;
} variables[] = {
    {"DSMTPD_URL", FIELD(http)},
    {"DSMTPD_SMTP_HOST", FIELD(host)},
    {"DSMTPD_SMTP_PORT", FIELD(port)},
    {"DSMTPD_SMTP_URL", FIELD(url)},
    {"DSMTPD_SMTPS_PORT", FIELD(smtps_port)},
    {"DSMTPD_CA_FILE", FIELD(ca_file)},
    {"DSMTPD_MAILDIR", FIELD(maildir)},
    {"SMTP_HOST", FIELD(host)}, /* most of all */
    {"SMTP_PORT", FIELD(port)},
    {"SMTP_URL", FIELD(url)},
    {"SMTP_ADDRESS", FIELD(host)}, /* Rails, as its guide has it */
    {"SMTP_SERVER", FIELD(host)},
    {"MAIL_HOST", FIELD(host)}, /* Laravel */
    {"MAIL_PORT", FIELD(port)},
    {"MAIL_MAILER", FIELD(mailer)},
    {"MAIL_SERVER", FIELD(host)}, /* Flask-Mail */
    {"MAIL_URL", FIELD(url)},     /* Meteor, Laravel */
    {"MAILER_DSN", FIELD(url)},   /* Symfony */
    {"EMAIL_HOST", FIELD(host)},  /* Django, by the names of its settings */
    {"EMAIL_PORT", FIELD(port)},
    {"EMAIL_URL", FIELD(url)},         /* django-environ */
    {"SPRING_MAIL_HOST", FIELD(host)}, /* Spring Boot */
    {"SPRING_MAIL_PORT", FIELD(port)},
    {"QUARKUS_MAILER_HOST", FIELD(host)},
    {"QUARKUS_MAILER_PORT", FIELD(port)},
};

static char *port_text(guint16 port) {
  return port != 0 ? g_strdup_printf("%u", port) : NULL;
}

char **run_environment_make(const ServerFacts *facts) {
  g_autofree char *port = port_text(facts->smtp_port);
  g_autofree char *smtps_port = port_text(facts->smtps_port);
  gboolean is_ip6 = g_strrstr(facts->smtp_host, ":") != NULL;
  g_autofree char *url =
      port ? g_strdup_printf("smtp://%s%s%s:%s", is_ip6 ? "[" : "", facts->smtp_host, is_ip6 ? "]" : "", port) : NULL;
  const Facts said = {
      .host = facts->smtp_host,
      .port = port,
      .url = url,
      .http = facts->http,
      .maildir = facts->maildir,
      .smtps_port = smtps_port,
      .ca_file = facts->ca_file,
      .mailer = "smtp",
  };
  char **environment = g_get_environ();

  for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
    const char *value = G_STRUCT_MEMBER(const char *, &said, variables[i].offset);
    environment = value ? g_environ_setenv(environment, variables[i].name, value, TRUE)
                        : g_environ_unsetenv(environment, variables[i].name);
  }
  return environment;
}
