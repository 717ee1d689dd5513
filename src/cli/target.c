#include "cli/target.h"
#include "cli/local.h"
#include "cli/project.h"
#include "cli/server_list.h"
#include "net/address.h"
#include "syntax/http_host.h"
#include "tls/client.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct Target {
  struct event_base *base;
  char *name;
  char *maildir; /* the real path of the Maildir opened here; NULL: a server is asked */
  char *prefix;
  Local *local; /* NULL: a server is asked */
  /* the server */
  char *interface; /* host, address or unix:/path */
  guint16 port;
  char *authority;     /* for the header Host */
  char *authorization; /* NULL: nobody logs in */
  char *ca_file;       /* NULL: what the system trusts */
  gboolean is_https;
  gboolean is_smtp; /* the server has no HTTP */
  /* of the search */
  gboolean is_server_wanted; /* no Maildir is opened here, and the certificate of a server found does not matter */
  guint connect_ms;
};

void target_free(Target *target) {
  if (!target)
    return;
  local_close(target->local);
  event_base_free(target->base);
  g_free(target->name);
  free(target->maildir);
  g_free(target->prefix);
  g_free(target->interface);
  g_free(target->authority);
  g_free(target->authorization);
  g_free(target->ca_file);
  g_free(target);
}

const char *target_name(const Target *target) {
  return target->name;
}

const char *target_key(const Target *target) {
  return target->maildir ? target->maildir : target->name;
}

const char *target_page(const Target *target) {
  gboolean is_url = !target->local && !target->is_smtp && !g_str_has_prefix(target->name, NET_UNIX_PREFIX);

  return is_url ? target->name : NULL;
}

struct event_base *target_base(const Target *target) {
  return target->base;
}

const char *target_prefix(const Target *target) {
  return target->prefix;
}

/* --- URLs */

/* "http://:token@host" for a token, "http://name:password@host" for a login. */
static char *authorization_of(const char *user, const char *password) {
  if (!password)
    return NULL;
  if (!user || *user == '\0')
    return g_strconcat("Bearer ", password, NULL);
  g_autofree char *plain = g_strconcat(user, ":", password, NULL);
  g_autofree char *encoded = g_base64_encode((const guint8 *)plain, strlen(plain));
  return g_strconcat("Basic ", encoded, NULL);
}

static gboolean set_url_error(const char *url, GError **error) {
  return cli_fail(error, EXIT_CODE_USAGE,
                  "\"%s\" is not the URL of a server; give one as in http://127.0.0.1:8025 or unix:/path", url);
}

static gboolean set_unix_socket(Target *target, const char *url) {
  target->interface = g_strdup(url);
  target->authority = g_strdup("localhost");
  target->name = g_strdup(url);
  target->prefix = g_strdup("");
  return TRUE;
}

/* What has been encoded stays as it is, so that the path is one to send. */
static gboolean set_url(Target *target, const char *url, GError **error) {
  const GUriFlags flags = G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH;

  if (g_str_has_prefix(url, NET_UNIX_PREFIX))
    return set_unix_socket(target, url);
  g_autoptr(GUri) uri = g_uri_parse(url, flags, NULL);
  const char *host = uri ? g_uri_get_host(uri) : NULL;
  int port = uri ? g_uri_get_port(uri) : -1;
  if (!host || *host == '\0' || port > G_MAXUINT16)
    return set_url_error(url, error);
  const char *scheme = g_uri_get_scheme(uri);
  target->is_https = strcmp(scheme, "https") == 0;
  if (!target->is_https && strcmp(scheme, "http") != 0)
    return set_url_error(url, error);

  guint16 usual_port = target->is_https ? HTTPS_PORT : HTTP_PORT;
  target->port = port > 0 ? (guint16)port : usual_port;
  gboolean is_ip6 = strchr(host, ':') != NULL;
  g_autofree char *shown_port = target->port == usual_port ? g_strdup("") : g_strdup_printf(":%u", target->port);
  target->authority = g_strconcat(is_ip6 ? "[" : "", host, is_ip6 ? "]" : "", shown_port, NULL);
  target->authorization = authorization_of(g_uri_get_user(uri), g_uri_get_password(uri));
  target->interface = g_strdup(host);
  const char *path = g_uri_get_path(uri);
  gsize path_len = strlen(path);
  target->prefix = g_strndup(path, path_len > 0 && path[path_len - 1] == '/' ? path_len - 1 : path_len);
  target->name = g_strconcat(scheme, "://", target->authority, target->prefix, NULL);
  return TRUE;
}

