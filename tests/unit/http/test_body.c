/* Answers that are read from a source as the client takes them. */
#include "http/body.h"
#include "http/response.h"
#include "net/conn.h"
#include <string.h>

#define HOST "Host: localhost\r\n"

typedef struct Fixture {
  struct event_base *base;
  LoopQueue *queue;
  HttpContext context;
  HttpRoutes *routes;
  HttpGate *gate;
  HttpSession *session;
  struct evbuffer *input;
  struct evbuffer *output;
  HttpSessionStatus status;
  gboolean woken;
  guint n_freed; /* sources */
} Fixture;

/* Numbers of eight bytes: which byte it is can be seen. */
typedef struct Numbers {
  Fixture *fixture;
  guint64 at;
  guint64 end; /* before the size it promises: it breaks off */
  gsize n_at_a_time;
} Numbers;

static gsize read_numbers(gpointer data, guint8 *bytes) {
  Numbers *numbers = data;
  gsize len = (gsize)MIN(numbers->end - numbers->at, numbers->n_at_a_time);

  for (gsize i = 0; i < len; i++) {
    char text[16];
    g_snprintf(text, sizeof text, "%07u,", (guint)((numbers->at + i) / 8));
    bytes[i] = (guint8)text[(numbers->at + i) % 8];
  }
  numbers->at += len;
  return len;
}

static void free_numbers(gpointer data) {
  Numbers *numbers = data;

  numbers->fixture->n_freed++;
  g_free(numbers);
}

static guint64 query_number(HttpRequest *request, const char *name, guint64 usual) {
  const char *text = http_request_query(request, name);

  return text ? g_ascii_strtoull(text, NULL, 10) : usual;
}

static void get_numbers(HttpRequest *request, gpointer user_data) {
  HttpResponse *response = http_response_new(200);
  Numbers *numbers = g_new(Numbers, 1);
  guint64 size = query_number(request, "size", 0);

  *numbers = (Numbers){user_data, 0, query_number(request, "end", size), query_number(request, "step", 1000)};
  http_response_set_source(response, &(HttpSource){size, read_numbers, free_numbers, numbers});
  http_response_set_header(response, "Content-Type", "text/plain");
  http_response_set_etag(response, "tag");
  http_request_answer(request, response);
}

static void hello(HttpRequest *request, gpointer user_data) {
  http_request_answer(request, http_response_text(200, "hello"));
}

static const HttpRoute rows[] = {
    {.method = "GET", .pattern = "/numbers", .handler = get_numbers},
    {.method = "GET", .pattern = "/hello", .handler = hello},
    {.pattern = NULL},
};

static void answered_cb(const HttpAccess *access, gpointer user_data) {}

static void wake_cb(gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->woken = TRUE;
}

static Fixture *fixture_new(gsize budget_bytes) {
  Fixture *fixture = g_new0(Fixture, 1);
  g_autoptr(GArray) addresses = net_address_resolve("127.0.0.1", 5000, NULL);
  const NetOrigin origin = {.name = "127.0.0.1:5000", .local = g_array_index(addresses, NetAddress, 0)};

  fixture->base = event_base_new();
  fixture->queue = loop_queue_new(fixture->base, NULL);
  fixture->routes = http_routes_new("");
  http_routes_add(fixture->routes, rows, fixture);
  fixture->gate = http_gate_new(NULL, NULL);
  fixture->input = evbuffer_new();
  fixture->output = evbuffer_new();
  fixture->context = (HttpContext){
      .base = fixture->base,
      .queue = fixture->queue,
      .body_readers = strand_new(loop_queue_crew(fixture->queue), 1, STRAND_LONG),
      .routes = fixture->routes,
      .gate = fixture->gate,
      .budget = http_budget_new(budget_bytes),
      .keep_alive_ms = 1000,
      .answered = answered_cb,
  };
  fixture->session = http_session_new(&fixture->context, &origin, fixture->output, wake_cb, fixture);
  return fixture;
}

