#include "app/foreign_variables.h"
#include "app/option_table.h"
#include "app/option_value.h"
#include "net/address.h"
#include <string.h>

#define FIELD(name) .offset = G_STRUCT_OFFSET(Options, name)

/* Settings that have no option here. */
static const Option own_options[] = {
    {.name = "auth-entries", .noun = "user", .type = OPTION_TEXT, FIELD(server.auth_entries)},
    {.name = "auth-is-foreign", .type = OPTION_SWITCH, .on = TRUE, FIELD(server.auth_is_foreign)},
    {.name = "http-auth-entries", .noun = "user", .type = OPTION_TEXT, FIELD(server.http_auth_entries)},
    {.name = "http-auth-is-foreign", .type = OPTION_SWITCH, .on = TRUE, FIELD(server.http_auth_is_foreign)},
    {.name = NULL},
};

/* --- values: each returns what the option is given, which the caller frees, or NULL: it is not set. With
 * *out_is_unmatched there is no option for this value. */

typedef char *(*Translate)(const char *value, gboolean *out_is_unmatched);

static char *as_is(const char *value, gboolean *out_is_unmatched) {
  return g_strdup(value);
}

static char *to_on(const char *value, gboolean *out_is_unmatched) {
  return g_strdup("on");
}

/* Mailpit's words; all else is off. */
static gboolean is_on(const char *value) {
  return strcmp(value, "1") == 0 || g_ascii_strcasecmp(value, "true") == 0 || g_ascii_strcasecmp(value, "yes") == 0;
}

static char *to_switch(const char *value, gboolean *out_is_unmatched) {
  return is_on(value) ? g_strdup("on") : NULL;
}

/* "unix:/path", or with the mode of the socket after it. */
static char *unix_socket(const char *value) {
  const char *mode = strrchr(value + strlen(NET_UNIX_PREFIX), ':');

  return mode ? g_strndup(value, (gsize)(mode - value)) : g_strdup(value);
}

/* "0.0.0.0:1025"; ":1025" is all addresses. */
static char *to_interface(const char *value, gboolean *out_is_unmatched) {
  const char *colon = strrchr(value, ':');

  if (g_str_has_prefix(value, NET_UNIX_PREFIX))
    return unix_socket(value);
  return colon == value ? g_strdup("::") : g_strndup(value, colon ? (gsize)(colon - value) : strlen(value));
}

static char *to_port(const char *value, gboolean *out_is_unmatched) {
  const char *colon = strrchr(value, ':');

  return g_str_has_prefix(value, NET_UNIX_PREFIX) ? NULL : g_strdup(colon ? colon + 1 : value);
}

static char *to_endpoint(const char *value, gboolean *out_is_unmatched) {
  if (g_str_has_prefix(value, NET_UNIX_PREFIX))
    return unix_socket(value);
  return *value == ':' ? g_strconcat("[::]", value, NULL) : g_strdup(value);
}

static char *to_web_path(const char *value, gboolean *out_is_unmatched) {
  return *value == '/' ? g_strdup(value) : g_strconcat("/", value, NULL);
}

static char *to_mebibytes(const char *value, gboolean *out_is_unmatched) {
  return g_strconcat(value, "M", NULL);
}

/* Mailpit's default. */
static char *to_recipients(const char *value, gboolean *out_is_unmatched) {
  return g_strdup(strcmp(value, "0") == 0 ? "100" : value);
}

/* Letters match in their own case only. */
static char *to_pattern(const char *value, gboolean *out_is_unmatched) {
  return g_strconcat("(?-i)", value, NULL);
}

/* "sans:localhost,mail.test" has a certificate made for these names. */
#define MADE "sans:"

static char *to_made(const char *value, gboolean *out_is_unmatched) {
  return g_str_has_prefix(value, MADE) ? g_strdup("auto") : NULL;
}

static char *to_made_names(const char *value, gboolean *out_is_unmatched) {
  return g_str_has_prefix(value, MADE) ? g_strdup(value + strlen(MADE)) : NULL;
}

