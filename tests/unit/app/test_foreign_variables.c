#include "app/foreign_variables.h"
#include "rules/pattern.h"
#include <string.h>

enum { VARIABLES_MAX = 6 };

/* The environment of the test that runs: pairs of name and value. */
static const char *const *variables;

static const char *get_variable(const char *name) {
  for (gsize i = 0; i < 2 * VARIABLES_MAX && variables[i]; i += 2)
    if (strcmp(variables[i], name) == 0)
      return variables[i + 1];
  return NULL;
}

static void add_text(GString *shown, const char *name, const char *text) {
  if (text && *text)
    g_string_append_printf(shown, "%s=%s ", name, text);
}

static void add_list(GString *shown, const char *name, char **list) {
  g_autofree char *joined = list ? g_strjoinv("+", list) : NULL;

  add_text(shown, name, joined);
}

static void add_number(GString *shown, const char *name, guint64 number, guint64 usual) {
  if (number != usual)
    g_string_append_printf(shown, "%s=%" G_GUINT64_FORMAT " ", name, number);
}

static void add_names(GString *shown, const char *name, const GPtrArray *names) {
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf(shown, "%s%s", i > 0 ? "+" : name, (const char *)g_ptr_array_index(names, i));
  if (names->len > 0)
    g_string_append_c(shown, ' ');
}

static void add_logins(GString *shown, const Options *options) {
  g_autofree char *entries =
      g_strdelimit(g_strdup(options->server.auth_entries ? options->server.auth_entries : ""), "\n", '|');

  add_number(shown, "auth", options->server.auth, OPTIONS_AUTH_OFF);
  add_text(shown, "auth-file", options->server.auth_file);
  add_text(shown, "entries", entries);
  add_number(shown, "foreign", options->server.auth_is_foreign, FALSE);
  add_number(shown, "insecure", options->server.auth_allow_insecure, FALSE);
  add_number(shown, "require-auth", options->server.require_auth, FALSE);
  add_text(shown, "http-auth-file", options->server.http_auth_file);
  add_text(shown, "http-entries", options->server.http_auth_entries);
  add_number(shown, "http-foreign", options->server.http_auth_is_foreign, FALSE);
}

/* What is not as usual, and which variables count. */
static char *show(const Options *options) {
  GString *shown = g_string_new(NULL);
  g_autofree char *interfaces = g_strjoinv("+", options->server.interface);

  if (strcmp(interfaces, "127.0.0.1") != 0)
    add_text(shown, "at", interfaces);
  add_number(shown, "port", options->server.port, 1025);
  add_text(shown, "http", options->server.http);
  add_text(shown, "webroot", options->server.webroot);
  add_list(shown, "cors", options->server.cors);
  add_text(shown, "directory", options->inbox.directory);
  add_number(shown, "init", options->inbox.init, MAILDIR_MAKE_NOTHING);
  add_number(shown, "messages", options->inbox.max_messages, 0);
  add_number(shown, "age", options->inbox.max_age_s, 0);
  add_number(shown, "size", options->server.max_size_bytes, 32 * 1024 * 1024);
  add_number(shown, "recipients", options->server.max_recipients, 1000);
  if (options->inbox.allow_recipients)
    add_text(shown, "allow", rules_pattern_text(g_ptr_array_index(options->inbox.allow_recipients, 0)));
  add_number(shown, "tls", options->server.tls, OPTIONS_TLS_OFF);
  add_list(shown, "names", options->server.tls_name);
  add_list(shown, "cert", options->server.tls_cert);
  add_list(shown, "key", options->server.tls_key);
  add_number(shown, "https", options->server.https, FALSE);
  add_number(shown, "require-tls", options->server.require_tls, FALSE);
  add_logins(shown, options);
  if (g_strcmp0(options->server.spamd, "off") != 0)
    add_text(shown, "spamd", options->server.spamd);
  add_number(shown, "fetch", options->server.fetch_links, OPTIONS_FETCH_OFF);
  add_number(shown, "tags", options->inbox.auto_tags, STORE_AUTO_TAGS_ALL);
  add_number(shown, "level", options->server.log_level, LOG_LEVEL_INFO);
  add_names(shown, "by ", options->adopted_variables);
  add_names(shown, "not ", options->unmatched_variables);
  g_strchomp(shown->str);
  return g_string_free(shown, FALSE);
}