static void fixture_free(Fixture *fixture) {
  http_session_free(fixture->session);
  strand_free(fixture->context.body_readers);
  loop_queue_free(fixture->queue);
  evbuffer_free(fixture->input);
  evbuffer_free(fixture->output);
  g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, 0);
  http_budget_unref(fixture->context.budget);
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

static void ask(Fixture *fixture, const char *request) {
  evbuffer_add(fixture->input, request, strlen(request));
  run(fixture);
}

/* Waits for one report of the helper thread, and lets the session go on. */
static void turn(Fixture *fixture) {
  event_base_loop(fixture->base, EVLOOP_ONCE);
  run(fixture);
}

/* What a client gets that reads everything, until so many bytes have come. */
static GString *read_bytes(Fixture *fixture, gsize n_bytes) {
  GString *text = g_string_new(NULL);

  for (;;) {
    gsize len = evbuffer_get_length(fixture->output);
    g_assert_cmpuint(len, <=, HTTP_SOURCE_PIECE + NET_CONN_OUTPUT_LOW);
    g_string_append_len(text, (const char *)evbuffer_pullup(fixture->output, -1), (gssize)len);
    evbuffer_drain(fixture->output, len);
    run(fixture);
    const char *body = strstr(text->str, "\r\n\r\n");
    if (body && text->len - (gsize)(body + 4 - text->str) >= n_bytes)
      return text;
    if (evbuffer_get_length(fixture->output) == 0)
      turn(fixture);
  }
}

static void check_body(const GString *text, guint64 first, gsize len) {
  const char *body = strstr(text->str, "\r\n\r\n") + 4;

  g_assert_cmpuint(text->len - (gsize)(body - text->str), ==, len);
  for (gsize i = 0; i < len; i++) {
    char number[16];
    g_snprintf(number, sizeof number, "%07u,", (guint)((first + i) / 8));
    g_assert_cmpint(body[i], ==, number[(first + i) % 8]);
  }
}

static void test_a_source_is_sent_whole_or_in_part(void) {
  static const struct {
    const char *target, *headers, *status;
    guint64 first;
    gsize len;
  } cases[] = {
      {"?size=1", "", "200 OK", 0, 1},
      {"?size=1000000&step=999", "", "200 OK", 0, 1000000},
      {"?size=1000000&step=65536", "", "200 OK", 0, 1000000},
      {"?size=500000", "Accept-Encoding: gzip\r\n", "200 OK", 0, 500000},
      {"?size=500000", "Range: bytes=0-0\r\n", "206 Partial Content", 0, 1},
      {"?size=500000", "Range: bytes=123456-234567\r\n", "206 Partial Content", 123456, 111112},
      {"?size=500000&step=7", "Range: bytes=499990-\r\n", "206 Partial Content", 499990, 10},
      {"?size=500000", "Range: bytes=-3\r\nIf-Range: \"tag\"\r\n", "206 Partial Content", 499997, 3},
      {"?size=5000", "Range: bytes=1-2\r\nIf-Range: \"old\"\r\n", "200 OK", 0, 5000},
      {"?size=5000", "Range: bytes=5000-\r\n", "416 Range Not Satisfiable", 0, 0},
      {"?size=5000", "If-None-Match: \"tag\"\r\n", "304 Not Modified", 0, 0},
      {"?size=0", "", "200 OK", 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Fixture) fixture = fixture_new(HTTP_SOURCE_PIECE);
    g_autofree char *request =
        g_strdup_printf("GET /numbers%s HTTP/1.1\r\n" HOST "%s\r\n", cases[i].target, cases[i].headers);
    g_autofree char *length = g_strdup_printf("\r\nContent-Length: %zu\r\n", cases[i].len);
    ask(fixture, request);
    g_autoptr(GString) text = read_bytes(fixture, cases[i].len);
    g_assert_true(g_str_has_prefix(text->str + strlen("HTTP/1.1 "), cases[i].status));
    g_assert_true(strstr(text->str, length) || strstr(cases[i].status, "304"));
    g_assert_null(strstr(text->str, "Content-Encoding"));
    check_body(text, cases[i].first, cases[i].len);
    run(fixture);
    g_assert_cmpint(fixture->status, ==, HTTP_SESSION_READING);
    g_assert_cmpuint(fixture->n_freed, ==, 1);
  }
}