static char *to_file(const char *value, gboolean *out_is_unmatched) {
  return g_str_has_prefix(value, MADE) ? NULL : g_strdup(value);
}

/* Entries are separated by spaces; here each has a line. */
static char *to_entries(const char *value, gboolean *out_is_unmatched) {
  return g_strdelimit(g_strdup(value), " \t\r", '\n');
}

static char *to_accept_any(const char *value, gboolean *out_is_unmatched) {
  return is_on(value) ? g_strdup("accept-any") : NULL;
}

/* What is switched off there: "plus-addresses,x-tags". */
static char *to_auto_tags(const char *value, gboolean *out_is_unmatched) {
  gboolean has_plus = strstr(value, "plus-addresses") == NULL, has_x_tags = strstr(value, "x-tags") == NULL;

  return g_strdup(has_plus && has_x_tags ? "all" : has_plus ? "plus-addresses" : has_x_tags ? "x-tags" : "off");
}

/* Mailpit compares host and port, whatever the scheme: "example.com,http://localhost:3000". */
static char *to_origins(const char *value, gboolean *out_is_unmatched) {
  g_auto(GStrv) items = g_strsplit_set(value, ", ", -1);
  g_autoptr(GString) origins = g_string_new(NULL);

  for (char **item = items; *item; item++) {
    const char *scheme_end = strstr(*item, "://");
    const char *host = scheme_end ? scheme_end + 3 : *item;
    int len = (int)strcspn(host, "/");
    if (strcmp(*item, "*") == 0)
      g_string_append(origins, "*,");
    else if (len > 0)
      g_string_append_printf(origins, "http://%.*s,https://%.*s,", len, host, len, host);
  }
  return g_string_free(g_steal_pointer(&origins), FALSE);
}

static char *to_spamd(const char *value, gboolean *out_is_unmatched) {
  *out_is_unmatched = strcmp(value, "postmark") == 0; /* a service on the internet */
  return *out_is_unmatched ? NULL : g_strdup(value);
}

static char *to_any_reach(const char *value, gboolean *out_is_unmatched) {
  return is_on(value) ? g_strdup("any") : NULL;
}

/* /metrics is always there, and has no listener of its own. */
static char *check_metrics(const char *value, gboolean *out_is_unmatched) {
  *out_is_unmatched = g_ascii_strcasecmp(value, "true") != 0 && g_ascii_strcasecmp(value, "false") != 0;
  return NULL;
}

/* "memory" and "maildir" are both a Maildir here. */
static char *check_storage(const char *value, gboolean *out_is_unmatched) {
  *out_is_unmatched = strcmp(value, "mongodb") == 0;
  return NULL;
}

static char *to_nothing(const char *value, gboolean *out_is_unmatched) {
  static const char *const off[] = {"0", "false", "no", "off", NULL};

  *out_is_unmatched = TRUE;
  for (const char *const *word = off; *word; word++)
    if (g_ascii_strcasecmp(value, *word) == 0)
      *out_is_unmatched = FALSE;
  return NULL;
}

/* --- rows */

/* Options that make sense together only: where one was given, a source gives none of the others. */
typedef enum { GROUP_NONE, GROUP_AUTH, GROUP_HTTP_AUTH, GROUP_TLS, N_GROUPS } Group;

static const char *const group_options[N_GROUPS][6] = {
    [GROUP_AUTH] = {"auth", "auth-file", "auth-allow-insecure", "require-auth", "auth-entries"},
    [GROUP_HTTP_AUTH] = {"http-auth-file", "http-auth-entries"},
    [GROUP_TLS] = {"tls", "tls-cert", "tls-key", "tls-name", "https"},
};

typedef struct Source {
  OptionsGetenv get_variable;
  OptionGiven *given;
  Options *options;
  gboolean is_group_given[N_GROUPS]; /* by what counts more */
} Source;

static gboolean has_no_user_file(const Source *source) {
  return !source->options->server.auth_file;
}

static gboolean has_no_http_user_file(const Source *source) {
  return !source->options->server.http_auth_file;
}

static gboolean checks_logins(const Source *source) {
  return options_check_smtp_logins(&source->options->server);
}