static void expect(const char *const *environment, const char *word, const char *expected) {
  char *argv[] = {(char *)"dsmtpd", (char *)word, NULL};
  g_autoptr(GError) error = NULL;

  variables = environment;
  g_autoptr(Options) options = options_parse(word ? 2 : 1, argv, get_variable, &error);
  g_autofree char *shown = options ? show(options) : g_strconcat("error ", error->message, NULL);
  if (!g_str_has_prefix(shown, "error ") || !g_str_has_prefix(expected, "error "))
    g_assert_cmpstr(shown, ==, expected);
  else
    g_assert_true(g_str_has_prefix(shown, expected));
}

static void test_one_by_one(void) {
  static const struct {
    const char *variable, *value, *expected;
  } rows[] = {
      {"MP_SMTP_BIND_ADDR", "0.0.0.0:2525", "at=0.0.0.0 port=2525 by MP_SMTP_BIND_ADDR"},
      {"MP_SMTP_BIND_ADDR", "[::]:1025", "at=[::] by MP_SMTP_BIND_ADDR"},
      {"MP_SMTP_BIND_ADDR", ":2525", "at=:: port=2525 by MP_SMTP_BIND_ADDR"},
      {"MP_SMTP_BIND_ADDR", "unix:/run/mail:0660", "at=unix:/run/mail by MP_SMTP_BIND_ADDR"},
      {"MP_SMTP_BIND_ADDR", "localhost", "error MP_SMTP_BIND_ADDR: "},
      {"MP_SMTP_BIND_ADDR", "0.0.0.0:99999", "error MP_SMTP_BIND_ADDR: "},
      {"MP_UI_BIND_ADDR", "0.0.0.0:80", "http=0.0.0.0:80 by MP_UI_BIND_ADDR"},
      {"MP_UI_BIND_ADDR", ":80", "http=[::]:80 by MP_UI_BIND_ADDR"},
      {"MP_UI_BIND_ADDR", "unix:/run/web:660", "http=unix:/run/web by MP_UI_BIND_ADDR"},
      {"MP_WEBROOT", "mail/", "webroot=/mail by MP_WEBROOT"},
      {"MP_WEBROOT", "/mail", "webroot=/mail by MP_WEBROOT"},
      {"MP_WEBROOT", "/", "by MP_WEBROOT"},
      {"MP_API_CORS", "example.com:3000,https://a.test/",
       "cors=http://example.com:3000+https://example.com:3000+"
       "http://a.test+https://a.test by MP_API_CORS"},
      {"MP_API_CORS", "*", "cors=* by MP_API_CORS"},
      {"MP_MAX_MESSAGES", "50", "messages=50 by MP_MAX_MESSAGES"},
      {"MP_MAX_MESSAGES", "0", "by MP_MAX_MESSAGES"},
      {"MP_MAX_MESSAGES", "many", "error MP_MAX_MESSAGES: "},
      {"MP_MAX_AGE", "3d", "age=259200 by MP_MAX_AGE"},
      {"MP_MAX_AGE", "12h", "age=43200 by MP_MAX_AGE"},
      {"MP_MAX_MESSAGE_SIZE", "5", "size=5242880 by MP_MAX_MESSAGE_SIZE"},
      {"MP_MAX_MESSAGE_SIZE", "0", "size=0 by MP_MAX_MESSAGE_SIZE"},
      {"MP_SMTP_MAX_RECIPIENTS", "7", "recipients=7 by MP_SMTP_MAX_RECIPIENTS"},
      {"MP_SMTP_MAX_RECIPIENTS", "0", "recipients=100 by MP_SMTP_MAX_RECIPIENTS"},
      {"MP_SMTP_ALLOWED_RECIPIENTS", "@Test$", "allow=(?-i)@Test$ by MP_SMTP_ALLOWED_RECIPIENTS"},
      {"MP_SMTP_TLS_CERT", "/c.pem", "cert=/c.pem by MP_SMTP_TLS_CERT"},
      {"MP_SMTP_TLS_CERT", "sans:a.test,b.test", "tls=1 names=a.test+b.test by MP_SMTP_TLS_CERT"},
      {"MP_UI_TLS_CERT", "sans:a.test", "tls=1 names=a.test https=1 by MP_UI_TLS_CERT"},
      {"MP_SMTP_REQUIRE_STARTTLS", "true", "error --require-tls needs a certificate"},
      {"MP_SMTP_REQUIRE_STARTTLS", "false", ""},
      {"MP_SMTP_AUTH", "a:secret b:$2y$05$x", "entries=a:secret|b:$2y$05$x foreign=1 require-auth=1 by MP_SMTP_AUTH"},
      {"MP_SMTP_AUTH_FILE", "/u", "auth-file=/u foreign=1 require-auth=1 by MP_SMTP_AUTH_FILE"},
      {"MP_SMTP_AUTH_ACCEPT_ANY", "1", "auth=1 by MP_SMTP_AUTH_ACCEPT_ANY"},
      {"MP_SMTP_AUTH_ACCEPT_ANY", "YES", "auth=1 by MP_SMTP_AUTH_ACCEPT_ANY"},
      {"MP_SMTP_AUTH_ACCEPT_ANY", "0", ""},
      {"MP_SMTP_AUTH_ALLOW_INSECURE", "true", ""},
      {"MP_UI_AUTH", "a:secret", "http-entries=a:secret http-foreign=1 by MP_UI_AUTH"},
      {"MP_UI_AUTH_FILE", "/u", "http-auth-file=/u http-foreign=1 by MP_UI_AUTH_FILE"},
      {"MP_ENABLE_SPAMASSASSIN", "spamd:783", "spamd=spamd:783 by MP_ENABLE_SPAMASSASSIN"},
      {"MP_ENABLE_SPAMASSASSIN", "postmark", "not MP_ENABLE_SPAMASSASSIN"},
      {"MP_ALLOW_INTERNAL_HTTP_REQUESTS", "1", "fetch=3 by MP_ALLOW_INTERNAL_HTTP_REQUESTS"},
      {"MP_TAGS_DISABLE", "plus-addresses", "tags=1 by MP_TAGS_DISABLE"},
      {"MP_TAGS_DISABLE", "x-tags", "tags=2 by MP_TAGS_DISABLE"},
      {"MP_TAGS_DISABLE", "plus-addresses,x-tags", "tags=3 by MP_TAGS_DISABLE"},
      {"MP_QUIET", "1", "level=2 by MP_QUIET"},
      {"MP_ENABLE_PROMETHEUS", "true", ""},
      {"MP_ENABLE_PROMETHEUS", "0.0.0.0:9090", "not MP_ENABLE_PROMETHEUS"},
      {"MP_DATABASE", "/data/mailpit.db", "not MP_DATABASE"},
      {"MP_ENABLE_CHAOS", "false", ""},
      {"MP_ENABLE_CHAOS", "true", "not MP_ENABLE_CHAOS"},
      {"MP_DISABLE_VERSION_CHECK", "true", ""},
      {"MP_MAX_MESSAGES", "", ""},
      {"MP_PORT", "tcp://10.0.0.1:1025", ""},
      {"MP_SMTP_RELAY_PORT", "tcp://10.0.0.1:25", ""},
      {"MH_SMTP_BIND_ADDR", "0.0.0.0:25", "at=0.0.0.0 port=25 by MH_SMTP_BIND_ADDR"},
      {"MH_UI_BIND_ADDR", ":8080", "http=[::]:8080 by MH_UI_BIND_ADDR"},
      {"MH_API_BIND_ADDR", ":8080", "http=[::]:8080 by MH_API_BIND_ADDR"},
      {"MH_UI_WEB_PATH", "mailhog", "webroot=/mailhog by MH_UI_WEB_PATH"},
      {"MH_CORS_ORIGIN", "http://a.test:3000", "cors=http://a.test:3000 by MH_CORS_ORIGIN"},
      {"MH_AUTH_FILE", "/u", "http-auth-file=/u by MH_AUTH_FILE"},
      {"MH_MAILDIR_PATH", "/messages", ""},
      {"MH_STORAGE", "memory", ""},
      {"MH_STORAGE", "mongodb", "not MH_STORAGE"},
      {"MH_HOSTNAME", "mailhog.example", "not MH_HOSTNAME"},
      {"DSMTPD_DEFAULT_INTERFACE", "::", "at=::"},
      {"DSMTPD_DEFAULT_HTTP", "nonsense:", "error DSMTPD_DEFAULT_HTTP: "},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *const environment[2 * VARIABLES_MAX] = {rows[i].variable, rows[i].value};
    expect(environment, NULL, rows[i].expected);
  }
}

