/* Answers are read whole, byte by byte and split at every place, which must make no difference. */
#include "http/client.h"
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 60 * 1000, SHORT_PATIENCE_MS = 20 };

/* A client, and its server's end of the connection. */
typedef struct Bench {
  struct event_base *base;
  HttpClient *client;
  int server;
  GString *said; /* what the client told */
  gboolean ended;
} Bench;

static void headed_cb(const HttpHead *head, gpointer user_data) {
  Bench *bench = user_data;

  g_string_append_printf(bench->said, "%u ", head->status);
}

static void came_cb(const char *bytes, gsize len, gpointer user_data) {
  Bench *bench = user_data;

  g_assert_cmpuint(len, >, 0);
  g_string_append_len(bench->said, bytes, (gssize)len);
}

static void ended_cb(const GError *error, gpointer user_data) {
  Bench *bench = user_data;

  g_assert_false(bench->ended);
  bench->ended = TRUE;
  if (error)
    g_string_append_printf(bench->said, " %s", error->message);
  g_string_append_c(bench->said, '.');
}

static const HttpClientEvents events = {.headed = headed_cb, .came = came_cb, .ended = ended_cb};

static void bench_open(Bench *bench) {
  int ends[2];

  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), ==, 0);
  *bench = (Bench){.base = event_base_new(), .server = ends[1], .said = g_string_new(NULL)};
  bench->client = http_client_new(bench->base, ends[0], NULL, "a:80", "Bearer x", &events, bench);
}

static void bench_close(Bench *bench) {
  http_client_free(bench->client);
  event_base_free(bench->base);
  if (bench->server >= 0)
    close(bench->server);
  g_string_free(bench->said, TRUE);
}

static void turn(Bench *bench) {
  while (event_base_loop(bench->base, EVLOOP_NONBLOCK) == 0 &&
         event_base_get_num_events(bench->base, EVENT_BASE_COUNT_ACTIVE) > 0)
    ;
}

/* What the client has sent to the server. The caller frees. */
static char *receive(Bench *bench) {
  char bytes[1024];

  turn(bench);
  ssize_t len = read(bench->server, bytes, sizeof bytes);
  return g_strndup(bytes, (gsize)MAX(len, 0));
}

static void ask(Bench *bench, const char *method, guint patience_ms) {
  bench->ended = FALSE;
  http_client_ask(bench->client, &(HttpQuestion){.method = method, .target = "/", .patience_ms = patience_ms});
  g_autofree char *question = receive(bench);
  g_assert_true(g_str_has_prefix(question, method));
}

static void answer(Bench *bench, const char *bytes, gsize len) {
  g_assert_cmpint(write(bench->server, bytes, len), ==, (gssize)len);
  turn(bench);
}

static void hang_up(Bench *bench) {
  close(bench->server);
  bench->server = -1;
  for (guint i = 0; i < 3; i++) /* the end, then what it makes end */
    turn(bench);
}

/* What is told of an answer whose first `split` bytes come in steps, the rest at once. */
static char *play(const char *method, const char *bytes, gsize split, gsize step) {
  Bench bench;
  gsize len = strlen(bytes);

  bench_open(&bench);
  ask(&bench, method, PATIENCE_MS);
  for (gsize at = 0; at < len;) {
    gsize n_bytes = at < split ? MIN(step, split - at) : len - at;
    answer(&bench, bytes + at, n_bytes);
    at += n_bytes;
  }
  hang_up(&bench);
  char *said = g_strdup(bench.said->str);
  bench_close(&bench);
  return said;
}