/* SMTP and HTTP share one certificate; that of SMTP counts. */
static gboolean has_certificate_file(const Source *source) {
  return source->options->server.tls_cert != NULL;
}

static gboolean makes_certificate(const Source *source) {
  return source->options->server.tls == OPTIONS_TLS_AUTO;
}

static gboolean has_no_certificate(const Source *source) {
  return !has_certificate_file(source) && !makes_certificate(source);
}

static gboolean stores_in_maildir(const Source *source) {
  const char *storage = option_variable_value("MH_STORAGE", source->get_variable);

  return storage && strcmp(storage, "maildir") == 0;
}

/* In the order in which they count. */
typedef struct Row {
  const char *variable;
  const char *option; /* NULL: only whether the value has a counterpart */
  Translate translate;
  Group group;
  gboolean (*is_wanted)(const Source *source); /* NULL: always */
} Row;

static const Row mailpit[] = {
    {"MP_SMTP_BIND_ADDR", "interface", to_interface},
    {"MP_SMTP_BIND_ADDR", "port", to_port},
    {"MP_UI_BIND_ADDR", "http", to_endpoint},
    {"MP_WEBROOT", "webroot", to_web_path},
    {"MP_API_CORS", "cors", to_origins},
    {"MP_MAX_MESSAGES", "max-messages", as_is},
    {"MP_MAX_AGE", "max-age", as_is},
    {"MP_MAX_MESSAGE_SIZE", "max-size", to_mebibytes},
    {"MP_SMTP_MAX_RECIPIENTS", "max-recipients", to_recipients},
    {"MP_SMTP_ALLOWED_RECIPIENTS", "allow-recipients", to_pattern},
    {"MP_SMTP_TLS_CERT", "tls", to_made, GROUP_TLS},
    {"MP_SMTP_TLS_CERT", "tls-name", to_made_names, GROUP_TLS},
    {"MP_SMTP_TLS_CERT", "tls-cert", to_file, GROUP_TLS},
    {"MP_SMTP_TLS_KEY", "tls-key", to_file, GROUP_TLS},
    {"MP_SMTP_SSL_CERT", "tls-cert", to_file, GROUP_TLS},
    {"MP_SMTP_SSL_KEY", "tls-key", to_file, GROUP_TLS},
    {"MP_UI_TLS_CERT", "https", to_on, GROUP_TLS},
    {"MP_UI_TLS_CERT", "tls", to_made, GROUP_TLS, has_no_certificate},
    {"MP_UI_TLS_CERT", "tls-name", to_made_names, GROUP_TLS, makes_certificate},
    {"MP_UI_TLS_CERT", "tls-cert", to_file, GROUP_TLS, has_no_certificate},
    {"MP_UI_TLS_KEY", "tls-key", to_file, GROUP_TLS, has_certificate_file},
    {"MP_UI_SSL_CERT", "https", to_on, GROUP_TLS},
    {"MP_UI_SSL_CERT", "tls-cert", to_file, GROUP_TLS, has_no_certificate},
    {"MP_UI_SSL_KEY", "tls-key", to_file, GROUP_TLS, has_certificate_file},
    {"MP_SMTP_REQUIRE_STARTTLS", "require-tls", to_switch},
    {"MP_SMTP_TLS_REQUIRED", "require-tls", to_switch},
    {"MP_SMTP_AUTH_FILE", "auth-file", as_is, GROUP_AUTH},
    {"MP_SMTP_AUTH_FILE", "auth-is-foreign", to_on, GROUP_AUTH},
    {"MP_SMTP_AUTH_FILE", "require-auth", to_on, GROUP_AUTH},
    {"MP_SMTP_AUTH", "auth-entries", to_entries, GROUP_AUTH, has_no_user_file},
    {"MP_SMTP_AUTH", "auth-is-foreign", to_on, GROUP_AUTH, has_no_user_file},
    {"MP_SMTP_AUTH", "require-auth", to_on, GROUP_AUTH, has_no_user_file},
    {"MP_SMTP_AUTH_ACCEPT_ANY", "auth", to_accept_any, GROUP_AUTH},
    {"MP_SMTP_AUTH_ALLOW_INSECURE", "auth-allow-insecure", to_switch, GROUP_AUTH, checks_logins},
    {"MP_UI_AUTH_FILE", "http-auth-file", as_is, GROUP_HTTP_AUTH},
    {"MP_UI_AUTH_FILE", "http-auth-is-foreign", to_on, GROUP_HTTP_AUTH},
    {"MP_UI_AUTH", "http-auth-entries", to_entries, GROUP_HTTP_AUTH, has_no_http_user_file},
    {"MP_UI_AUTH", "http-auth-is-foreign", to_on, GROUP_HTTP_AUTH, has_no_http_user_file},
    {"MP_ENABLE_SPAMASSASSIN", "spamd", to_spamd},
    {"MP_ALLOW_INTERNAL_HTTP_REQUESTS", "fetch-links", to_any_reach},
    {"MP_TAGS_DISABLE", "auto-tags", to_auto_tags},
    {"MP_QUIET", "quiet", to_switch},
    {"MP_VERBOSE", "verbose", to_switch},
    {"MP_ENABLE_PROMETHEUS", NULL, check_metrics},
    {.variable = NULL},
};