static void test_together(void) {
  static const struct {
    const char *variables[2 * VARIABLES_MAX];
    const char *word, *expected;
  } rows[] = {
      /* What counts: the option, DSMTPD_*, MP_*, MH_*, DSMTPD_DEFAULT_*. */
      {{"DSMTPD_PORT", "1", "MP_SMTP_BIND_ADDR", "h:2", "MH_SMTP_BIND_ADDR", "i:3"},
       "--port=9",
       "at=h port=9 by MP_SMTP_BIND_ADDR"},
      {{"DSMTPD_PORT", "1", "MP_SMTP_BIND_ADDR", "h:2", "MH_SMTP_BIND_ADDR", "i:3"},
       NULL,
       "at=h port=1 by MP_SMTP_BIND_ADDR"},
      {{"MH_SMTP_BIND_ADDR", "i:3", "MP_SMTP_BIND_ADDR", "h:2"}, NULL, "at=h port=2 by MP_SMTP_BIND_ADDR"},
      {{"MH_UI_BIND_ADDR", "i:3", "DSMTPD_DEFAULT_HTTP", "h:2"}, NULL, "http=i:3 by MH_UI_BIND_ADDR"},
      {{"MH_UI_BIND_ADDR", "i:3", "MH_API_BIND_ADDR", "i:4"}, NULL, "http=i:3 by MH_UI_BIND_ADDR"},
      {{"DSMTPD_HTTP", "off", "DSMTPD_DEFAULT_HTTP", "h:2", "MP_UI_BIND_ADDR", "h:3"}, NULL, "http=off"},
      {{"DSMTPD_QUIET", "1", "MP_VERBOSE", "1"}, NULL, "level=2"},
      {{"DSMTPD_PORT", "tcp://10.0.0.1:1025", "MP_SMTP_BIND_ADDR", "h:2"}, NULL, "at=h port=2 by MP_SMTP_BIND_ADDR"},
      /* Logins and TLS come from one source. */
      {{"DSMTPD_AUTH_FILE", "/ours", "MP_SMTP_AUTH_ACCEPT_ANY", "1", "MP_SMTP_AUTH_ALLOW_INSECURE", "1"},
       NULL,
       "auth-file=/ours"},
      {{"MP_SMTP_AUTH_ACCEPT_ANY", "1", "MP_SMTP_AUTH_ALLOW_INSECURE", "1"}, NULL, "auth=1 by MP_SMTP_AUTH_ACCEPT_ANY"},
      {{"MP_SMTP_AUTH", "a:b", "MP_SMTP_AUTH_ALLOW_INSECURE", "1"},
       NULL,
       "entries=a:b foreign=1 insecure=1 require-auth=1 by MP_SMTP_AUTH+MP_SMTP_AUTH_ALLOW_INSECURE"},
      {{"MP_SMTP_AUTH", "a:b", "MP_SMTP_AUTH_FILE", "/u"},
       NULL,
       "auth-file=/u foreign=1 require-auth=1 by MP_SMTP_AUTH_FILE"},
      {{"MP_UI_AUTH_FILE", "/u", "MH_AUTH_FILE", "/v"}, NULL, "http-auth-file=/u http-foreign=1 by MP_UI_AUTH_FILE"},
      {{"MP_SMTP_TLS_CERT", "/c", "MP_SMTP_TLS_KEY", "/k", "MP_SMTP_REQUIRE_STARTTLS", "1"},
       NULL,
       "cert=/c key=/k require-tls=1 by MP_SMTP_TLS_CERT+MP_SMTP_TLS_KEY+MP_SMTP_REQUIRE_STARTTLS"},
      {{"MP_SMTP_TLS_CERT", "/c", "MP_SMTP_TLS_KEY", "/k", "MP_UI_TLS_CERT", "/d", "MP_UI_TLS_KEY", "/l"},
       NULL,
       "cert=/c key=/k https=1 by MP_SMTP_TLS_CERT+MP_SMTP_TLS_KEY+MP_UI_TLS_CERT"},
      {{"MP_SMTP_TLS_CERT", "sans:a.test", "MP_SMTP_TLS_KEY", "sans:a.test", "MP_UI_TLS_CERT", "/d", "MP_UI_TLS_KEY",
        "/l"},
       NULL,
       "tls=1 names=a.test https=1 by MP_SMTP_TLS_CERT+MP_UI_TLS_CERT"},
      {{"MP_SMTP_TLS_CERT", "/c", "MP_UI_TLS_CERT", "sans:a.test"},
       NULL,
       "cert=/c https=1 by MP_SMTP_TLS_CERT+MP_UI_TLS_CERT"},
      {{"DSMTPD_TLS", "auto", "MP_SMTP_TLS_CERT", "/c", "MP_UI_TLS_CERT", "/d"}, NULL, "tls=1"},
      {{"MH_STORAGE", "maildir", "MH_MAILDIR_PATH", "/m"}, NULL, "directory=/m init=2 by MH_MAILDIR_PATH"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    expect(rows[i].variables, rows[i].word, rows[i].expected);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/foreign_variables/one_by_one", test_one_by_one);
  g_test_add_func("/foreign_variables/together", test_together);
  return g_test_run();
}