static void answers_are_read_however_they_come(void) {
  static const struct {
    const char *method, *bytes, *said;
  } rows[] = {
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello."},
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 ."},
      {"GET", "HTTP/1.1 204 No\r\n\r\n", "204 ."},
      {"GET", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", "304 ."},
      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 ."},
      {"HEAD", "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n", "404 ."},
      {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nA: b\r\n\r\n",
       "200 hello."},
      {"GET", "HTTP/1.0 200 OK\r\n\r\nto the end", "200 to the end."},
      {"GET", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "200 ."},
      {"GET",
       "HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
       "200 x."},
      {"GET", "", " the connection closed before the response was complete."},
      {"GET", "HTTP/1.1 200 OK\r\n", " the connection closed before the response was complete."},
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
       "200 hello the connection closed before the response was complete."},
      {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
       "200 hello the connection closed before the response was complete."},
      {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
       "200  the response's chunks are invalid."},
      {"GET", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
       " the response is not HTTP/1.1: a line ends with LF alone; lines end with CR LF."},
      {"GET", "220 mail.example ESMTP\r\n\r\n",
       " the response is not HTTP/1.1: the status line is not HTTP/1.1 STATUS REASON."},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gsize len = strlen(rows[i].bytes);
    g_autofree char *whole = play(rows[i].method, rows[i].bytes, 0, len);
    g_autofree char *dripped = play(rows[i].method, rows[i].bytes, len, 1);
    g_assert_cmpstr(whole, ==, rows[i].said);
    g_assert_cmpstr(dripped, ==, rows[i].said);
    for (gsize split = 1; split < len; split++) {
      g_autofree char *said = play(rows[i].method, rows[i].bytes, split, len);
      g_assert_cmpstr(said, ==, rows[i].said);
    }
  }
}

static void question_is_sent_as_it_is_to_be(void) {
  g_autoptr(GBytes) body = g_bytes_new_static("{}", 2);
  Bench bench;

  bench_open(&bench);
  http_client_ask(bench.client, &(HttpQuestion){.method = "PUT",
                                                .target = "/a?b=c",
                                                .content_type = "application/json",
                                                .body = body,
                                                .patience_ms = PATIENCE_MS});
  g_autofree char *question = receive(&bench);
  g_assert_cmpstr(question, ==,
                  "PUT /a?b=c HTTP/1.1\r\nHost: a:80\r\nUser-Agent: dsmtpd/" DSMTPD_VERSION
                  "\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  bench_close(&bench);
}

static void connection_serves_again_when_the_server_keeps_it(void) {
  static const char kept[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
  static const char closed[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\ny";
  Bench bench;

  bench_open(&bench);
  g_assert_true(http_client_can_ask(bench.client));
  ask(&bench, "GET", PATIENCE_MS);
  g_assert_false(http_client_can_ask(bench.client));
  answer(&bench, kept, strlen(kept));
  g_assert_true(http_client_can_ask(bench.client));
  ask(&bench, "GET", PATIENCE_MS);
  answer(&bench, closed, strlen(closed));
  g_assert_false(http_client_can_ask(bench.client));
  g_assert_cmpstr(bench.said->str, ==, "200 x.200 y.");
  bench_close(&bench);
}

static void what_nobody_asked_for_is_no_answer(void) {
  static const char twice[] =
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  static const char late[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  Bench bench;

  bench_open(&bench);
  ask(&bench, "GET", PATIENCE_MS);
  answer(&bench, twice, strlen(twice));
  g_assert_cmpstr(bench.said->str, ==, "200 x.");
  g_assert_false(http_client_can_ask(bench.client));
  bench_close(&bench);

  bench_open(&bench);
  answer(&bench, late, strlen(late));
  g_assert_false(http_client_can_ask(bench.client));
  bench_close(&bench);
}

static void connection_that_ended_meanwhile_is_known(void) {
  Bench bench;

  bench_open(&bench);
  hang_up(&bench);
  g_assert_false(http_client_can_ask(bench.client));
  g_assert_cmpstr(bench.said->str, ==, "");
  bench_close(&bench);
}

static void silence_has_an_end(void) {
  Bench bench;

  bench_open(&bench);
  ask(&bench, "GET", SHORT_PATIENCE_MS);
  while (!bench.ended)
    event_base_loop(bench.base, EVLOOP_ONCE);
  g_assert_cmpstr(bench.said->str, ==, " no response within 1 s.");
  g_assert_false(http_client_can_ask(bench.client));
  bench_close(&bench);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(test) g_test_add_func("/client/" #test, test)
  ADD(answers_are_read_however_they_come);
  ADD(question_is_sent_as_it_is_to_be);
  ADD(connection_serves_again_when_the_server_keeps_it);
  ADD(what_nobody_asked_for_is_no_answer);
  ADD(connection_that_ended_meanwhile_is_known);
  ADD(silence_has_an_end);
#undef ADD
  return g_test_run();
}
