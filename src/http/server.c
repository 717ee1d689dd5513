#include "http/server.h"
#include "http/session.h"
#include <string.h>

enum { BODY_READERS_MAX = 2 };

struct HttpServer {
  HttpContext context;
};

/* A session at its connection. */
typedef struct Client {
  HttpContext *context;
  NetClient *client;
  NetConn *conn;
  HttpSession *session;
  gboolean is_dropped;
} Client;

static gsize unsent(const Client *client) {
  return evbuffer_get_length(net_conn_output(client->conn));
}

/* What ends gets little time to be sent, so most of a long answer is sent before. */
static NetStep step(gpointer session) {
  static const NetStep steps[] = {
      [HTTP_SESSION_READING] = NET_STEP_WAIT, [HTTP_SESSION_WAITING] = NET_STEP_WAIT,
      [HTTP_SESSION_BLOCKED] = NET_STEP_WAIT, [HTTP_SESSION_DONE] = NET_STEP_DONE,
      [HTTP_SESSION_CUT] = NET_STEP_CUT,      [HTTP_SESSION_DROPPED] = NET_STEP_DROPPED,
  };
  const Client *client = session;

  if (client->is_dropped)
    return NET_STEP_DROPPED;
  HttpSessionStatus status = http_session_read(client->session, net_conn_input(client->conn));
  gboolean may_go_on = status != HTTP_SESSION_READING && status != HTTP_SESSION_DROPPED;
  return may_go_on && unsent(client) > NET_CONN_OUTPUT_LOW ? NET_STEP_BLOCKED : steps[status];
}

static gint64 time_left_ms(gpointer session) {
  const Client *client = session;

  return http_session_time_left_ms(client->session, unsent(client));
}

static void expire(gpointer session) {
  http_session_expire(((Client *)session)->session);
}

static void input_ended(gpointer session) {
  http_session_input_ended(((Client *)session)->session);
}

static void stop(gpointer session, gboolean now) {
  Client *client = session;

  client->is_dropped = now;
  if (!now)
    http_session_shut_down(client->session);
}

static void wake_cb(gpointer user_data) {
  net_client_wake(((Client *)user_data)->client);
}

static gpointer session_new(gpointer data, NetClient *net_client, const NetOrigin *origin) {
  HttpServer *server = data;
  Client *client = g_new0(Client, 1);

  client->context = &server->context;
  client->client = net_client;
  client->conn = net_client_conn(net_client);
  client->session = http_session_new(&server->context, origin, net_conn_output(client->conn), wake_cb, client);
  server->context.counters.n_connections++;
  server->context.counters.n_open_connections++;
  return client;
}

static void session_free(gpointer session) {
  Client *client = session;

  http_session_free(client->session);
  client->context->counters.n_open_connections--;
  g_free(client);
}

static char *turn_away(gpointer data, NetTurnedAway why) {
  static const char *const reasons[] = {
      [NET_TURNED_AWAY_ALL] = "too many connections; try again later\n",
      [NET_TURNED_AWAY_ADDRESS] = "too many connections from your address; close some of them first\n",
  };
  HttpServer *server = data;

  server->context.counters.n_not_taken++;
  return g_strdup_printf("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
                         "Retry-After: 1\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                         strlen(reasons[why]), reasons[why]);
}

const NetProtocol http_protocol = {
    .session_new = session_new,
    .step = step,
    .time_left_ms = time_left_ms,
    .expire = expire,
    .input_ended = input_ended,
    .stop = stop,
    .session_free = session_free,
    .turn_away = turn_away,
};

HttpServer *http_server_new(struct event_base *base, LoopQueue *queue, const HttpServerOptions *options,
                            const HttpRoutes *routes, const HttpGate *gate, HttpLogin *login, HttpAnswered answered,
                            gpointer user_data) {
  HttpServer *server = g_new0(HttpServer, 1);

  server->context = (HttpContext){
      .base = base,
      .queue = queue,
      .compressors = strand_new(loop_queue_crew(queue), 1, STRAND_LONG),
      .body_readers = strand_new(loop_queue_crew(queue), BODY_READERS_MAX, STRAND_LONG),
      .routes = routes,
      .gate = gate,
      .login = login,
      .budget = http_budget_new(options->max_held_bytes),
      .keep_alive_ms = options->keep_alive_ms,
      .answered = answered,
      .user_data = user_data,
  };
  return server;
}

const HttpCounters *http_server_counters(const HttpServer *server) {
  return &server->context.counters;
}

/* What helper threads still have to say is said to requests and answers without a session. */
void http_server_free(HttpServer *server) {
  if (!server)
    return;
  strand_close(server->context.compressors, NULL, NULL);
  strand_close(server->context.body_readers, NULL, NULL);
  http_budget_unref(server->context.budget);
  g_free(server);
}