static const Row mailhog[] = {
    {"MH_SMTP_BIND_ADDR", "interface", to_interface},
    {"MH_SMTP_BIND_ADDR", "port", to_port},
    {"MH_UI_BIND_ADDR", "http", to_endpoint},
    {"MH_API_BIND_ADDR", "http", to_endpoint},
    {"MH_UI_WEB_PATH", "webroot", to_web_path},
    {"MH_CORS_ORIGIN", "cors", as_is},
    {"MH_AUTH_FILE", "http-auth-file", as_is, GROUP_HTTP_AUTH},
    {"MH_MAILDIR_PATH", "directory", as_is, GROUP_NONE, stores_in_maildir},
    {"MH_MAILDIR_PATH", "init", to_on, GROUP_NONE, stores_in_maildir},
    {"MH_STORAGE", NULL, check_storage},
    {.variable = NULL},
};

/* Those that change something there and nothing here. What is left out does what dsmtpd does anyway. */
static const char *const unmatched[] = {
    "MP_DATABASE",
    "MP_DATA_FILE",
    "MP_TENANT_ID",
    "MP_LABEL",
    "MP_USE_MESSAGE_DATES",
    "MP_IGNORE_DUPLICATE_IDS",
    "MP_LOG_FILE",
    "MP_ALLOW_UNTRUSTED_TLS",
    "MP_DISABLE_HTTP_COMPRESSION",
    "MP_HIDE_DELETE_ALL_BUTTON",
    "MP_SEND_API_AUTH",
    "MP_SEND_API_AUTH_FILE",
    "MP_SEND_API_AUTH_ACCEPT_ANY",
    "MP_SMTP_REQUIRE_TLS",
    "MP_SMTP_STRICT_RFC_HEADERS",
    "MP_STRICT_RFC_HEADERS",
    "MP_SMTP_IGNORE_REJECTED_RECIPIENTS",
    "MP_SMTP_RELAY_CONFIG",
    "MP_SMTP_RELAY_HOST",
    "MP_SMTP_RELAY_ALL",
    "MP_SMTP_RELAY_MATCHING",
    "MP_SMTP_FORWARD_CONFIG",
    "MP_SMTP_FORWARD_HOST",
    "MP_ENABLE_CHAOS",
    "MP_CHAOS_TRIGGERS",
    "MP_POP3_BIND_ADDR",
    "MP_POP3_AUTH",
    "MP_POP3_AUTH_FILE",
    "MP_POP3_TLS_CERT",
    "MP_POP3_TLS_KEY",
    "MP_TAG",
    "MP_TAGS_CONFIG",
    "MP_TAGS_TITLE_CASE",
    "MP_TAGS_USERNAME",
    "MP_WEBHOOK_URL",
    "MP_WEBHOOK_LIMIT",
    "MP_WEBHOOK_DELAY",
    "MP_DEMO_MODE",
    "MH_HOSTNAME",
    "MH_INVITE_JIM",
    "MH_OUTGOING_SMTP",
    "MH_API_HOST",
    "MH_MONGO_URI",
    "MH_MONGO_DB",
    "MH_MONGO_COLLECTION",
};

