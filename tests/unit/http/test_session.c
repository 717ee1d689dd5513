/* A session on two buffers, without a socket: requests go in whole, byte by byte and split, and the same must come
 * out. */
#include "http/event_stream.h"
#include "http/response.h"
#include "http/session.h"
#include "http/stream.h"

#include <string.h>

#define HOST "Host: localhost\r\n"

typedef struct Fixture {
  struct event_base *base;
  HttpContext context;
  HttpRoutes *routes;
  HttpGate *gate;
  HttpSession *session;
  struct evbuffer *input;
  struct evbuffer *output;
  HttpSessionStatus status;
  gboolean woken;
  HttpRequest *held; /* what the handler of /later was given */
  guint n_cancelled;
  guint n_answered;
  HttpStream *stream;
  guint n_writable;
  guint n_closed;
} Fixture;

/* --- handlers */

static void echo(HttpRequest *request, gpointer user_data) {
  http_request_answer(request, http_response_bytes(200, "text/plain", http_request_body(request)));
}

static void sized(HttpRequest *request, gpointer user_data) {
  gsize len = g_ascii_strtoull(http_request_query(request, "size"), NULL, 10);
  g_autofree char *filling = g_strnfill(len, 'x');
  g_autoptr(GBytes) bytes = g_bytes_new(filling, len);

  http_request_answer(request, http_response_bytes(200, "image/png", bytes));
}

static void hello(HttpRequest *request, gpointer user_data) {
  const char *name = http_request_query(request, "name");

  http_request_answer(request, http_response_text(200, name ? name : "hello"));
}

static void tagged(HttpRequest *request, gpointer user_data) {
  g_autofree char *digits = g_strnfill(HTTP_COMPRESS_MIN, '7');
  g_autoptr(GBytes) bytes = g_bytes_new(digits, HTTP_COMPRESS_MIN);
  HttpResponse *response = http_response_hostile("text/html", bytes);

  http_response_set_etag(response, "tag");
  http_response_set_disposition(response, TRUE, http_request_param(request, "name"));
  http_request_answer(request, response);
}

static void near_by(HttpRequest *request, gpointer user_data) {
  http_request_answer(request, http_response_text(200, http_request_is_near(request) ? "near" : "far"));
}

static void cancelled_cb(gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_cancelled++;
}

static void later(HttpRequest *request, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->held = request;
  if (http_request_query(request, "cancel"))
    http_request_on_cancel(request, cancelled_cb, fixture);
}

static void writable_cb(HttpStream *stream, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_writable++;
}

static void closed_cb(HttpStream *stream, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_closed++;
  fixture->stream = NULL;
}

static void stream(HttpRequest *request, gpointer user_data) {
  static const HttpStreamEvents events = {.writable = writable_cb, .closed = closed_cb};
  Fixture *fixture = user_data;

  fixture->stream = http_stream_open(request, http_response_text(200, "first "), &events, fixture);
}

static void events_closed_cb(EventStream *events, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_closed++;
}

static void events(HttpRequest *request, gpointer user_data) {
  const Fixture *fixture = user_data;
  EventStream *opened = event_stream_open(request, events_closed_cb, user_data);

  const char *lines = "one\r\ntwo\nthree\r\rfive\n";
  g_autoptr(GBytes) event = event_stream_print(fixture->context.budget, "7", "new", lines, strlen(lines));

  event_stream_send(opened, event);
  g_autoptr(GBytes) empty = event_stream_print(fixture->context.budget, NULL, NULL, "", 0);
  event_stream_send(opened, empty);
  event_stream_close(opened);
}

static const HttpRoute rows[] = {
    {.method = "GET", .pattern = "/hello", .handler = hello},
    {.method = "GET", .pattern = "/sized", .handler = sized},
    {.method = "GET", .pattern = "/public", .handler = hello, .flags = HTTP_ROUTE_PUBLIC},
    {.method = "GET", .pattern = "/near", .handler = near_by},
    {.method = "POST", .pattern = "/echo", .handler = echo, .body_max_bytes = 10},
    {.method = "GET", .pattern = "/later", .handler = later},
    {.method = "POST", .pattern = "/later", .handler = later},
    {.method = "GET", .pattern = "/part/{name}", .handler = tagged},
    {.method = "GET", .pattern = "/stream", .handler = stream},
    {.method = "GET", .pattern = "/events", .handler = events},
    {.pattern = NULL},
};

/* --- the fixture */

static void wake_cb(gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->woken = TRUE;
}

