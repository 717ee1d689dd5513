#include "app/option_table.h"
#include "net/cidr.h"
#include "rules/pattern.h"
#include <string.h>

enum { WORDS_MAX = 8, VARIABLES_MAX = 4, HELP_COLUMNS_MAX = 80 };

/* The environment of the test that runs: pairs of name and value. */
static const char *const *variables;

static const char *get_variable(const char *name) {
  for (gsize i = 0; i < 2 * VARIABLES_MAX && variables[i]; i += 2)
    if (strcmp(variables[i], name) == 0)
      return variables[i + 1];
  return NULL;
}

static Options *parse(const char *const *words, const char *const *environment, GError **error) {
  char *argv[WORDS_MAX + 2] = {(char *)"dsmtpd"};
  int argc = 1;

  for (gsize i = 0; i < WORDS_MAX && words[i]; i++)
    argv[argc++] = (char *)words[i];
  variables = environment;
  return options_parse(argc, argv, get_variable, error);
}

static char *show_networks(const GArray *networks) {
  GString *shown = g_string_new(NULL);

  for (guint i = 0; networks && i < networks->len; i++) {
    const NetCidr *network = &g_array_index(networks, NetCidr, i);
    NetAddress address;
    net_address_from_ip(network->ip, network->family == AF_INET6 ? 16 : 4, 0, &address);
    g_autofree char *ip = net_address_format(&address);
    g_string_append_printf(shown, "%s%s/%u", i > 0 ? "+" : "", network->family == AF_UNIX ? "unix" : ip,
                           network->n_bits);
  }
  return g_string_free(shown, FALSE);
}

static char *show_patterns(const GPtrArray *patterns) {
  g_autoptr(GPtrArray) texts = g_ptr_array_new();

  for (guint i = 0; patterns && i < patterns->len; i++)
    g_ptr_array_add(texts, (gpointer)rules_pattern_text(g_ptr_array_index(patterns, i)));
  g_ptr_array_add(texts, NULL);
  return g_strjoinv("+", (char **)texts->pdata);
}

static char *show_list(char **list) {
  return list ? g_strjoinv("+", list) : g_strdup("");
}

static const char *or_dash(const char *text) {
  return text ? text : "-";
}

/* All options in one line, so that tables can say what is expected. */
static char *show(const Options *options) {
  g_autofree char *interfaces = g_strjoinv("+", options->server.interface);
  g_autofree char *certificates = show_list(options->server.tls_cert);
  g_autofree char *keys = show_list(options->server.tls_key);
  g_autofree char *names = show_list(options->server.tls_name);
  g_autofree char *allow = show_patterns(options->inbox.allow_recipients);
  g_autofree char *reject = show_patterns(options->inbox.reject_recipients);
  g_autofree char *proxies = show_networks(options->server.proxy_protocol);
  g_autofree char *xclients = show_networks(options->server.xclient);
  g_autofree char *hosts = show_list(options->server.http_host);
  g_autofree char *cors = show_list(options->server.cors);

  return g_strdup_printf(
      "port=%u interfaces=%s directory=%s max_size=%" G_GUINT64_FORMAT
      " recipients=%u connections=%u timeout=%u utf8=%d strict=%d sync=%d format=%d level=%d per_address=%u "
      "min_free=%" G_GUINT64_FORMAT " file_mode=%o "
      "messages=%u age=%" G_GUINT64_FORMAT " disk=%" G_GUINT64_FORMAT " "
      "proxies=%s xclients=%s allow=%s reject=%s "
      "tls=%d cert=%s key=%s names=%s client_ca=%s smtps=%d require_tls=%d state=%s "
      "http=%s https=%d http_auth=%s webroot=%s hosts=%s cors=%s spamd=%s fetch=%d tags=%d ",
      options->server.port, interfaces, options->inbox.directory ? options->inbox.directory : "-",
      options->server.max_size_bytes, options->server.max_recipients, options->server.max_connections,
      options->server.timeout_s, !options->server.disable_smtputf8, options->server.strict, options->inbox.sync,
      options->server.log_format, options->server.log_level, options->server.max_connections_per_address,
      options->inbox.min_free_bytes, options->inbox.file_mode, options->inbox.max_messages, options->inbox.max_age_s,
      options->inbox.max_disk_bytes, proxies, xclients, allow, reject, options->server.tls, certificates, keys, names,
      or_dash(options->server.tls_client_ca), options->server.smtps, options->server.require_tls,
      or_dash(options->server.state_directory), or_dash(options->server.http), options->server.https,
      or_dash(options->server.http_auth_file), options->server.webroot, hosts, cors, or_dash(options->server.spamd),
      options->server.fetch_links, options->inbox.auto_tags);
}