/* --- which one */

static const ServerFacts *server_of(const GPtrArray *servers, const char *directory) {
  g_autofree char *real = realpath(directory, NULL);

  for (guint i = 0; real && i < servers->len; i++) {
    const ServerFacts *server = g_ptr_array_index(servers, i);
    if (strcmp(server->maildir, real) == 0)
      return server;
  }
  return NULL;
}

static gboolean set_smtp(Target *target, const ServerFacts *server) {
  gboolean is_socket = g_str_has_prefix(server->smtp_host, NET_UNIX_PREFIX);

  target->is_smtp = TRUE;
  target->interface = g_strdup(server->smtp_host);
  target->port = server->smtp_port;
  target->name = is_socket ? g_strdup(server->smtp_host) : g_strdup_printf("SMTP port %u", server->smtp_port);
  target->prefix = g_strdup("");
  return TRUE;
}

static gboolean set_directory(Target *target, const char *directory, const GPtrArray *servers, GError **error) {
  const ServerFacts *server = server_of(servers, directory);

  if (server && server->http) {
    target->ca_file = g_strdup(server->ca_file);
    return set_url(target, server->http, error);
  }
  if (target->is_server_wanted && server)
    return set_smtp(target, server);
  if (target->is_server_wanted)
    return cli_fail(error, EXIT_CODE_NO_SERVER, "no server has %s open", directory);
  target->local = local_open(directory, target->base, error);
  target->name = g_strdup(directory);
  target->maildir = realpath(directory, NULL);
  target->prefix = g_strdup("");
  return target->local != NULL;
}

static gboolean set_server(Target *target, const ServerFacts *server, const GPtrArray *servers, GError **error) {
  return set_directory(target, server->maildir, servers, error);
}

/* They stand above the error. */
static gboolean set_several_error(const CommandCall *call, const GPtrArray *servers, GError **error) {
  g_autoptr(Output) output = output_new(stderr, call->get_variable);

  server_list_print(output, servers);
  return cli_fail(error, EXIT_CODE_NO_SERVER, "several servers run: choose one with -d MAILDIR or --server URL");
}

/* Nobody said where. */
static gboolean set_by_itself(Target *target, const CommandCall *call, const GPtrArray *servers, GError **error) {
  g_autoptr(GPtrArray) nearest = project_servers(servers, ".");

  if (nearest->len == 1)
    return set_server(target, g_ptr_array_index(nearest, 0), servers, error);
  if (nearest->len > 1)
    return set_several_error(call, nearest, error);
  if (local_is_maildir(".") && !target->is_server_wanted)
    return set_directory(target, ".", servers, error);
  if (servers->len == 1)
    return set_server(target, g_ptr_array_index(servers, 0), servers, error);
  if (servers->len > 1)
    return set_several_error(call, servers, error);
  return cli_fail(error, EXIT_CODE_NO_SERVER,
                  "no server runs here; start dsmtpd, or say where to look with --server URL or -d MAILDIR");
}

static gboolean find(Target *target, const CommandCall *call, GError **error) {
  const CommandCommon *common = call->common;

  if (common->server)
    return set_url(target, common->server, error);
  g_autoptr(GPtrArray) servers = server_list_read(call->get_variable);
  if (common->directory)
    return set_directory(target, common->directory, servers, error);
  return set_by_itself(target, call, servers, error);
}