static void answered_cb(const HttpAccess *access, gpointer user_data) {
  Fixture *fixture = user_data;

  g_assert_true(access->problem == NULL || !strpbrk(access->problem, "\r\n"));
  fixture->n_answered++;
}

static void open_session(Fixture *fixture, const char *peer, const char *local) {
  g_autoptr(GArray) peers = net_address_resolve(peer, 5000, NULL);
  g_autoptr(GArray) locals = net_address_resolve(local, 8025, NULL);

  const NetAddress *address = &g_array_index(peers, NetAddress, 0);
  g_autofree char *name = net_address_format(address);
  const NetOrigin origin = {
      .name = name,
      .key = net_peer_key(address),
      .local = g_array_index(locals, NetAddress, 0),
      .is_local = net_address_is_local(address),
  };

  fixture->session = http_session_new(&fixture->context, &origin, fixture->output, wake_cb, fixture);
}

static Fixture *fixture_new_between(const char *peer, const char *local) {
  Fixture *fixture = g_new0(Fixture, 1);

  fixture->base = event_base_new();
  fixture->routes = http_routes_new("");
  http_routes_add(fixture->routes, rows, fixture);
  fixture->gate = http_gate_new(NULL, NULL);
  fixture->input = evbuffer_new();
  fixture->output = evbuffer_new();
  fixture->context = (HttpContext){
      .base = fixture->base,
      .routes = fixture->routes,
      .gate = fixture->gate,
      .budget = http_budget_new(1000 * 1000),
      .keep_alive_ms = 1000,
      .answered = answered_cb,
      .user_data = fixture,
  };
  open_session(fixture, peer, local);
  return fixture;
}

static Fixture *fixture_new(void) {
  return fixture_new_between("192.0.2.1", "127.0.0.1");
}

static void fixture_free(Fixture *fixture) {
  http_session_free(fixture->session);
  if (fixture->held)
    http_request_answer(fixture->held, http_response_text(200, "to nobody"));
  evbuffer_free(fixture->input);
  evbuffer_free(fixture->output);
  g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, 0);
  http_budget_unref(fixture->context.budget);
  g_assert_cmpuint(fixture->context.counters.n_open_streams, ==, 0);
  http_gate_free(fixture->gate);
  http_routes_free(fixture->routes);
  event_base_free(fixture->base);
  g_free(fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

static void run(Fixture *fixture) {
  do {
    fixture->woken = FALSE;
    fixture->status = http_session_read(fixture->session, fixture->input);
  } while (fixture->woken && fixture->status != HTTP_SESSION_DROPPED);
}

/* What has been sent since; lent to nobody. */
static char *take_output(Fixture *fixture) {
  gsize len = evbuffer_get_length(fixture->output);
  char *text = g_malloc0(len + 1);

  evbuffer_remove(fixture->output, text, len);
  return text;
}

static void send_bytes(Fixture *fixture, const char *bytes, gsize len) {
  evbuffer_add(fixture->input, bytes, len);
  run(fixture);
}

static char *ask(Fixture *fixture, const char *request) {
  send_bytes(fixture, request, strlen(request));
  return take_output(fixture);
}

/* "200 body|403 body|" of answers with a length, and how the session is left. */
static char *digest(const char *answers, HttpSessionStatus status) {
  static const char *const names[] = {"reading", "waiting", "blocked", "done", "cut", "dropped"};
  g_autoptr(GString) said = g_string_new(NULL);

  for (const char *at = answers; *at != '\0';) {
    const char *body = strstr(at, "\r\n\r\n") + 4;
    const char *length = strstr(at, "Content-Length: ");
    gsize len = length && length < body ? g_ascii_strtoull(length + 16, NULL, 10) : 0;
    g_assert_true(g_str_has_prefix(at, "HTTP/1.1 "));
    g_string_append_printf(said, "%.3s %.*s|", at + 9, (int)len, body);
    at = body + len;
  }
  g_string_append(said, names[status]);
  return g_string_free(g_steal_pointer(&said), FALSE);
}

static char *digest_of(const char *requests, gsize len, gsize split, gsize step) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autoptr(GString) answers = g_string_new(NULL);

  for (gsize at = 0; at < len;) {
    gsize n_bytes = at < split ? MIN(split - at, step) : MIN(len - at, step);
    send_bytes(fixture, requests + at, n_bytes);
    at += n_bytes;
  }
  g_autofree char *output = take_output(fixture);
  return digest(output, fixture->status);
}