static void defaults_are_those_documented(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(Options) options = parse((const char *[]){NULL}, (const char *[]){NULL}, &error);

  g_assert_no_error(error);
  g_autofree char *shown = show(options);

  g_assert_cmpint(options->action, ==, OPTIONS_RUN);
  g_assert_cmpstr(shown, ==,
                  "port=1025 interfaces=127.0.0.1 directory=- max_size=33554432 recipients=1000 connections=2000 "
                  "timeout=300 utf8=1 strict=0 sync=0 format=0 level=1 per_address=0 min_free=0 file_mode=0 messages=0 "
                  "age=0 disk=0 "
                  "proxies= xclients= allow= "
                  "reject= tls=0 cert= key= names= "
                  "client_ca=- smtps=-1 require_tls=0 state=- "
                  "http=- https=0 http_auth=- webroot= hosts= cors= spamd=off fetch=0 tags=0 ");
}

static const struct {
  const char *words[WORDS_MAX];
  const char *environment[2 * VARIABLES_MAX];
  const char *expected; /* is to be found in show() */
} good[] = {
    {{"-p", "2525"}, {NULL}, "port=2525"},
    {{"-p2525"}, {NULL}, "port=2525"},
    {{"--port", "0"}, {NULL}, "port=0"},
    {{"--port=65535"}, {NULL}, "port=65535"},
    {{NULL}, {"DSMTPD_PORT", "25"}, "port=25"},
    {{"-p", "2525"}, {"DSMTPD_PORT", "25"}, "port=2525"},
    {{"-p", "2525"}, {"DSMTPD_PORT", "wrong"}, "port=2525"},
    {{NULL}, {"DSMTPD_PORT", ""}, "port=1025"},
    {{"-p", "1", "-p", "2"}, {NULL}, "port=2"},

    {{"-i", "::1"}, {NULL}, "interfaces=::1 "},
    {{"-i", "::1", "--interface=unix:/run/a b,c"}, {NULL}, "interfaces=::1+unix:/run/a b,c "},
    {{NULL}, {"DSMTPD_INTERFACE", "::1"}, "interfaces=::1 "},
    {{NULL},
     {"DSMTPD_INTERFACE", " ::1, 127.0.0.1,localhost  unix:/x,"},
     "interfaces=::1+127.0.0.1+localhost+unix:/x "},
    {{"-i", "a", "-i", "b"}, {"DSMTPD_INTERFACE", "c,d"}, "interfaces=a+b "},

    {{"-d", "/var/mail box"}, {NULL}, "directory=/var/mail box "},
    {{"--directory", "."}, {"DSMTPD_DIRECTORY", "/b"}, "directory=. "},
    {{"-d", "a", "-d", "b"}, {NULL}, "directory=b "},
    {{NULL}, {"DSMTPD_DIRECTORY", "/b"}, "directory=/b "},

    {{"-s", "0"}, {NULL}, "max_size=0 "},
    {{"-s", "10485760"}, {NULL}, "max_size=10485760 "},
    {{"--max-size", "10k"}, {NULL}, "max_size=10240 "},
    {{"--max-size=10M"}, {"DSMTPD_MAX_SIZE", "1"}, "max_size=10485760 "},
    {{"-s", "8589934591G"}, {NULL}, "max_size=9223372035781033984 "},
    {{"-s", "9223372036854775807"}, {NULL}, "max_size=9223372036854775807 "},
    {{NULL}, {"DSMTPD_MAX_SIZE", "2g"}, "max_size=2147483648 "},

    {{"--disable-smtputf8"}, {NULL}, "utf8=0"},
    {{NULL}, {"DSMTPD_DISABLE_SMTPUTF8", "1"}, "utf8=0"},
    {{NULL}, {"DSMTPD_DISABLE_SMTPUTF8", "TRUE"}, "utf8=0"},
    {{NULL}, {"DSMTPD_DISABLE_SMTPUTF8", "Yes"}, "utf8=0"},
    {{NULL}, {"DSMTPD_DISABLE_SMTPUTF8", "on"}, "utf8=0"},
    {{NULL}, {"DSMTPD_DISABLE_SMTPUTF8", "0"}, "utf8=1"},
    {{NULL}, {"DSMTPD_DISABLE_SMTPUTF8", "false"}, "utf8=1"},
    {{NULL}, {"DSMTPD_DISABLE_SMTPUTF8", "no"}, "utf8=1"},
    {{NULL}, {"DSMTPD_DISABLE_SMTPUTF8", "off"}, "utf8=1"},
    {{"--disable-smtputf8"}, {"DSMTPD_DISABLE_SMTPUTF8", "0"}, "utf8=0"},

    {{"--strict"}, {NULL}, "strict=1"},
    {{NULL}, {"DSMTPD_STRICT", "1"}, "strict=1"},
    {{NULL}, {NULL}, "strict=0"},

    {{"--sync=none"}, {NULL}, "sync=1"},
    {{"--sync", "always"}, {"DSMTPD_SYNC", "none"}, "sync=0"},
    {{NULL}, {"DSMTPD_SYNC", "none"}, "sync=1"},
    {{"--log-format=json"}, {NULL}, "format=1"},
    {{NULL}, {"DSMTPD_LOG_FORMAT", "json"}, "format=1"},

    {{"-q"}, {NULL}, "level=2"},
    {{"--quiet"}, {NULL}, "level=2"},
    {{"-v"}, {NULL}, "level=0"},
    {{"--verbose"}, {NULL}, "level=0"},
    {{"-qv"}, {NULL}, "level=0"},
    {{"-v", "-q"}, {NULL}, "level=2"},
    {{NULL}, {"DSMTPD_QUIET", "1"}, "level=2"},
    {{NULL}, {"DSMTPD_VERBOSE", "1"}, "level=0"},
    {{NULL}, {"DSMTPD_QUIET", "0", "DSMTPD_VERBOSE", "0"}, "level=1"},
    {{"-v"}, {"DSMTPD_QUIET", "1"}, "level=0"},
    {{"-q"}, {"DSMTPD_VERBOSE", "1"}, "level=2"},

    {{"--timeout", "1"}, {NULL}, "timeout=1 "},
    {{"--min-free=2G"}, {NULL}, "min_free=2147483648 "},
    {{"--file-mode=640"}, {NULL}, "file_mode=640 "},
    {{"--file-mode", "0666"}, {NULL}, "file_mode=666 "},
    {{NULL}, {"DSMTPD_FILE_MODE", "0600"}, "file_mode=600 "},
    {{"--max-messages=1000000000"}, {NULL}, "messages=1000000000 "},
    {{NULL}, {"DSMTPD_MAX_MESSAGES", "10"}, "messages=10 "},
    {{"--max-age=30s"}, {NULL}, "age=30 "},
    {{"--max-age=30m"}, {NULL}, "age=1800 "},
    {{"--max-age", "12h"}, {"DSMTPD_MAX_AGE", "0"}, "age=43200 "},
    {{NULL}, {"DSMTPD_MAX_AGE", "7d"}, "age=604800 "},
    {{"--max-age=36500d"}, {NULL}, "age=3153600000 "},
    {{"--max-age=1d", "--max-age=0"}, {NULL}, "age=0 "},
    {{"--max-disk=500M"}, {NULL}, "disk=524288000 "},
    {{"--allow-recipients", "a, b", "--allow-recipients=c"}, {NULL}, "allow=a, b+c "},
    {{NULL}, {"DSMTPD_REJECT_RECIPIENTS", "a, b|c"}, "reject=a, b|c "},
    {{"--max-connections-per-address=3"}, {NULL}, "per_address=3 "},
    {{"--proxy-protocol", "10.0.0.0/8", "--proxy-protocol=unix"}, {NULL}, "proxies=10.0.0.0:0/8+unix/0 "},
    {{NULL}, {"DSMTPD_PROXY_PROTOCOL", "::1, 127.0.0.1"}, "proxies=[::1]:0/128+127.0.0.1:0/32 "},
    {{"--proxy-protocol=::1"}, {"DSMTPD_PROXY_PROTOCOL", "127.0.0.1"}, "proxies=[::1]:0/128 "},
    {{"--http=off"}, {NULL}, "http=off "},
    {{"--http", "[::1]:0"}, {NULL}, "http=[::1]:0 "},
    {{"--http", "8026"}, {NULL}, "http=127.0.0.1:8026 "},
    {{NULL}, {"DSMTPD_HTTP", ":8026"}, "http=127.0.0.1:8026 "},
    {{"--spamd=783"}, {NULL}, "spamd=127.0.0.1:783 "},
    {{NULL}, {"DSMTPD_HTTP", "unix:/run/web"}, "http=unix:/run/web "},
    {{"--https", "--tls=auto"}, {NULL}, "https=1 "},
    {{"--http-auth-file=/etc/users"}, {NULL}, "http_auth=/etc/users "},
    {{"--webroot=/"}, {NULL}, "webroot= "},
    {{"--webroot=/a/b-c_d.e~/"}, {NULL}, "webroot=/a/b-c_d.e~ "},
    {{"--http-host=a.example", "--http-host=*.b"}, {NULL}, "hosts=a.example+*.b "},
    {{NULL}, {"DSMTPD_HTTP_HOST", "a, b"}, "hosts=a+b "},
    {{"--cors=http://a:1"}, {"DSMTPD_CORS", "*"}, "cors=http://a:1 "},
    {{NULL}, {"DSMTPD_CORS", "*"}, "cors=* "},
    {{"--auto-tags=off"}, {"DSMTPD_AUTO_TAGS", "x-tags"}, "tags=3 "},
    {{"--fetch-links=public"}, {"DSMTPD_FETCH_LINKS", "any"}, "fetch=2 "},
    {{NULL}, {"DSMTPD_FETCH_LINKS", "any"}, "fetch=3 "},
    {{"--fetch-links=ask"}, {NULL}, "fetch=1 "},
    {{"--spamd=localhost:783"}, {"DSMTPD_SPAMD", "off"}, "spamd=localhost:783 "},
    {{NULL}, {"DSMTPD_SPAMD", "unix:/run/spamd"}, "spamd=unix:/run/spamd "},
    {{"--xclient=192.0.2.0/24"}, {NULL}, "xclients=192.0.2.0:0/24 "},
    {{"--timeout=86400"}, {"DSMTPD_TIMEOUT", "7"}, "timeout=86400 "},
    {{NULL}, {"DSMTPD_TIMEOUT", "7"}, "timeout=7 "},
    {{"--max-connections=1"}, {NULL}, "connections=1 "},
    {{NULL}, {"DSMTPD_MAX_CONNECTIONS", "5"}, "connections=5 "},
    {{"--max-recipients=1"}, {NULL}, "recipients=1 "},
    {{NULL}, {"DSMTPD_MAX_RECIPIENTS", "100"}, "recipients=100 "},

    {{"--tls=auto"}, {NULL}, "tls=1 "},
    {{NULL}, {"DSMTPD_TLS", "auto"}, "tls=1 "},
    {{"--tls-cert", "a b", "--tls-cert=c,d", "--tls-key=e"}, {NULL}, "cert=a b+c,d key=e "},
    {{NULL}, {"DSMTPD_TLS_CERT", "/a, b.pem", "DSMTPD_TLS_KEY", "/c"}, "cert=/a, b.pem key=/c "},
    {{"--tls=auto"}, {"DSMTPD_TLS_NAME", "mail, 192.0.2.1"}, "names=mail+192.0.2.1 "},
    {{"--tls=auto", "--tls-client-ca=/ca", "--require-tls"}, {NULL}, "client_ca=/ca smtps=-1 require_tls=1 "},
    {{"--tls=auto", "--smtps=1465"}, {NULL}, "smtps=1465 "},
    {{"--tls=auto", "--smtps=0"}, {NULL}, "smtps=0 "},
    {{"--smtps=off"}, {"DSMTPD_SMTPS", "465"}, "smtps=-1 "},
    {{"--state-directory=/s"}, {NULL}, "state=/s "},

    {{"--direc=/x", "-p", "7", "--max-rec", "9"},
     {NULL},
     "port=7 interfaces=127.0.0.1 directory=/x max_size=33554432 "
     "recipients=9 "},
    {{"-p", "7", "--"}, {NULL}, "port=7 "},
};

