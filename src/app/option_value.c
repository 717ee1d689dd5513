#include "app/option_value.h"
#include "net/cidr.h"
#include "rules/pattern.h"
#include "syntax/http_host.h"
#include <string.h>

static gboolean set_port(const Option *option, const char *value, gpointer field, GError **error) {
  guint64 number;

  if (!g_ascii_string_to_unsigned(value, 10, option->min, option->max, &number, NULL))
    return FALSE;
  *(guint16 *)field = (guint16)number;
  return TRUE;
}

static gboolean set_listener(const Option *option, const char *value, gpointer field, GError **error) {
  guint16 port = 0;
  gboolean off = strcmp(value, "off") == 0;

  if (!off && !set_port(option, value, &port, error))
    return FALSE;
  *(int *)field = off ? OPTIONS_NO_PORT : port;
  return TRUE;
}

static gboolean set_count(const Option *option, const char *value, gpointer field, GError **error) {
  guint64 number;

  if (!g_ascii_string_to_unsigned(value, 10, option->min, option->max, &number, NULL))
    return FALSE;
  *(guint *)field = (guint)number;
  return TRUE;
}

static gboolean set_mode(const Option *option, const char *value, gpointer field, GError **error) {
  enum { OWNER = 0600, ALL = 0666, OCTAL = 8 };
  guint64 mode;

  if (!g_ascii_string_to_unsigned(value, OCTAL, OWNER, ALL, &mode, NULL) || (mode & OWNER) != OWNER ||
      (mode & ALL) != mode)
    return FALSE;
  *(guint *)field = (guint)mode;
  return TRUE;
}

static gboolean set_size(const Option *option, const char *value, gpointer field, GError **error) {
  static const char suffixes[] = "KMG";
  gsize n_digits = strspn(value, "0123456789");
  g_autofree char *digits = g_strndup(value, n_digits);
  guint shift = 0;
  guint64 number;

  if (value[n_digits] != '\0') {
    const char *suffix = strchr(suffixes, g_ascii_toupper(value[n_digits]));
    if (!suffix || value[n_digits + 1] != '\0')
      return FALSE;
    shift = 10 * (guint)(suffix - suffixes + 1);
  }
  if (!g_ascii_string_to_unsigned(digits, 10, option->min, option->max >> shift, &number, NULL))
    return FALSE;
  *(guint64 *)field = number << shift;
  return TRUE;
}

/* Without a unit only 0: seconds, minutes and days are all to be expected. */
static gboolean set_duration(const Option *option, const char *value, gpointer field, GError **error) {
  static const struct {
    char letter;
    guint seconds;
  } units[] = {{'s', 1}, {'m', 60}, {'h', 60 * 60}, {'d', 24 * 60 * 60}};
  gsize n_digits = strspn(value, "0123456789");
  g_autofree char *digits = g_strndup(value, n_digits);
  guint64 number;

  if (strcmp(value, "0") == 0) {
    *(guint64 *)field = 0;
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    if (value[n_digits] != units[i].letter || value[n_digits + 1] != '\0')
      continue;
    if (!g_ascii_string_to_unsigned(digits, 10, option->min, option->max / units[i].seconds, &number, NULL))
      return FALSE;
    *(guint64 *)field = number * units[i].seconds;
    return TRUE;
  }
  return FALSE;
}

static gboolean set_patience(const Option *option, const char *value, gpointer field, GError **error) {
  static const struct {
    const char *name;
    guint ms;
  } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}};
  gsize n_digits = strspn(value, "0123456789");
  g_autofree char *digits = g_strndup(value, n_digits);
  guint64 number;

  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    if (strcmp(value + n_digits, units[i].name) != 0)
      continue;
    if (!g_ascii_string_to_unsigned(digits, 10, 0, option->max / units[i].ms, &number, NULL))
      return FALSE;
    *(guint *)field = (guint)number * units[i].ms;
    return TRUE;
  }
  return FALSE;
}

static gboolean set_path(const Option *option, const char *value, gpointer field, GError **error) {
  *(char **)field = g_strdup(value);
  return *value != '\0';
}

static gboolean set_text(const char *value, gpointer field) {
  g_free(*(char **)field);
  *(char **)field = g_strdup(value);
  return TRUE;
}

static gboolean set_any_text(const Option *option, const char *value, gpointer field, GError **error) {
  return set_text(value, field);
}

/* A port alone, or one after a colon, is one of this machine: to open it to others, name an address.
 */
static char *complete_endpoint(const char *value) {
  const char *port = *value == ':' ? value + 1 : value;
  gboolean is_port = *port != '\0' && port[strspn(port, "0123456789")] == '\0';

  return is_port ? g_strconcat("127.0.0.1:", port, NULL) : g_strdup(value);
}

static gboolean set_endpoint(const Option *option, const char *value, gpointer field, GError **error) {
  g_autofree char *endpoint = complete_endpoint(value);
  g_autofree char *interface = NULL;
  guint16 port;

  return (strcmp(endpoint, "off") == 0 || net_endpoint_split(endpoint, &interface, &port)) && set_text(endpoint, field);
}