/* --- reading */

static const Option *find_in(const Option *table, const char *name) {
  for (const Option *option = table; option->name; option++)
    if (strcmp(option->name, name) == 0)
      return option;
  return NULL;
}

static const Option *find_option(const char *name) {
  const Option *option = find_in(option_table(), name);

  return option ? option : find_in(own_options, name);
}

/* Once each. */
static void add_name(GPtrArray *names, const char *name) {
  if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
    g_ptr_array_add(names, (gpointer)name);
}

static void look_at_groups(Source *source) {
  for (Group group = GROUP_NONE + 1; group < N_GROUPS; group++)
    for (const char *const *name = group_options[group]; *name; name++) {
      const Option *option = find_option(*name);
      if (option && option_given_has(source->given, option->offset))
        source->is_group_given[group] = TRUE;
    }
}

static gboolean read_row(const Source *source, const Row *row, GError **error) {
  const char *value = option_variable_value(row->variable, source->get_variable);
  const Option *option = row->option ? find_option(row->option) : NULL;
  gboolean is_unmatched = FALSE;

  if (!value || source->is_group_given[row->group] || (row->is_wanted && !row->is_wanted(source)) ||
      (option && option_given_has(source->given, option->offset)))
    return TRUE;
  g_autofree char *ours = row->translate(value, &is_unmatched);
  if (is_unmatched)
    add_name(source->options->unmatched_variables, row->variable);
  if (!ours)
    return TRUE;
  if (!option_read_variable(option, row->variable, ours, source->options, error))
    return FALSE;
  option_given_add(source->given, option->offset);
  add_name(source->options->adopted_variables, row->variable);
  return TRUE;
}

static gboolean read_rows(Source *source, const Row *rows, GError **error) {
  look_at_groups(source);
  for (const Row *row = rows; row->variable; row++)
    if (!read_row(source, row, error))
      return FALSE;
  return TRUE;
}

static void read_unmatched(const Source *source) {
  for (gsize i = 0; i < G_N_ELEMENTS(unmatched); i++) {
    const char *value = option_variable_value(unmatched[i], source->get_variable);
    gboolean is_unmatched = FALSE;
    if (value)
      to_nothing(value, &is_unmatched);
    if (is_unmatched)
      add_name(source->options->unmatched_variables, unmatched[i]);
  }
}

/* DSMTPD_DEFAULT_HTTP for DSMTPD_HTTP. */
static gboolean read_defaults(const Source *source, GError **error) {
  for (const Option *option = option_table(); option->name; option++) {
    g_autofree char *variable = option_variable(option);
    if (!variable || option_given_has(source->given, option->offset))
      continue;
    g_autofree char *name =
        g_strconcat(OPTION_VARIABLE_PREFIX "DEFAULT_", variable + strlen(OPTION_VARIABLE_PREFIX), NULL);
    const char *value = option_variable_value(name, source->get_variable);
    if (value && !option_read_variable(option, name, value, source->options, error))
      return FALSE;
  }
  return TRUE;
}

gboolean foreign_variables_read(OptionsGetenv get_variable, OptionGiven *given, Options *options, GError **error) {
  Source source = {.get_variable = get_variable, .given = given, .options = options};

  options->adopted_variables = g_ptr_array_new();
  options->unmatched_variables = g_ptr_array_new();
  if (!read_rows(&source, mailpit, error) || !read_rows(&source, mailhog, error))
    return FALSE;
  read_unmatched(&source);
  return read_defaults(&source, error);
}

void foreign_variables_clear(Options *options) {
  option_record_clear(own_options, options);
  g_clear_pointer(&options->adopted_variables, g_ptr_array_unref);
  g_clear_pointer(&options->unmatched_variables, g_ptr_array_unref);
}