/* --- tests */

static void test_conversations(void) {
  static const struct {
    const char *requests, *said;
  } cases[] = {
      {"GET /hello HTTP/1.1\r\n" HOST "\r\n", "200 hello|reading"},
      {"GET /hello?name=a+b HTTP/1.1\r\n" HOST "\r\n", "200 a b|reading"},
      {"GET /hello HTTP/1.1\r\n" HOST "\r\nGET /hello?name=2 HTTP/1.1\r\n" HOST "\r\n", "200 hello|200 2|reading"},
      {"GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n", "200 hello|done"},
      {"GET /hello HTTP/1.0\r\n\r\nGET /hello HTTP/1.0\r\n\r\n", "200 hello|done"},
      {"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /hello HTTP/1.0\r\n\r\n", "200 hello|200 hello|done"},
      {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhelloGET /hello HTTP/1.1\r\n" HOST "\r\n",
       "200 hello|200 hello|reading"},
      {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "200 |reading"},
      {"POST /echo HTTP/1.1\r\n" HOST "\r\n", "200 |reading"},
      {"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
       "GET /hello HTTP/1.1\r\n" HOST "\r\n",
       "200 hello|200 hello|reading"},
      {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n0123456789", "200 0123456789|reading"},
      {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n", "413 the body is too large for this path\n|cut"},
      {"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n01234\r\n0\r\n\r\n",
       "413 the body is too large for this path\n|cut"},
      {"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
       "400 the body's chunked encoding is invalid\n|cut"},
      {"POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
       "404 404 not found: /nowhere. The page is at /, the API at /api/v1/\n|reading"},
      {"PUT /hello HTTP/1.1\r\n" HOST "\r\n",
       "405 method PUT is not allowed here; allowed: GET, HEAD, OPTIONS\n|reading"},
      {"GET /hello/ HTTP/1.1\r\n" HOST "\r\n",
       "404 404 not found: /hello/. The page is at /, the API at /api/v1/\n|reading"},
      {"GET /%2e%2e/hello HTTP/1.1\r\n" HOST "\r\n", "400 the path contains . or ..\n|reading"},
      {"OPTIONS /echo HTTP/1.1\r\n" HOST "\r\n", "200 |reading"},
      {"OPTIONS /api/v1/anything HTTP/1.1\r\n" HOST "\r\n", "200 |reading"},
      {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "200 |reading"},
      {"GET /hello\r\n\r\n", "400 the request line is not METHOD TARGET HTTP/1.1\n|cut"},
      {"GET /hello HTTP/1.1\nHost: localhost\n\n", "400 a line ends with LF alone; lines end with CR LF\n|cut"},
      {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400 both Content-Length and Transfer-Encoding are given\n|cut"},
      {"POST /echo HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 3\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n",
       "403 host name not allowed; allow it with --http-host (protection against DNS rebinding)\n|cut"},
      {"GET /hello HTTP/1.1\r\n" HOST "Origin: http://evil.example\r\n\r\nGET /public HTTP/1.1\r\n" HOST
       "Origin: http://evil.example\r\n\r\n",
       "403 pages of other sites may not use this server; allow a site with --cors\n|200 hello|reading"},
      {"GET /later HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n", "waiting"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    gsize len = strlen(cases[i].requests);
    g_autofree char *bytewise = digest_of(cases[i].requests, len, 0, 1);
    g_assert_cmpstr(bytewise, ==, cases[i].said);
    for (gsize split = 0; split < len; split++) {
      g_autofree char *said = digest_of(cases[i].requests, len, split, len);
      g_assert_cmpstr(said, ==, cases[i].said);
    }
  }
}

static void test_who_is_near_is_told_from_who_comes_from_elsewhere(void) {
  static const struct {
    const char *peer, *local, *headers, *said;
  } cases[] = {
      {"127.0.0.1", "127.0.0.1", HOST, "near"},
      {"127.8.8.8", "0.0.0.0", HOST, "near"},
      {"::1", "::1", "Host: [::1]:8025\r\n", "near"},
      {"::ffff:127.0.0.1", "::", "Host: app.localhost:8025\r\n", "near"},
      {"unix:/run/web", "unix:/run/web", HOST, "near"},
      {"127.0.0.1", "127.0.0.1", HOST "Connection: keep-alive\r\nX-Forward: no\r\n", "near"},
      /* an address of another machine, or of this one that others have too */
      {"192.0.2.1", "0.0.0.0", HOST, "far"},
      {"::ffff:192.0.2.1", "::", HOST, "far"},
      {"2001:db8::1", "::", HOST, "far"},
      /* a name by which others call it */
      {"127.0.0.1", "127.0.0.1", "Host: mail.test\r\n", "far"},
      {"127.0.0.1", "0.0.0.0", "Host: 192.0.2.1:8025\r\n", "far"},
      {"unix:/run/web", "unix:/run/web", "Host: any.name\r\n", "far"},
      /* a proxy */
      {"127.0.0.1", "127.0.0.1", HOST "Forwarded: for=192.0.2.1\r\n", "far"},
      {"127.0.0.1", "127.0.0.1", HOST "X-Forwarded-For: 127.0.0.1\r\n", "far"},
      {"127.0.0.1", "127.0.0.1", HOST "x-forwarded-proto: https\r\n", "far"},
      {"127.0.0.1", "127.0.0.1", HOST "Via: 1.1 proxy\r\n", "far"},
      {"127.0.0.1", "127.0.0.1", HOST "X-Real-IP:\r\n", "far"},
      {"unix:/run/web", "unix:/run/web", HOST "X-Forwarded-For: 192.0.2.1\r\n", "far"},
      {"127.0.0.1", "127.0.0.1", HOST "Connection: close\r\n", "far"},
      /* another site that may read messages */
      {"127.0.0.1", "127.0.0.1", HOST "Origin: http://app.test\r\n", "far"},
  };
  static const char *const hosts[] = {"mail.test", NULL};
  static const char *const origins[] = {"http://app.test", NULL};

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Fixture) fixture = fixture_new_between(cases[i].peer, cases[i].local);
    g_autoptr(HttpGate) gate = http_gate_new(hosts, origins);
    g_autofree char *request = g_strdup_printf("GET /near HTTP/1.1\r\n%s\r\n", cases[i].headers);
    g_autoptr(GArray) locals = net_address_resolve(cases[i].local, 8025, NULL);

    http_gate_add_address(gate, &g_array_index(locals, NetAddress, 0));
    fixture->context.gate = gate;
    g_autofree char *answer = ask(fixture, request);
    g_autofree char *said = digest(answer, HTTP_SESSION_READING);
    g_autofree char *expected = g_strdup_printf("200 %s|reading", cases[i].said);
    g_assert_cmpstr(said, ==, expected);
  }
}

static void test_head_is_answered_like_get_without_the_body(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autofree char *get = ask(fixture, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
  g_autofree char *head = ask(fixture, "HEAD /hello HTTP/1.1\r\n" HOST "\r\n");

  g_assert_true(g_str_has_suffix(get, "\r\n\r\nhello"));
  g_assert_true(g_str_has_suffix(head, "Content-Length: 5\r\n\r\n"));
}

static void test_every_answer_is_guarded(void) {
  static const char *const headers[] = {
      "\r\nX-Content-Type-Options: nosniff\r\n",
      "\r\nReferrer-Policy: no-referrer\r\n",
      "\r\nCross-Origin-Resource-Policy: same-origin\r\n",
      "\r\nContent-Security-Policy: ",
      "\r\nCache-Control: ",
      "\r\nDate: ",
  };
  static const char *const requests[] = {
      "GET /hello HTTP/1.1\r\n" HOST "\r\n",
      "GET /nowhere HTTP/1.1\r\n" HOST "\r\n",
      "GET /part/a HTTP/1.1\r\n" HOST "\r\n",
      "nonsense\r\n\r\n",
  };
  g_autoptr(Fixture) fixture = fixture_new();

  for (gsize i = 0; i < G_N_ELEMENTS(requests); i++) {
    g_autofree char *answer = ask(fixture, requests[i]);
    for (gsize j = 0; j < G_N_ELEMENTS(headers); j++) {
      const char *found = strstr(answer, headers[j]);
      g_assert_nonnull(found);
      g_assert_null(strstr(found + 1, headers[j]));
    }
  }
}

static void test_continue_is_said_when_the_body_is_wanted(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autofree char *wanted =
      ask(fixture, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  g_autofree char *answer = ask(fixture, "hello");
  g_autofree char *unwanted =
      ask(fixture, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 50\r\nExpect: 100-continue\r\n\r\n");

  g_assert_cmpstr(wanted, ==, "HTTP/1.1 100 Continue\r\n\r\n");
  g_assert_true(g_str_has_prefix(answer, "HTTP/1.1 200 OK\r\n"));
  g_assert_true(g_str_has_prefix(unwanted, "HTTP/1.1 413 "));
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_CUT);
}

static void test_messages_parts(void) {
  static const struct {
    const char *headers;
    const char *status;
    const char *has; /* in the answer */
  } cases[] = {
      {"", "200 OK", "\r\nContent-Length: 1024\r\n"},
      {"", "200 OK", "\r\nETag: \"tag\"\r\nAccept-Ranges: bytes\r\n"},
      {"", "200 OK", "\r\nContent-Security-Policy: sandbox; default-src 'none';"},
      {"", "200 OK", "\r\nContent-Disposition: attachment; filename=\"a;b.html\"\r\n"},
      {"If-None-Match: \"tag\"\r\n", "304 Not Modified", "\r\nETag: \"tag\"\r\n"},
      {"If-None-Match: \"tag-gzip\"\r\n", "304 Not Modified", "\r\nETag: \"tag\"\r\n"},
      {"If-None-Match: \"tag\"\r\nRange: bytes=0-1\r\n", "304 Not Modified", ""},
      {"If-None-Match: \"old\"\r\n", "200 OK", ""},
      {"Range: bytes=1-3\r\n", "206 Partial Content", "\r\nContent-Length: 3\r\n"},
      {"Range: bytes=1-3\r\n", "206 Partial Content", "\r\nContent-Range: bytes 1-3/1024\r\n"},
      {"Range: bytes=1-1023\r\nAccept-Encoding: gzip\r\n", "206 Partial Content", "\r\nContent-Length: 1023\r\n"},
      {"Range: bytes=1024-\r\n", "416 Range Not Satisfiable", "\r\nContent-Range: bytes */1024\r\n"},
      {"Range: bytes=1-3\r\nIf-Range: \"tag\"\r\n", "206 Partial Content", ""},
      {"Range: bytes=1-3\r\nIf-Range: W/\"tag\"\r\n", "200 OK", "\r\nContent-Length: 1024\r\n"},
      {"Range: bytes=1-3\r\nIf-Range: \"old\"\r\n", "200 OK", "\r\nContent-Length: 1024\r\n"},
      {"Accept-Encoding: gzip\r\n", "200 OK", "\r\nContent-Encoding: gzip\r\n"},
      {"Accept-Encoding: gzip\r\n", "200 OK", "\r\nETag: \"tag-gzip\"\r\n"},
      {"Accept-Encoding: gzip\r\n", "200 OK", "\r\nVary: Accept-Encoding, Origin\r\n"},
      {"", "200 OK", "\r\nVary: Accept-Encoding, Origin\r\n"},
      {"Accept-Encoding: gzip;q=0\r\n", "200 OK", "\r\nContent-Length: 1024\r\n"},
  };
  g_autoptr(Fixture) fixture = fixture_new();

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *request = g_strconcat("GET /part/a%3bb.html HTTP/1.1\r\n" HOST, cases[i].headers, "\r\n", NULL);
    g_autofree char *answer = ask(fixture, request);
    g_assert_true(g_str_has_prefix(answer + strlen("HTTP/1.1 "), cases[i].status));
    if (!strstr(answer, cases[i].has))
      g_error("'%s' lacks '%s' for '%s'", answer, cases[i].has, cases[i].headers);
  }
}

static void test_an_answer_may_come_later(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autofree char *nothing = ask(fixture, "GET /later HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");

  g_assert_cmpstr(nothing, ==, "");
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_WAITING);
  g_assert_cmpint(http_session_time_left_ms(fixture->session, 0), ==, -1);
  http_request_answer(g_steal_pointer(&fixture->held), http_response_text(200, "late"));
  g_assert_true(fixture->woken);
  run(fixture);
  g_autofree char *answers = take_output(fixture);
  g_autofree char *said = digest(answers, fixture->status);
  g_assert_cmpstr(said, ==, "200 late|200 hello|reading");
  g_assert_cmpuint(fixture->n_answered, ==, 2);
}

static void test_a_client_that_goes_cancels_what_can_be_cancelled(void) {
  static const struct {
    const char *request;
    guint n_cancelled;
    HttpSessionStatus status;
  } cases[] = {
      {"GET /later?cancel HTTP/1.1\r\n" HOST "\r\n", 1, HTTP_SESSION_DROPPED},
      {"GET /later HTTP/1.1\r\n" HOST "\r\n", 0, HTTP_SESSION_WAITING},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Fixture) fixture = fixture_new();
    g_free(ask(fixture, cases[i].request));
    http_session_input_ended(fixture->session);
    run(fixture);
    g_assert_cmpint(fixture->status, ==, cases[i].status);
    g_assert_false(http_request_is_abandoned(fixture->held));
    http_session_free(g_steal_pointer(&fixture->session));
    g_assert_true(http_request_is_abandoned(fixture->held));
    g_assert_cmpuint(fixture->n_cancelled, ==, cases[i].n_cancelled);
    http_request_answer(g_steal_pointer(&fixture->held), http_response_text(200, "to nobody"));
    g_assert_cmpuint(fixture->n_answered, ==, 0);
  }
}

static void test_half_closed_clients_get_all_their_answers(void) {
  g_autoptr(Fixture) fixture = fixture_new();

  g_free(ask(fixture, "GET /later HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\nGET"));
  http_session_input_ended(fixture->session);
  run(fixture);
  http_request_answer(g_steal_pointer(&fixture->held), http_response_text(200, "late"));
  run(fixture);
  g_autofree char *answers = take_output(fixture);
  g_autofree char *said = digest(answers, fixture->status);
  g_assert_cmpstr(said, ==, "200 late|200 hello|done");
}

static void test_who_does_not_read_is_asked_no_further(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autofree char *filling = g_strnfill(5000, 'x');
  g_autofree char *request = g_strdup_printf("GET /hello?name=%s HTTP/1.1\r\n" HOST "\r\n", filling);

  for (int i = 0; i < 3; i++)
    evbuffer_add(fixture->input, request, strlen(request));
  run(fixture);
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_BLOCKED);
  g_assert_cmpuint(fixture->n_answered, ==, 1);
  g_free(take_output(fixture));
  run(fixture);
  g_assert_cmpuint(fixture->n_answered, ==, 2);
}