static void test_a_source_of_unknown_size_goes_in_chunks(void) {
  static const struct {
    const char *request, *head, *end;
    HttpSessionStatus status;
  } cases[] = {
      {"GET /numbers?size=18446744073709551615&end=3000 HTTP/1.1\r\n" HOST "Range: bytes=0-1\r\n\r\n",
       "HTTP/1.1 200 OK\r\n", "\r\n3e8\r\n0000250,", HTTP_SESSION_READING},
      {"GET /numbers?size=18446744073709551615&end=3000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       "HTTP/1.1 200 OK\r\n", "0000373,0000374,", HTTP_SESSION_CUT},
      {"HEAD /numbers?size=18446744073709551615 HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\n",
       HTTP_SESSION_READING},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Fixture) fixture = fixture_new(HTTP_SOURCE_PIECE);
    g_autoptr(GString) text = g_string_new(NULL);
    ask(fixture, cases[i].request);
    for (gboolean is_over = FALSE; !is_over;) {
      gsize len = evbuffer_get_length(fixture->output);
      g_string_append_len(text, (const char *)evbuffer_pullup(fixture->output, -1), (gssize)len);
      evbuffer_drain(fixture->output, len);
      run(fixture);
      is_over = fixture->n_freed > 0 && evbuffer_get_length(fixture->output) == 0;
      if (!is_over && evbuffer_get_length(fixture->output) == 0)
        turn(fixture);
    }
    g_assert_true(g_str_has_prefix(text->str, cases[i].head));
    g_assert_null(strstr(text->str, "Content-Length"));
    g_assert_null(strstr(text->str, "Accept-Ranges"));
    g_assert_nonnull(strstr(text->str, cases[i].end));
    if (i == 0)
      g_assert_true(g_str_has_suffix(text->str, "\r\n0\r\n\r\n"));
    g_assert_cmpint(fixture->status, ==, cases[i].status);
  }
}

static void test_head_reads_nothing(void) {
  g_autoptr(Fixture) fixture = fixture_new(0);

  ask(fixture, "HEAD /numbers?size=123456789012 HTTP/1.1\r\n" HOST "\r\n");
  g_autoptr(GString) text = read_bytes(fixture, 0);
  g_assert_nonnull(strstr(text->str, "\r\nContent-Length: 123456789012\r\n"));
  g_assert_nonnull(strstr(text->str, "\r\nAccept-Ranges: bytes\r\n"));
  g_assert_cmpuint(fixture->n_freed, ==, 1);
}

static void test_requests_behind_it_wait_for_their_turn(void) {
  g_autoptr(Fixture) fixture = fixture_new(HTTP_SOURCE_PIECE);

  ask(fixture, "GET /numbers?size=200000 HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
  http_session_input_ended(fixture->session); /* it listens on */
  g_autoptr(GString) text = read_bytes(fixture, 200000 + 200);
  g_assert_true(g_str_has_suffix(text->str, "\r\n\r\nhello"));
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_DONE);
}

static void test_a_client_that_does_not_read_is_given_one_piece(void) {
  g_autoptr(Fixture) fixture = fixture_new(HTTP_SOURCE_PIECE);

  ask(fixture, "GET /numbers?size=9000000&step=65536 HTTP/1.1\r\n" HOST "\r\n");
  turn(fixture);
  gsize len = evbuffer_get_length(fixture->output);
  for (int i = 0; i < 10; i++)
    run(fixture);
  g_assert_cmpuint(evbuffer_get_length(fixture->output), ==, len);
  g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, HTTP_SOURCE_PIECE);
  g_assert_cmpint(http_session_time_left_ms(fixture->session, len), <=, 34 * 1000); /* 30 s, and 4 s for the piece */
  http_session_expire(fixture->session);
  run(fixture);
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_DROPPED);
  g_assert_cmpuint(fixture->n_freed, ==, 1);
}