static void options_are_read_from_command_line_and_environment(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse(good[i].words, good[i].environment, &error);
    g_assert_no_error(error);
    g_autofree char *shown = show(options);
    if (!strstr(shown, good[i].expected)) {
      g_test_message("row %" G_GSIZE_FORMAT ": \"%s\" is not in \"%s\"", i, good[i].expected, shown);
      g_test_fail();
    }
  }
}

#define ALLOWED_PORT "give 0 to 65535 (0: any free one)"
#define ALLOWED_DURATION "give a number with suffix s, m, h or d, up to 36500d (0: no limit)"
#define ALLOWED_NETWORK "give an address, a network such as 192.0.2.0/24 or 2001:db8::/32, or unix"
#define ALLOWED_PATTERN "give a regular expression, as in @example\\.com$"
#define ALLOWED_MODE "give three octal digits, 600 to 666, that let the owner read and write and nobody execute"
#define ALLOWED_SIZE "give a number of bytes, or one with suffix K, M or G (0: no limit)"
#define ALLOWED_INTERFACE "give an address, a host name or unix:/path"
#define ALLOWED_SWITCH "give 1, true, yes or on, or 0, false, no or off"

static const struct {
  const char *words[WORDS_MAX];
  const char *environment[2 * VARIABLES_MAX];
  OptionsError code;
  const char *message;
} bad[] = {
    {{"-p", "65536"}, {NULL}, OPTIONS_ERROR_VALUE, "--port: \"65536\" is not a valid port; " ALLOWED_PORT},
    {{"-p", "-1"}, {NULL}, OPTIONS_ERROR_VALUE, "--port: \"-1\" is not a valid port; " ALLOWED_PORT},
    {{"-p", " 25"}, {NULL}, OPTIONS_ERROR_VALUE, "--port: \" 25\" is not a valid port; " ALLOWED_PORT},
    {{"-p", "25x"}, {NULL}, OPTIONS_ERROR_VALUE, "--port: \"25x\" is not a valid port; " ALLOWED_PORT},
    {{"-p", ""}, {NULL}, OPTIONS_ERROR_VALUE, "--port: \"\" is not a valid port; " ALLOWED_PORT},
    {{"-p", "1\n2"}, {NULL}, OPTIONS_ERROR_VALUE, "--port: \"1\\n2\" is not a valid port; " ALLOWED_PORT},
    {{"-p"}, {NULL}, OPTIONS_ERROR_VALUE, "--port: the port is missing; " ALLOWED_PORT},
    {{"--port"}, {NULL}, OPTIONS_ERROR_VALUE, "--port: the port is missing; " ALLOWED_PORT},
    {{NULL}, {"DSMTPD_PORT", "x"}, OPTIONS_ERROR_VALUE, "DSMTPD_PORT: \"x\" is not a valid port; " ALLOWED_PORT},

    {{"-i", ""}, {NULL}, OPTIONS_ERROR_VALUE, "--interface: \"\" is not a valid interface; " ALLOWED_INTERFACE},
    {{NULL},
     {"DSMTPD_INTERFACE", " , "},
     OPTIONS_ERROR_VALUE,
     "DSMTPD_INTERFACE: \"\" is not a valid interface; " ALLOWED_INTERFACE},
    {{"-d", ""}, {NULL}, OPTIONS_ERROR_VALUE, "--directory: \"\" is not a valid directory; give a path"},

    {{"-s", "-1"}, {NULL}, OPTIONS_ERROR_VALUE, "--max-size: \"-1\" is not a valid size; " ALLOWED_SIZE},
    {{"-s", "M"}, {NULL}, OPTIONS_ERROR_VALUE, "--max-size: \"M\" is not a valid size; " ALLOWED_SIZE},
    {{"-s", "1MB"}, {NULL}, OPTIONS_ERROR_VALUE, "--max-size: \"1MB\" is not a valid size; " ALLOWED_SIZE},
    {{"-s", "1.5M"}, {NULL}, OPTIONS_ERROR_VALUE, "--max-size: \"1.5M\" is not a valid size; " ALLOWED_SIZE},
    {{"-s", "9223372036854775808"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--max-size: \"9223372036854775808\" is not a valid size; " ALLOWED_SIZE},
    {{"-s", "8589934592G"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--max-size: \"8589934592G\" is not a valid size; " ALLOWED_SIZE},
    {{NULL},
     {"DSMTPD_MAX_SIZE", "big"},
     OPTIONS_ERROR_VALUE,
     "DSMTPD_MAX_SIZE: \"big\" is not a valid size; " ALLOWED_SIZE},

    {{"--sync=maybe"}, {NULL}, OPTIONS_ERROR_VALUE, "--sync: \"maybe\" is not a valid sync mode; give always or none"},
    {{"--sync"}, {NULL}, OPTIONS_ERROR_VALUE, "--sync: the sync mode is missing; give always or none"},
    {{NULL},
     {"DSMTPD_SYNC", "NONE"},
     OPTIONS_ERROR_VALUE,
     "DSMTPD_SYNC: \"NONE\" is not a valid sync mode; give always or none"},
    {{"--log-format", "xml"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--log-format: \"xml\" is not a valid log format; give text or json"},

    {{"--tls=on"}, {NULL}, OPTIONS_ERROR_VALUE, "--tls: \"on\" is not a valid TLS mode; give off or auto"},
    {{"--tls-cert="}, {NULL}, OPTIONS_ERROR_VALUE, "--tls-cert: \"\" is not a valid file; give the path of a file"},
    {{"--tls-name="},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--tls-name: \"\" is not a valid name; give a host name or an address"},
    {{"--smtps=on"}, {NULL}, OPTIONS_ERROR_VALUE, "--smtps: \"on\" is not a valid port; " ALLOWED_PORT " or off"},
    {{"--tls=auto", "--tls-cert=a"},
     {NULL},
     OPTIONS_ERROR_CONFLICT,
     "--tls=auto generates a certificate: give it or --tls-cert, not both"},
    {{"--tls-cert=a", "--tls-key=b", "--tls-key=c"},
     {NULL},
     OPTIONS_ERROR_CONFLICT,
     "there are more --tls-key than --tls-cert: give a certificate for each key"},
    {{NULL},
     {"DSMTPD_SMTPS", "465"},
     OPTIONS_ERROR_CONFLICT,
     "--smtps needs a certificate: give --tls=auto or --tls-cert"},
    {{"--require-tls"},
     {NULL},
     OPTIONS_ERROR_CONFLICT,
     "--require-tls needs a certificate: give --tls=auto or --tls-cert"},

    {{"--file-mode=0"}, {NULL}, OPTIONS_ERROR_VALUE, "--file-mode: \"0\" is not a valid file mode; " ALLOWED_MODE},
    {{"--file-mode=755"}, {NULL}, OPTIONS_ERROR_VALUE, "--file-mode: \"755\" is not a valid file mode; " ALLOWED_MODE},
    {{"--file-mode=4600"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--file-mode: \"4600\" is not a valid file mode; " ALLOWED_MODE},
    {{"--file-mode=644x"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--file-mode: \"644x\" is not a valid file mode; " ALLOWED_MODE},
    {{"--file-mode=689"}, {NULL}, OPTIONS_ERROR_VALUE, "--file-mode: \"689\" is not a valid file mode; " ALLOWED_MODE},
    {{"--file-mode=u=rw"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--file-mode: \"u=rw\" is not a valid file mode; " ALLOWED_MODE},
    {{"--file-mode=466"}, {NULL}, OPTIONS_ERROR_VALUE, "--file-mode: \"466\" is not a valid file mode; " ALLOWED_MODE},
    {{NULL},
     {"DSMTPD_FILE_MODE", "rw"},
     OPTIONS_ERROR_VALUE,
     "DSMTPD_FILE_MODE: \"rw\" is not a valid file mode; " ALLOWED_MODE},
    {{"--timeout=0"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--timeout: \"0\" is not a valid number of seconds; give 1 to 86400"},
    {{"--timeout=86401"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--timeout: \"86401\" is not a valid number of seconds; give 1 to 86400"},
    {{"--max-connections=0"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--max-connections: \"0\" is not a valid number of connections; give 1 to 1000000"},
    {{"--max-messages=1000000001"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--max-messages: \"1000000001\" is not a valid number of messages; give 0 to 1000000000"},
    {{"--max-age=7"}, {NULL}, OPTIONS_ERROR_VALUE, "--max-age: \"7\" is not a valid duration; " ALLOWED_DURATION},
    {{"--max-age=d"}, {NULL}, OPTIONS_ERROR_VALUE, "--max-age: \"d\" is not a valid duration; " ALLOWED_DURATION},
    {{"--max-age="}, {NULL}, OPTIONS_ERROR_VALUE, "--max-age: \"\" is not a valid duration; " ALLOWED_DURATION},
    {{"--max-age=1d2h"}, {NULL}, OPTIONS_ERROR_VALUE, "--max-age: \"1d2h\" is not a valid duration; " ALLOWED_DURATION},
    {{"--max-age=-1d"}, {NULL}, OPTIONS_ERROR_VALUE, "--max-age: \"-1d\" is not a valid duration; " ALLOWED_DURATION},
    {{"--max-age=36501d"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--max-age: \"36501d\" is not a valid duration; " ALLOWED_DURATION},
    {{"--max-age=3153600001s"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--max-age: \"3153600001s\" is not a valid duration; " ALLOWED_DURATION},
    {{"--proxy-protocol=10.0.0.1/8"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--proxy-protocol: \"10.0.0.1/8\" has bits set after its prefix, so the address or the length is "
     "wrong; " ALLOWED_NETWORK},
    {{NULL},
     {"DSMTPD_XCLIENT", "127.0.0.1 localhost"},
     OPTIONS_ERROR_VALUE,
     "DSMTPD_XCLIENT: \"localhost\" does not begin with an IP address; " ALLOWED_NETWORK},
    {{"--allow-recipients=a("},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--allow-recipients: \"a(\" is not a valid pattern: at byte 2: missing closing parenthesis; " ALLOWED_PATTERN},
    {{"--reject-recipients="},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--reject-recipients: \"\" is not a valid pattern; " ALLOWED_PATTERN},
    {{"--xclient"}, {NULL}, OPTIONS_ERROR_VALUE, "--xclient: the network is missing; " ALLOWED_NETWORK},
    {{"--max-recipients=0"},
     {NULL},
     OPTIONS_ERROR_VALUE,
     "--max-recipients: \"0\" is not a valid number of recipients; give 1 to 1000000"},

    {{"--quiet=1"}, {NULL}, OPTIONS_ERROR_VALUE, "--quiet: takes no value"},
    {{NULL},
     {"DSMTPD_QUIET", "maybe"},
     OPTIONS_ERROR_VALUE,
     "DSMTPD_QUIET: \"maybe\" is not a valid switch; " ALLOWED_SWITCH},

    {{"--prot", "3"}, {NULL}, OPTIONS_ERROR_UNKNOWN, "there is no option --prot; did you mean --port?"},
    {{"--max-sise=3"}, {NULL}, OPTIONS_ERROR_UNKNOWN, "there is no option --max-sise; did you mean --max-size?"},
    {{"--max=3"}, {NULL}, OPTIONS_ERROR_UNKNOWN, "there is no option --max; see --help"},
    {{"--frobnicate"}, {NULL}, OPTIONS_ERROR_UNKNOWN, "there is no option --frobnicate; see --help"},
    {{"-x"}, {NULL}, OPTIONS_ERROR_UNKNOWN, "there is no option -x; see --help"},
    {{"-qx", "-p", "1"}, {NULL}, OPTIONS_ERROR_UNKNOWN, "there is no option -x; see --help"},
    {{"mail"}, {NULL}, OPTIONS_ERROR_UNKNOWN, "\"mail\" is not a value of any option; see --help"},
    {{"-p", "1", "--", "-q"}, {NULL}, OPTIONS_ERROR_UNKNOWN, "\"-q\" is not a value of any option; see --help"},
};

static void errors_say_what_was_wrong_and_what_is_allowed(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(bad[i].words, bad[i].environment, &error));
    g_assert_error(error, OPTIONS_ERROR, (int)bad[i].code);
    g_assert_cmpstr(error->message, ==, bad[i].message);
  }
}

static void very_long_unknown_option_is_rejected_like_any(void) {
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_strnfill(100 * 1000, 'x');
  g_autofree char *word = g_strconcat("--", name, NULL);

  g_assert_null(parse((const char *[]){word, NULL}, (const char *[]){NULL}, &error));
  g_assert_error(error, OPTIONS_ERROR, OPTIONS_ERROR_UNKNOWN);
}

static void help_and_version_ask_for_nothing_else(void) {
  static const struct {
    const char *words[WORDS_MAX];
    OptionsAction action;
  } rows[] = {
      {{"-h"}, OPTIONS_SHOW_HELP},
      {{"--help", "--no-such-option"}, OPTIONS_SHOW_HELP},
      {{"-q", "--version"}, OPTIONS_SHOW_VERSION},
      {{"--version", "-h"}, OPTIONS_SHOW_VERSION},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse(rows[i].words, (const char *[]){"DSMTPD_PORT", "wrong", NULL}, &error);
    g_assert_no_error(error);
    g_assert_cmpint(options->action, ==, rows[i].action);
  }
}

static void version_is_one_line(void) {
  g_assert_cmpstr(options_version(), ==, "dsmtpd " DSMTPD_VERSION);
}

static void help_names_every_option_and_fits_the_screen(void) {
  g_autofree char *help = options_help("");
  g_auto(GStrv) lines = g_strsplit(help, "\n", -1);

  for (const Option *option = option_table(); option->name; option++) {
    g_autofree char *name = g_strconcat("--", option->name, NULL);
    g_assert_nonnull(strstr(help, name));
    g_autofree char *variable = option_variable(option);
    g_assert_true(variable == NULL || strstr(help, variable) != NULL);
    g_assert_true(option->default_text == NULL || strstr(help, option->default_text) != NULL);
  }
  for (char **line = lines; *line; line++)
    g_assert_cmpuint(strlen(*line), <=, HELP_COLUMNS_MAX);
}

static void table_is_consistent(void) {
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (const Option *option = option_table(); option->name; option++) {
    g_assert_true(g_hash_table_add(seen, g_strdup(option->name)));
    g_assert_true(option->letter == '\0' || g_hash_table_add(seen, g_strdup_printf("%c", option->letter)));
    g_assert_true((option->type == OPTION_SWITCH) == (option->value_name == NULL));
    g_assert_true((option->type == OPTION_CHOICE) == (option->choices != NULL));
  }
}

static void variables_are_derived_from_names(void) {
  static const struct {
    Option option;
    const char *variable; /* NULL: none */
  } rows[] = {
      {{.name = "port", .scope = OPTION_SCOPE_SERVER}, "DSMTPD_PORT"},
      {{.name = "max-size", .scope = OPTION_SCOPE_INBOX}, "DSMTPD_MAX_SIZE"},
      {{.name = "server", .scope = OPTION_SCOPE_SERVER}, "DSMTPD_URL"},
      {{.name = "help"}, NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *variable = option_variable(&rows[i].option);
    g_assert_cmpstr(variable, ==, rows[i].variable);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/app/options/" #name, name)
  ADD(defaults_are_those_documented);
  ADD(options_are_read_from_command_line_and_environment);
  ADD(errors_say_what_was_wrong_and_what_is_allowed);
  ADD(very_long_unknown_option_is_rejected_like_any);
  ADD(help_and_version_ask_for_nothing_else);
  ADD(version_is_one_line);
  ADD(help_names_every_option_and_fits_the_screen);
  ADD(table_is_consistent);
  ADD(variables_are_derived_from_names);
#undef ADD
  return g_test_run();
}