/* In place of what the fixture has, before anything is asked. */
static void limit_memory(Fixture *fixture, gsize max_bytes) {
  http_budget_unref(fixture->context.budget);
  fixture->context.budget = http_budget_new(max_bytes);
}

static void test_memory_for_answers_has_a_limit_over_all_connections(void) {
  static const struct {
    const char *size;
    const char *status;
    gsize held;
  } cases[] = {{"5000", "200 ", 5000}, {"5001", "503 ", 0}, {"4096", "200 ", 0}};

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Fixture) fixture = fixture_new();
    limit_memory(fixture, 5000);
    g_autofree char *request = g_strdup_printf("GET /sized?size=%s HTTP/1.1\r\n" HOST "\r\n", cases[i].size);
    send_bytes(fixture, request, strlen(request));
    g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, cases[i].held);
    g_autofree char *answer = take_output(fixture);
    g_assert_true(g_str_has_prefix(answer + strlen("HTTP/1.1 "), cases[i].status));
    g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, 0);
  }
}

static void test_what_a_client_does_not_read_is_given_back_when_it_goes(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  const char *request = "GET /sized?size=9000 HTTP/1.1\r\n" HOST "\r\n";

  send_bytes(fixture, request, strlen(request));
  g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, 9000);
  http_session_free(g_steal_pointer(&fixture->session));
  evbuffer_drain(fixture->output, evbuffer_get_length(fixture->output));
  g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, 0);
}