static void test_no_room_for_a_piece_is_503(void) {
  g_autoptr(Fixture) fixture = fixture_new(HTTP_SOURCE_PIECE - 1);

  ask(fixture, "GET /numbers?size=9000 HTTP/1.1\r\n" HOST "\r\n");
  g_autoptr(GString) text = read_bytes(fixture, 0);
  g_assert_true(g_str_has_prefix(text->str, "HTTP/1.1 503 "));
  g_assert_cmpuint(fixture->n_freed, ==, 1);
}

static void test_a_source_that_breaks_off_cuts_the_connection(void) {
  g_autoptr(Fixture) fixture = fixture_new(HTTP_SOURCE_PIECE);

  ask(fixture, "GET /numbers?size=9000&end=1500 HTTP/1.1\r\n" HOST "\r\n");
  while (fixture->status != HTTP_SESSION_DROPPED) {
    evbuffer_drain(fixture->output, evbuffer_get_length(fixture->output));
    turn(fixture);
  }
  g_assert_cmpuint(fixture->n_freed, ==, 1);
}

/* At any time, also while a helper thread reads. */
static void test_a_client_may_go(void) {
  for (int n_turns = 0; n_turns < 3; n_turns++) {
    Fixture *fixture = fixture_new(HTTP_SOURCE_PIECE);
    guint n_freed;
    ask(fixture, "GET /numbers?size=900000 HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < n_turns; i++) {
      evbuffer_drain(fixture->output, evbuffer_get_length(fixture->output));
      turn(fixture);
    }
    http_session_free(g_steal_pointer(&fixture->session));
    strand_free(fixture->context.body_readers);
    fixture->context.body_readers = NULL;
    event_base_loop(fixture->base, EVLOOP_NONBLOCK);
    n_freed = fixture->n_freed;
    fixture_free(fixture);
    g_assert_cmpuint(n_freed, ==, 1);
  }
}

static void test_a_server_that_stops_sends_what_it_began(void) {
  g_autoptr(Fixture) fixture = fixture_new(HTTP_SOURCE_PIECE);

  ask(fixture, "GET /numbers?size=300000 HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
  http_session_shut_down(fixture->session);
  g_autoptr(GString) text = read_bytes(fixture, 300000);
  check_body(text, 0, 300000);
  run(fixture);
  g_assert_cmpint(fixture->status, ==, HTTP_SESSION_CUT);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/body/a_source_is_sent_whole_or_in_part", test_a_source_is_sent_whole_or_in_part);
  g_test_add_func("/body/a_source_of_unknown_size_goes_in_chunks", test_a_source_of_unknown_size_goes_in_chunks);
  g_test_add_func("/body/head_reads_nothing", test_head_reads_nothing);
  g_test_add_func("/body/requests_behind_it_wait_for_their_turn", test_requests_behind_it_wait_for_their_turn);
  g_test_add_func("/body/a_client_that_does_not_read_is_given_one_piece",
                  test_a_client_that_does_not_read_is_given_one_piece);
  g_test_add_func("/body/no_room_for_a_piece_is_503", test_no_room_for_a_piece_is_503);
  g_test_add_func("/body/a_source_that_breaks_off_cuts_the_connection",
                  test_a_source_that_breaks_off_cuts_the_connection);
  g_test_add_func("/body/a_client_may_go", test_a_client_may_go);
  g_test_add_func("/body/a_server_that_stops_sends_what_it_began", test_a_server_that_stops_sends_what_it_began);
  return g_test_run();
}