static Target *target_new(void) {
  Target *target = g_new0(Target, 1);

  target->base = event_base_new();
  target->connect_ms = TARGET_CONNECT_MS;
  return target;
}

Target *target_find(const CommandCall *call, GError **error) {
  g_autoptr(Target) target = target_new();

  return find(target, call, error) ? g_steal_pointer(&target) : NULL;
}

Target *target_find_server(const CommandCall *call, guint connect_ms, GError **error) {
  g_autoptr(Target) target = target_new();

  target->is_server_wanted = TRUE;
  target->connect_ms = connect_ms;
  return find(target, call, error) ? g_steal_pointer(&target) : NULL;
}

gboolean target_is_smtp(const Target *target) {
  return target->is_smtp;
}

/* --- connecting */

/* 0, or errno. */
static int wait_until_connected(int fd, guint connect_ms) {
  struct pollfd wish = {.fd = fd, .events = POLLOUT};
  int failure = 0;
  socklen_t len = sizeof failure;
  int n_ready;

  do
    n_ready = poll(&wish, 1, (int)connect_ms);
  while (n_ready < 0 && errno == EINTR);
  if (n_ready == 0)
    return ETIMEDOUT;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) == 0 ? failure : errno;
}

/* A connected socket, or -1 with *out_failure set. */
static int connect_to(const NetAddress *address, guint connect_ms, int *out_failure) {
  int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0) {
    *out_failure = errno;
    return -1;
  }
  *out_failure = connect(fd, (const struct sockaddr *)&address->storage, address->len) == 0 ? 0 : errno;
  if (*out_failure == EINPROGRESS)
    *out_failure = wait_until_connected(fd, connect_ms);
  if (*out_failure == 0)
    return fd;
  close(fd);
  return -1;
}

int target_connect_socket(const Target *target, GError **error) {
  g_autoptr(GError) unresolved = NULL;
  g_autoptr(GArray) addresses = net_address_resolve(target->interface, target->port, &unresolved);
  int failure = 0, fd = -1;

  for (guint i = 0; addresses && fd < 0 && i < addresses->len; i++)
    fd = connect_to(&g_array_index(addresses, NetAddress, i), target->connect_ms, &failure);
  if (fd < 0)
    cli_fail(error, EXIT_CODE_NO_SERVER, "%s does not answer: %s; is it running there?", target->name,
             unresolved ? unresolved->message : g_strerror(failure));
  return fd;
}

HttpClient *target_connect(Target *target, const HttpClientEvents *events, gpointer user_data, GError **error) {
  TlsStream *stream = NULL;

  if (target->local) {
    int end = local_connect(target->local, error);
    return end < 0 ? NULL : http_client_new(target->base, end, NULL, "localhost", NULL, events, user_data);
  }
  int fd = target_connect_socket(target, error);
  if (fd < 0)
    return NULL;
  if (target->is_https) {
    SSL_CTX *trust = tls_client_trust_new(target->ca_file, error);
    if (trust && target->is_server_wanted && !target->authorization) /* a password goes to the right server only */
      SSL_CTX_set_verify(trust, SSL_VERIFY_NONE, NULL);
    SSL *ssl = trust ? tls_client_connect(trust, target->interface, error) : NULL;
    SSL_CTX_free(trust);
    if (!ssl) {
      close(fd);
      return NULL;
    }
    stream = tls_stream_new_client(ssl);
  }
  return http_client_new(target->base, fd, stream, target->authority, target->authorization, events, user_data);
}

gboolean target_connect_again(Target *target, HttpClient **http, const HttpClientEvents *events, gpointer user_data,
                              GError **error) {
  if (*http)
    event_base_loop(target->base, EVLOOP_NONBLOCK);
  if (*http && http_client_can_ask(*http))
    return TRUE;
  http_client_free(*http);
  *http = target_connect(target, events, user_data, error);
  return *http != NULL;
}
