/* Whatever fails in the keeper, each route answers with a status, one line of text, and once. */
#include "api/api_private.h"
#include "http/server.h"
#include "inbox/error.h"
#include "support/memory_inbox.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE                                                                                                        \
  "From: A <a@example.com>\nTo: b@example.com\nSubject: One\nMessage-ID: <1@example.com>\nX-Tags: tagged\n"            \
  "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n<p>Hello <a "                          \
  "href=\"https://example.com/\">you</a>\n--x\nContent-Type: application/octet-stream\nContent-Disposition: "          \
  "attachment; filename=a.bin\n\nabc\n--x--\n"

typedef struct Fixture {
  MemoryInbox inbox;
  Log *log;
  Intake *intake;
  ApiHost host;
  Api *api;
  HttpRoutes *routes;
  HttpGate *gate;
  HttpServer *http;
  NetServiceOptions service_options;
  NetService *service;
  int client; /* the other end of a request's connection */
  GString *response;
  guint n_ended;
} Fixture;

static void answered_cb(const HttpAccess *access, gpointer user_data) {}

static void set_up(Fixture *fixture, gconstpointer data) {
  static const HttpServerOptions options = {.max_held_bytes = 64 * 1024 * 1024, .keep_alive_ms = 25 * 1000};
  static const NetServiceEvents no_events = {0};

  memory_inbox_init(&fixture->inbox);
  fixture->log =
      log_new(fixture->inbox.base, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
  fixture->intake = intake_new(fixture->log, 0);
  intake_open(fixture->intake, fixture->inbox.inbox, fixture->inbox.queue);
  fixture->host = (ApiHost){.intake = fixture->intake};
  fixture->api = api_new(fixture->inbox.queue, &fixture->host);
  fixture->routes = http_routes_new("");
  fixture->gate = http_gate_new(NULL, NULL);
  api_add_routes(fixture->api, fixture->routes);
  fixture->http = http_server_new(fixture->inbox.base, fixture->inbox.queue, &options, fixture->routes, fixture->gate,
                                  NULL, answered_cb, NULL);
  fixture->service_options.max_connections = 4;
  fixture->service =
      net_service_new(fixture->inbox.base, &fixture->service_options, &http_protocol, fixture->http, &no_events, NULL);
  fixture->host.http = http_server_counters(fixture->http);
  fixture->response = g_string_new(NULL);
  api_start(fixture->api, fixture->inbox.inbox);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  net_service_free(fixture->service);
  http_server_free(fixture->http);
  api_close(fixture->api);
  intake_close(fixture->intake);
  memory_inbox_end(&fixture->inbox);
  intake_free(fixture->intake);
  http_gate_free(fixture->gate);
  http_routes_free(fixture->routes);
  log_free(fixture->log);
  event_base_free(fixture->inbox.base);
  g_string_free(fixture->response, TRUE);
}

/* --- one request */

static void read_cb(evutil_socket_t fd, short events, void *data) {
  Fixture *fixture = data;
  char bytes[16 * 1024];
  gssize n_bytes = read(fd, bytes, sizeof bytes);

  if (n_bytes > 0)
    g_string_append_len(fixture->response, bytes, n_bytes);
  else
    fixture->n_ended++;
}

/* Sends it and reads until the server closes. Returns the status. */
static guint ask(Fixture *fixture, const char *method, const char *path, const char *body) {
  g_autofree char *request = g_strdup_printf("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                                             method, path, strlen(body), body);
  int ends[2];
  guint n_ended = fixture->n_ended;

  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_cmpint(write(ends[0], request, strlen(request)), ==, (gssize)strlen(request));
  net_service_take(fixture->service, ends[1]);
  struct event *event = event_new(fixture->inbox.base, ends[0], EV_READ | EV_PERSIST, read_cb, fixture);
  g_string_truncate(fixture->response, 0);
  event_add(event, NULL);
  memory_inbox_turn(&fixture->inbox, &fixture->n_ended, n_ended + 1);
  event_free(event);
  close(ends[0]);
  g_assert_true(g_str_has_prefix(fixture->response->str, "HTTP/1.1 "));
  return (guint)g_ascii_strtoull(fixture->response->str + strlen("HTTP/1.1 "), NULL, 10);
}

/* --- the routes */

typedef enum {
  ANSWERS_AT_ONCE,
  STREAMS,          /* what fails after the head cuts the answer off, but a message that is gone is left out */
  SAYS_JSON,        /* {"Error": "..."} */
  NAMES_A_TAG,      /* of an unknown one is said 400, as Mailpit does */
  MARKS_BY_THE_WAY, /* that a message could not be marked as read does not keep it from being shown */
} Manner;

typedef struct Case {
  const char *method;
  const char *pattern; /* of the route */
  const char *query;   /* behind the path */
  const char *body;    /* "{id}" in it is the message's, as it is in the pattern */
  Manner manner;
} Case;

static const Case cases[] = {
    {"GET", "/api/v1/message/{id}/html-check", "", ""},
    {"GET", "/api/v1/export", "?query=One", "", STREAMS},
    {"GET", "/api/v1/message/{id}/links", "", ""},
    {"GET", "/api/v1/message/{id}/remote", "", ""},
    {"GET", "/api/v1/message/{id}/codes", "", ""},
    {"GET", "/api/v1/message/{id}/diagnostics", "", ""},
    {"GET", "/api/v1/message/{id}/checks", "", ""},
    {"GET", "/api/v1/info", "", ""},
    {"GET", "/api/v1/messages", "", ""},
    {"GET", "/api/v1/search", "?query=One", ""},
    {"DELETE", "/api/v1/search", "?query=One", ""},
    {"GET", "/api/v2/messages", "", "", STREAMS},
    {"GET", "/api/v2/search", "?kind=containing&query=One", "", STREAMS},
    {"GET", "/api/v1/messages/{id}", "", ""},
    {"DELETE", "/api/v1/messages/{id}", "", ""},
    {"GET", "/api/v1/messages/{id}/download", "", ""},
    {"GET", "/api/v1/messages/{id}/mime/part/{part}/download", "", ""},
    {"GET", "/mailhog/api/v1/messages", "", "", STREAMS},
    {"DELETE", "/mailhog/api/v1/messages", "", ""},
    {"PUT", "/api/v1/messages", "", "{\"IDs\":[\"{id}\"],\"Read\":true}"},
    {"DELETE", "/api/v1/messages", "", "{\"IDs\":[\"{id}\"]}"},
    {"GET", "/api/v1/message/{id}", "", "", MARKS_BY_THE_WAY},
    {"GET", "/api/v1/message/{id}/headers", "", ""},
    {"GET", "/api/v1/message/{id}/structure", "", ""},
    {"GET", "/api/v1/message/{id}/raw", "", ""},
    {"GET", "/api/v1/message/{id}/attachments.zip", "", ""},
    {"GET", "/api/v1/message/{id}/part/{part}", "", ""},
    {"POST", "/api/v1/messages", "?to=a@b.example", "Subject: x\r\n\r\nHello\r\n"},
    {"GET", "/api/v1/recipients", "", ""},
    {"POST", "/api/v1/send", "", "{\"From\":{\"Email\":\"a@b.example\"},\"To\":[{\"Email\":\"c@d.example\"}]}",
     SAYS_JSON},
    {"GET", "/api/v1/message/{id}/session", "", ""},
    {"GET", "/api/v1/attempts", "", ""},
    {"DELETE", "/api/v1/attempts", "", ""},
    {"GET", "/api/v1/tags", "", ""},
    {"PUT", "/api/v1/tags", "", "{\"IDs\":[\"{id}\"],\"Tags\":[\"x\"]}"},
    {"PUT", "/api/v1/tags/{tag}", "", "{\"Name\":\"renamed\"}", NAMES_A_TAG},
    {"DELETE", "/api/v1/tags/{tag}", "", "", NAMES_A_TAG},
    {"GET", "/api/v1/message/{id}/thread", "", ""},
    {"GET", "/view/latest", "", ""},
    {"GET", "/view/{id}.html", "", "", MARKS_BY_THE_WAY},
    {"GET", "/view/{id}.txt", "", "", MARKS_BY_THE_WAY},
    {"GET", "/api/v1/wait", "?timeout=0&after=0", ""},
};

/* Those that ask nothing of the keeper, answer without an end, or go to other servers. */
static const char *const others[] = {
    "/api/events",
    "/api/v1/events",
    "/mailhog/api/v1/events",
    "/api/v1/inboxes",
    "/livez",
    "/readyz",
    "/api/v1/webui",
    "/api/v1/chaos",
    "/metrics",
    "/api/v1/openapi.json",
    "/api/v1/swagger.json",
    "/api/v1/message/{id}/release",
    "/api/v1/message/{id}/link-check",
    "/api/v1/message/{id}/sa-check",
    "/api/v1/message/{id}/part/{part}/thumb",
};

static gboolean has_case(const HttpRoute *route) {
  const char *pattern = route->pattern;
  gboolean found = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS(others) && !found; i++)
    found = strcmp(others[i], pattern) == 0;
  if (g_str_has_prefix(pattern, "/mailhog/api/v") && !found) /* the same under another path */
    pattern += strlen(g_str_has_prefix(pattern, "/mailhog/api/v2") || strstr(pattern, "{id}") ? "/mailhog" : "");
  for (gsize i = 0; i < G_N_ELEMENTS(cases) && !found; i++)
    found = strcmp(cases[i].pattern, pattern) == 0 && strcmp(cases[i].method, route->method) == 0;
  return found;
}

static void every_route_is_asked_or_left_out_for_a_reason(void) {
  for (const HttpRoute *const *table = api_tables; *table; table++)
    for (const HttpRoute *route = *table; route->pattern; route++)
      if (!has_case(route))
        g_error("%s %s: say in this file what it answers when its keeper fails", route->method, route->pattern);
}

/* --- failing */

static char *fill_in(const Fixture *fixture, const char *text) {
  g_autoptr(GString) out = g_string_new(text);

  g_string_replace(out, "{id}", fixture->inbox.id, 0);
  g_string_replace(out, "{part}", "1", 0);
  g_string_replace(out, "{tag}", "tagged", 0);
  return g_strdup(out->str);
}

/* With nothing in the inbox but one message, and the call `nth` of this kind failing. */
static guint ask_anew(Fixture *fixture, const Case *row, FailingCall call, guint nth, int error_code) {
  failing_keeper_fail(fixture->inbox.keeper, call, 0, 0);
  memory_inbox_empty(&fixture->inbox);
  memory_inbox_deliver(&fixture->inbox, MESSAGE);
  inbox_keep_transcript(fixture->inbox.inbox, fixture->inbox.id, g_strdup("0 S 220 hello\n"));
  g_autofree char *path = fill_in(fixture, row->pattern);
  g_autofree char *body = fill_in(fixture, row->body);
  g_autofree char *whole = g_strconcat(path, row->query, NULL);
  failing_keeper_fail(fixture->inbox.keeper, call, nth, error_code);
  return ask(fixture, row->method, whole, body);
}

/* Of all that can go wrong with storing a message, a full disk is the one that clients are told. */
static guint status_of(const Case *row, FailingCall call, int error_code) {
  static const struct {
    int error_code;
    guint status;
  } statuses[] = {{INBOX_ERROR_NOT_FOUND, 404}, {INBOX_ERROR_NO_SPACE, 507}, {INBOX_ERROR_NO_ROOM, 503}};

  if (row->manner == NAMES_A_TAG && error_code == INBOX_ERROR_NOT_FOUND)
    return 400;
  if (call == FAILING_COMMIT && error_code != INBOX_ERROR_NO_SPACE)
    return 500;
  for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
    if (statuses[i].error_code == error_code)
      return statuses[i].status;
  return 500;
}

/* One line of text. */
static void check_text(const Fixture *fixture, const Case *row) {
  const char *body = strstr(fixture->response->str, "\r\n\r\n");

  g_assert_nonnull(body);
  body += strlen("\r\n\r\n");
  g_assert_nonnull(strstr(fixture->response->str, row->manner == SAYS_JSON ? "application/json" : "text/plain"));
  g_assert_cmpuint(strlen(body), >, 1);
  g_assert_true(row->manner == SAYS_JSON ? g_str_has_prefix(body, "{\"Error\":")
                                         : strchr(body, '\n') == body + strlen(body) - 1);
}

/* TRUE: it was answered as if nothing had failed, or the answer had begun. */
static gboolean is_let_through(const Fixture *fixture, const Case *row, FailingCall call, int error_code) {
  gboolean is_whole = g_str_has_suffix(fixture->response->str, "\r\n0\r\n\r\n");

  return (row->manner == MARKS_BY_THE_WAY && call == FAILING_CHANGE) ||
         (row->manner == STREAMS && is_whole == (error_code == INBOX_ERROR_NOT_FOUND));
}

static void check_failures(Fixture *fixture, const Case *row, FailingCall call, guint n_calls) {
  static const int codes[] = {INBOX_ERROR_FAILED, INBOX_ERROR_NO_SPACE, INBOX_ERROR_NOT_FOUND, INBOX_ERROR_NO_ROOM,
                              INBOX_ERROR_DAMAGED};

  for (guint nth = 1; nth <= n_calls; nth++)
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
      guint status = ask_anew(fixture, row, call, nth, codes[i]);
      if (status == 200 && is_let_through(fixture, row, call, codes[i]))
        continue;
      if (status != status_of(row, call, codes[i]))
        g_error("%s %s: call %d, %u, error %d: %s", row->method, row->pattern, (int)call, nth, codes[i],
                fixture->response->str);
      check_text(fixture, row);
    }
}

static void failures_become_answers(Fixture *fixture, gconstpointer data) {
  const Case *row = data;
  guint n_calls[FAILING_CALLS_N];
  guint n_any = 0;

  guint status = ask_anew(fixture, row, FAILING_COMMIT, 0, 0);

  if (status >= 400)
    g_error("%s", fixture->response->str);
  for (FailingCall call = 0; call < FAILING_CALLS_N; call++)
    n_any += n_calls[call] = failing_keeper_calls(fixture->inbox.keeper, call);
  g_assert_cmpuint(n_any, >, 0);
  for (FailingCall call = 0; call < FAILING_CALLS_N; call++)
    check_failures(fixture, row, call, n_calls[call]);
  g_assert_cmpuint(ask_anew(fixture, row, FAILING_COMMIT, 0, 0), ==, status);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/api/errors/every_route_is_asked_or_left_out_for_a_reason",
                  every_route_is_asked_or_left_out_for_a_reason);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *name =
        g_strdup_printf("/api/errors/failures_become_answers/%s%s", cases[i].method, cases[i].pattern);
    g_test_add(name, Fixture, &cases[i], set_up, failures_become_answers, tear_down);
  }
  return g_test_run();
}