static void test_a_body_counts_as_long_as_a_handler_holds_it(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  const char *request = "POST /later HTTP/1.1\r\n" HOST "Content-Length: 7\r\n\r\n1234567";

  send_bytes(fixture, request, strlen(request));
  g_autoptr(GBytes) body = g_bytes_ref(http_request_body(fixture->held));
  http_session_free(g_steal_pointer(&fixture->session));
  http_request_answer(g_steal_pointer(&fixture->held), http_response_text(200, "to nobody"));
  g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, 7);
}

static void test_memory_for_bodies_has_a_limit_over_all_connections(void) {
  g_autoptr(Fixture) fixture = fixture_new();

  limit_memory(fixture, 4);
  g_autofree char *whole = ask(fixture, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
  g_assert_true(g_str_has_prefix(whole, "HTTP/1.1 503 "));
  g_assert_nonnull(strstr(whole, "\r\nRetry-After: 1\r\n"));
  http_session_free(fixture->session);
  evbuffer_drain(fixture->input, evbuffer_get_length(fixture->input));
  open_session(fixture, "192.0.2.1", "127.0.0.1");
  g_autofree char *chunked =
      ask(fixture, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\nabc\r\n");
  g_assert_true(g_str_has_prefix(chunked, "HTTP/1.1 503 "));
}

static void test_streams(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autoptr(GBytes) bytes = g_bytes_new_static("second", 6);
  g_autofree char *head = ask(fixture, "GET /stream HTTP/1.1\r\n" HOST "\r\n");

  g_assert_nonnull(strstr(head, "\r\nTransfer-Encoding: chunked\r\n"));
  g_assert_true(g_str_has_suffix(head, "\r\n\r\n6\r\nfirst \r\n"));
  g_assert_true(http_stream_write(fixture->stream, bytes));
  http_stream_end(fixture->stream);
  g_assert_cmpuint(fixture->n_closed, ==, 0);
  evbuffer_add_printf(fixture->input, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
  run(fixture);
  g_assert_cmpuint(fixture->n_closed, ==, 1);
  g_autofree char *rest = take_output(fixture);
  g_assert_true(g_str_has_prefix(rest, "6\r\nsecond\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

static void test_streams_for_old_clients_end_with_the_connection(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autofree char *head = ask(fixture, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

  g_assert_true(g_str_has_suffix(head, "\r\nConnection: close\r\n\r\nfirst "));
  http_stream_end(fixture->stream);
  run(fixture);
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_CUT);
  g_assert_cmpuint(fixture->n_closed, ==, 1);
}

static void test_a_stream_answers_head_too(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autofree char *head = ask(fixture, "HEAD /stream HTTP/1.1\r\n" HOST "\r\n");

  g_assert_true(g_str_has_suffix(head, "\r\n\r\n"));
  g_assert_cmpuint(fixture->n_closed, ==, 1);
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_READING);
}

static void test_a_stream_pauses_and_is_cut_off(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autofree char *filling = g_strnfill(HTTP_STREAM_PAUSE, 'x');
  g_autoptr(GBytes) bytes = g_bytes_new(filling, HTTP_STREAM_PAUSE);

  g_free(ask(fixture, "GET /stream HTTP/1.1\r\n" HOST "\r\n"));
  g_assert_false(http_stream_write(fixture->stream, bytes));
  run(fixture);
  g_assert_cmpuint(fixture->n_writable, ==, 0);
  g_free(take_output(fixture));
  run(fixture);
  run(fixture);
  g_assert_cmpuint(fixture->n_writable, ==, 1);
  for (int i = 0; i <= HTTP_STREAM_QUEUE_MAX / HTTP_STREAM_PAUSE; i++)
    http_stream_write(fixture->stream, bytes);
  run(fixture);
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_DROPPED);
  g_assert_cmpuint(fixture->n_closed, ==, 1);
  g_assert_cmpuint(fixture->context.counters.n_dropped_readers, ==, 1);
}

static void test_events_as_text(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  g_autofree char *answer = ask(fixture, "GET /events HTTP/1.0\r\n\r\n");

  g_assert_nonnull(strstr(answer, "\r\nContent-Type: text/event-stream; charset=utf-8\r\n"));
  g_assert_true(g_str_has_suffix(answer, "\r\n\r\nid: 7\nevent: new\ndata: one\ndata: two\ndata: three\ndata: \n"
                                         "data: five\ndata: \n\ndata: \n\n"));
  g_assert_cmpuint(fixture->n_closed, ==, 1);
}

static void test_time_runs_out(void) {
  static const struct {
    const char *input;
    const char *said;
  } cases[] = {
      {"", "done"},
      {"GET /hello", "408 timeout: the request took too long\n|cut"},
      {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe", "408 timeout: the request took too long\n|cut"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Fixture) fixture = fixture_new();
    g_free(ask(fixture, cases[i].input));
    g_assert_cmpint(http_session_time_left_ms(fixture->session, 0), >, 0);
    http_session_expire(fixture->session);
    run(fixture);
    g_autofree char *answer = take_output(fixture);
    g_autofree char *said = digest(answer, fixture->status);
    g_assert_cmpstr(said, ==, cases[i].said);
  }
}

static void test_who_does_not_read_in_time_is_dropped(void) {
  g_autoptr(Fixture) fixture = fixture_new();

  send_bytes(fixture, "GET /hello HTTP/1.1\r\n" HOST "\r\n", strlen("GET /hello HTTP/1.1\r\n" HOST "\r\n"));
  g_assert_cmpint(http_session_time_left_ms(fixture->session, 100), <=, 30 * 1000);
  /* 160 KiB read: ten seconds more */
  g_assert_cmpint(http_session_time_left_ms(fixture->session, 160 * 1024 + 1), >, 0);
  g_assert_cmpint(http_session_time_left_ms(fixture->session, 1), >, 39 * 1000);
  http_session_expire(fixture->session);
  run(fixture);
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_DROPPED);
}

static void test_a_server_that_stops_answers_what_it_has(void) {
  g_autoptr(Fixture) fixture = fixture_new();

  g_free(ask(fixture, "GET /later HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n"));
  http_session_shut_down(fixture->session);
  http_request_answer(g_steal_pointer(&fixture->held), http_response_text(200, "late"));
  run(fixture);
  g_autofree char *answers = take_output(fixture);
  g_autofree char *said = digest(answers, fixture->status);
  g_assert_cmpstr(said, ==, "200 late|done");
  g_assert_nonnull(strstr(answers, "\r\nConnection: close\r\n"));
}

static void test_what_a_handler_says_breaks_no_header(void) {
  HttpResponse *response = http_response_error(400, "bad\r\nX-Evil: %s\n", "\xff");

  http_response_set_header(response, "X-Name", "a\r\nX-Evil: b\x01");
  g_autoptr(Fixture) fixture = fixture_new();
  g_free(ask(fixture, "GET /later HTTP/1.1\r\n" HOST "\r\n"));
  http_request_answer(g_steal_pointer(&fixture->held), response);
  g_autofree char *answer = take_output(fixture);
  g_assert_nonnull(strstr(answer, "\r\nX-Name: aX-Evil: b\r\n"));
  g_assert_true(g_str_has_suffix(answer, "\r\n\r\nbad  X-Evil: \xef\xbf\xbd \n"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/conversations", test_conversations);
  g_test_add_func("/session/who_is_near_is_told_from_who_comes_from_elsewhere",
                  test_who_is_near_is_told_from_who_comes_from_elsewhere);
  g_test_add_func("/session/head_is_answered_like_get_without_the_body",
                  test_head_is_answered_like_get_without_the_body);
  g_test_add_func("/session/every_answer_is_guarded", test_every_answer_is_guarded);
  g_test_add_func("/session/continue_is_said_when_the_body_is_wanted", test_continue_is_said_when_the_body_is_wanted);
  g_test_add_func("/session/messages_parts", test_messages_parts);
  g_test_add_func("/session/an_answer_may_come_later", test_an_answer_may_come_later);
  g_test_add_func("/session/a_client_that_goes_cancels_what_can_be_cancelled",
                  test_a_client_that_goes_cancels_what_can_be_cancelled);
  g_test_add_func("/session/half_closed_clients_get_all_their_answers", test_half_closed_clients_get_all_their_answers);
  g_test_add_func("/session/who_does_not_read_is_asked_no_further", test_who_does_not_read_is_asked_no_further);
  g_test_add_func("/session/memory_for_answers_has_a_limit_over_all_connections",
                  test_memory_for_answers_has_a_limit_over_all_connections);
  g_test_add_func("/session/what_a_client_does_not_read_is_given_back_when_it_goes",
                  test_what_a_client_does_not_read_is_given_back_when_it_goes);
  g_test_add_func("/session/a_body_counts_as_long_as_a_handler_holds_it",
                  test_a_body_counts_as_long_as_a_handler_holds_it);
  g_test_add_func("/session/memory_for_bodies_has_a_limit_over_all_connections",
                  test_memory_for_bodies_has_a_limit_over_all_connections);
  g_test_add_func("/session/streams", test_streams);
  g_test_add_func("/session/streams_for_old_clients_end_with_the_connection",
                  test_streams_for_old_clients_end_with_the_connection);
  g_test_add_func("/session/a_stream_answers_head_too", test_a_stream_answers_head_too);
  g_test_add_func("/session/a_stream_pauses_and_is_cut_off", test_a_stream_pauses_and_is_cut_off);
  g_test_add_func("/session/events_as_text", test_events_as_text);
  g_test_add_func("/session/time_runs_out", test_time_runs_out);
  g_test_add_func("/session/who_does_not_read_in_time_is_dropped", test_who_does_not_read_in_time_is_dropped);
  g_test_add_func("/session/a_server_that_stops_answers_what_it_has", test_a_server_that_stops_answers_what_it_has);
  g_test_add_func("/session/what_a_handler_says_breaks_no_header", test_what_a_handler_says_breaks_no_header);
  return g_test_run();
}
