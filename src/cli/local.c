#include "cli/local.h"
#include "api/api.h"
#include "cli/command.h"
#include "cli/guest.h"
#include "http/server.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, HELD_MAX = 256 * 1024 * 1024 };

struct Local {
  struct event_base *base; /* lent */
  Log *log;
  LoopQueue *queue;
  Inbox *inbox;
  Intake *intake;
  ApiHost host;
  Api *api;
  HttpRoutes *routes;
  HttpGate *gate;
  HttpServer *http;
  NetService *service;
};

gboolean local_is_maildir(const char *place) {
  static const char *const directories[] = {"tmp", "new", "cur"};

  for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
    g_autofree char *path = g_build_filename(place, directories[i], NULL);
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
      return FALSE;
  }
  return TRUE;
}

/* --- the server, of which nothing is to be told */

static void answered_cb(const HttpAccess *access, gpointer user_data) {}

static void serve(Local *local) {
  static const HttpServerOptions http_options = {.max_held_bytes = HELD_MAX, .keep_alive_ms = 25 * 1000};
  static const NetServiceOptions service_options = {.max_connections = CONNECTIONS_MAX};
  static const NetServiceEvents no_events = {0};

  local->routes = http_routes_new("");
  local->gate = http_gate_new(NULL, NULL);
  api_add_routes(local->api, local->routes);
  local->http =
      http_server_new(local->base, local->queue, &http_options, local->routes, local->gate, NULL, answered_cb, local);
  local->service = net_service_new(local->base, &service_options, &http_protocol, local->http, &no_events, local);
  local->host.http = http_server_counters(local->http);
  api_start(local->api, local->inbox);
}

/* --- opening */

Local *local_open(const char *place, struct event_base *base, GError **error) {
  g_autoptr(Local) local = g_new0(Local, 1);

  if (!local_is_maildir(place)) {
    cli_fail(error, EXIT_CODE_INVALID_MAILDIR,
             "%s is not a Maildir: tmp, new or cur is missing; a server creates them with --init", place);
    return NULL;
  }
  local->base = base;
  local->log = log_new(base, STDERR_FILENO, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
  local->queue = loop_queue_new(base, error);
  local->intake = intake_new(local->log, 0);
  local->host = (ApiHost){.intake = local->intake};
  local->inbox = local->queue ? guest_open(place, local->queue, error) : NULL;
  if (!local->inbox)
    return NULL;
  intake_open(local->intake, local->inbox, local->queue);
  local->api = api_new(local->queue, &local->host);
  serve(local);
  return guest_take_all_in(local->inbox, local->queue, NULL, NULL, error) ? g_steal_pointer(&local) : NULL;
}

int local_connect(Local *local, GError **error) {
  int ends[2];

  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    cli_fail(error, EXIT_CODE_FAILED, "cannot create a pair of sockets: %s", g_strerror(errno));
    return -1;
  }
  net_service_take(local->service, ends[1]);
  return ends[0];
}

/* In the order of a server's end (app/server_run.c). */
void local_close(Local *local) {
  if (!local)
    return;
  net_service_free(local->service);
  http_server_free(local->http);
  api_close(local->api);
  intake_close(local->intake);
  inbox_end(local->inbox);
  g_clear_pointer(&local->queue, loop_queue_free);
  intake_free(local->intake);
  g_clear_pointer(&local->gate, http_gate_free);
  g_clear_pointer(&local->routes, http_routes_free);
  log_free(local->log);
  g_free(local);
}