/* What needs no escaping, so that it is found by comparing. "/" is the same as nothing. */
static gboolean set_web_path(const Option *option, const char *value, gpointer field, GError **error) {
  static const char allowed[] = "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  g_autofree char *path = g_strdup(value);
  gsize len = strlen(path);

  if (*path != '/' || path[strspn(path, allowed)] != '\0' || strstr(path, "//") || strstr(path, "/."))
    return FALSE;
  if (path[len - 1] == '/')
    path[len - 1] = '\0';
  return set_text(path, field);
}

static gboolean append_to_list(const Option *option, const char *value, gpointer field, GError **error) {
  char ***list = field;
  guint n_items = *list ? g_strv_length(*list) : 0;

  *list = g_renew(char *, *list, n_items + 2);
  (*list)[n_items] = g_strdup(value);
  (*list)[n_items + 1] = NULL;
  return *value != '\0';
}

static gboolean append_http_host(const Option *option, const char *value, gpointer field, GError **error) {
  return http_host_pattern_is_valid(value) && append_to_list(option, value, field, error);
}

static gboolean append_origin(const Option *option, const char *value, gpointer field, GError **error) {
  HttpHost host;

  return (strcmp(value, "*") == 0 || http_origin_parse(value, &host)) && append_to_list(option, value, field, error);
}

static gboolean append_network(const Option *option, const char *value, gpointer field, GError **error) {
  GArray **networks = field;
  NetCidr network;

  if (!net_cidr_parse(value, &network, error))
    return FALSE;
  if (!*networks)
    *networks = g_array_new(FALSE, FALSE, sizeof(NetCidr));
  g_array_append_val(*networks, network);
  return TRUE;
}

static gboolean append_pattern(const Option *option, const char *value, gpointer field, GError **error) {
  GPtrArray **patterns = field;
  RulesPattern *pattern = *value != '\0' ? rules_pattern_new(value, error) : NULL;

  if (!pattern)
    return FALSE;
  if (!*patterns)
    *patterns = g_ptr_array_new_with_free_func((GDestroyNotify)rules_pattern_free);
  g_ptr_array_add(*patterns, pattern);
  return TRUE;
}

static gboolean set_choice(const Option *option, const char *value, gpointer field, GError **error) {
  for (int i = 0; option->choices[i]; i++) {
    if (strcmp(value, option->choices[i]) == 0) {
      *(int *)field = i;
      return TRUE;
    }
  }
  return FALSE;
}

/* A switch has a value in the environment only; NULL is the command line's. */
static gboolean set_switch(const Option *option, const char *value, gpointer field, GError **error) {
  static const struct {
    const char *word;
    gboolean on;
  } words[] = {{"1", TRUE},  {"true", TRUE},   {"yes", TRUE}, {"on", TRUE},
               {"0", FALSE}, {"false", FALSE}, {"no", FALSE}, {"off", FALSE}};

  for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
    if (!value || g_ascii_strcasecmp(value, words[i].word) == 0) {
      if (!value || words[i].on)
        *(int *)field = option->on;
      return TRUE;
    }
  }
  return FALSE;
}

/* What is allowed, in words. The caller frees. */
static char *allow_range(const Option *option) {
  return g_strdup_printf("%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, option->min, option->max);
}

static char *allow_mode(const Option *option) {
  return g_strdup("three octal digits, 600 to 666, that let the owner read and write and nobody execute");
}

static char *allow_port(const Option *option) {
  g_autofree char *range = allow_range(option);

  return g_strdup_printf("%s (0: any free one)", range);
}

static char *allow_listener(const Option *option) {
  g_autofree char *port = allow_port(option);

  return g_strdup_printf("%s or off", port);
}

static char *allow_size(const Option *option) {
  return g_strdup("a number of bytes, or one with suffix K, M or G (0: no limit)");
}

static char *allow_duration(const Option *option) {
  return g_strdup_printf("a number with suffix s, m, h or d, up to %" G_GUINT64_FORMAT "d (0: no limit)",
                         option->max / (24 * 60 * 60));
}

static char *allow_patience(const Option *option) {
  return g_strdup_printf("a number of seconds, or one with suffix ms, s or m, up to %" G_GUINT64_FORMAT "s",
                         option->max / 1000);
}

static char *allow_text(const Option *option) {
  return g_strdup("a text");
}

static char *allow_path(const Option *option) {
  return g_strdup("a path");
}

static char *allow_file(const Option *option) {
  return g_strdup("the path of a file");
}

static char *allow_host(const Option *option) {
  return g_strdup("a host name or an address");
}

static char *allow_endpoint(const Option *option) {
  return g_strdup("an address and a port as in 127.0.0.1:8025, a port of this machine, unix:/path, or off");
}

static char *allow_web_path(const Option *option) {
  return g_strdup("a path as in /mail, of letters, digits and -._~");
}

static char *allow_http_host(const Option *option) {
  return g_strdup("a host name without a port, or *.example.com for all names below example.com");
}

static char *allow_origin(const Option *option) {
  return g_strdup("scheme, host and port as in http://localhost:3000, or * for all");
}

static char *allow_interface(const Option *option) {
  return g_strdup("an address, a host name or unix:/path");
}

static char *allow_network(const Option *option) {
  return g_strdup("an address, a network such as 192.0.2.0/24 or 2001:db8::/32, or unix");
}

static char *allow_pattern(const Option *option) {
  return g_strdup("a regular expression, as in @example\\.com$");
}

static char *allow_choice(const Option *option) {
  return g_strjoinv(" or ", (char **)option->choices);
}

static char *allow_switch(const Option *option) {
  return g_strdup("1, true, yes or on, or 0, false, no or off");
}

static void clear_path(gpointer field) {
  g_clear_pointer((char **)field, g_free);
}

static void clear_list(gpointer field) {
  g_clear_pointer((char ***)field, g_strfreev);
}

static void clear_networks(gpointer field) {
  g_clear_pointer((GArray **)field, g_array_unref);
}

static void clear_patterns(gpointer field) {
  g_clear_pointer((GPtrArray **)field, g_ptr_array_unref);
}

#define SEPARATORS ", "

static const struct {
  const char *noun;
  /* Without an error, the message names the option's noun. */
  gboolean (*set)(const Option *option, const char *value, gpointer field, GError **error);
  char *(*allow)(const Option *option);
  void (*clear)(gpointer field); /* NULL: the field owns nothing */
  gboolean is_list;
  const char *separators;
} types[] = {
    [OPTION_PORT] = {"port", set_port, allow_port},
    [OPTION_LISTENER] = {"port", set_listener, allow_listener},
    [OPTION_COUNT] = {"number", set_count, allow_range},
    [OPTION_MODE] = {"file mode", set_mode, allow_mode},
    [OPTION_SIZE] = {"size", set_size, allow_size},
    [OPTION_DURATION] = {"duration", set_duration, allow_duration},
    [OPTION_PATIENCE] = {"time", set_patience, allow_patience},
    [OPTION_TEXT] = {"text", set_any_text, allow_text, clear_path},
    [OPTION_WORDS] = {"query", set_path, allow_text, clear_path},
    [OPTION_TEXTS] = {"tag", append_to_list, allow_text, clear_list, TRUE},
    [OPTION_PATH] = {"directory", set_path, allow_path, clear_path},
    [OPTION_FILE] = {"file", set_path, allow_file, clear_path},
    [OPTION_FILES] = {"file", append_to_list, allow_file, clear_list, TRUE},
    [OPTION_HOSTS] = {"name", append_to_list, allow_host, clear_list, TRUE, SEPARATORS},
    [OPTION_LIST] = {"interface", append_to_list, allow_interface, clear_list, TRUE, SEPARATORS},
    [OPTION_ENDPOINT] = {"address", set_endpoint, allow_endpoint, clear_path},
    [OPTION_WEB_PATH] = {"path", set_web_path, allow_web_path, clear_path},
    [OPTION_HTTP_HOSTS] = {"host name", append_http_host, allow_http_host, clear_list, TRUE, SEPARATORS},
    [OPTION_ORIGINS] = {"origin", append_origin, allow_origin, clear_list, TRUE, SEPARATORS},
    [OPTION_NETWORKS] = {"network", append_network, allow_network, clear_networks, TRUE, SEPARATORS},
    [OPTION_PATTERNS] = {"pattern", append_pattern, allow_pattern, clear_patterns, TRUE},
    [OPTION_CHOICE] = {"mode", set_choice, allow_choice},
    [OPTION_SWITCH] = {"switch", set_switch, allow_switch},
};

void option_clear(const Option *option, gpointer record) {
  if (types[option->type].clear)
    types[option->type].clear(G_STRUCT_MEMBER_P(record, option->offset));
}

const char *option_separators(const Option *option) {
  return types[option->type].separators;
}

gboolean option_is_list(const Option *option) {
  return types[option->type].is_list;
}

const char *option_noun(const Option *option) {
  return option->noun ? option->noun : types[option->type].noun;
}

char *option_allowed(const Option *option) {
  return types[option->type].allow(option);
}

gboolean option_set(const Option *option, const char *label, const char *value, gpointer record, GError **error) {
  g_autoptr(GError) reason = NULL;

  if (types[option->type].set(option, value, G_STRUCT_MEMBER_P(record, option->offset), &reason))
    return TRUE;

  g_autofree char *shown = g_strescape(value, NULL);
  g_autofree char *allowed = option_allowed(option);
  if (reason)
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_VALUE, "%s: %s; give %s", label, reason->message, allowed);
  else
    g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_VALUE, "%s: \"%s\" is not a valid %s; give %s", label, shown,
                option_noun(option), allowed);
  return FALSE;
}
