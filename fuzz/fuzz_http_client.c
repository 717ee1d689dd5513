/* What a server answers, read as it comes: whole, and in pieces of seven bytes. Both must say the same, end once, and
 * explain what is wrong in words fit for a terminal. The first byte of the input chooses the method. */
#include "fuzz.h"
#include "http/client.h"
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE_BYTES = 7, INPUT_MAX = 32 * 1024 };

typedef struct Play {
  GString *said;
  unsigned n_ends;
} Play;

static void headed(const HttpHead *head, gpointer user_data) {
  Play *play = user_data;

  g_string_append_printf(play->said, "%u ", head->status);
}

static void came(const char *bytes, gsize len, gpointer user_data) {
  Play *play = user_data;

  g_string_append_len(play->said, bytes, (gssize)len);
}

static void ended(const GError *error, gpointer user_data) {
  Play *play = user_data;

  play->n_ends++;
  if (!error)
    return;
  g_assert_true(g_str_is_ascii(error->message) && !strpbrk(error->message, "\r\n"));
  g_string_append(play->said, error->message);
}

static void turn(struct event_base *base) {
  for (unsigned i = 0; i < 3; i++)
    event_base_loop(base, EVLOOP_NONBLOCK);
}

static GString *play(const char *method, const uint8_t *bytes, size_t n_bytes, size_t piece) {
  static const HttpClientEvents events = {.headed = headed, .came = came, .ended = ended};
  struct event_base *base = event_base_new();
  Play play = {.said = g_string_new(NULL)};
  char question[512]; /* as one that is left unread would reset the connection */
  int ends[2];

  g_assert_true(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  HttpClient *client = http_client_new(base, ends[0], NULL, "localhost", NULL, &events, &play);
  http_client_ask(client, &(HttpQuestion){.method = method, .target = "/", .patience_ms = 60 * 1000});
  turn(base);
  g_assert_true(read(ends[1], question, sizeof question) > 0);
  for (size_t at = 0; at < n_bytes; at += piece) {
    size_t len = MIN(piece, n_bytes - at);
    g_assert_true(send(ends[1], bytes + at, len, MSG_NOSIGNAL) == (ssize_t)len);
    turn(base);
  }
  close(ends[1]);
  turn(base);
  g_assert_true(play.n_ends == 1);
  http_client_free(client);
  event_base_free(base);
  return play.said;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  if (n_bytes == 0 || n_bytes > INPUT_MAX)
    return 0;
  const char *method = bytes[0] & 1 ? "HEAD" : "GET";
  GString *whole = play(method, bytes + 1, n_bytes - 1, INPUT_MAX);
  GString *pieces = play(method, bytes + 1, n_bytes - 1, PIECE_BYTES);

  g_assert_true(g_string_equal(whole, pieces));
  g_string_free(whole, TRUE);
  g_string_free(pieces, TRUE);
  return 0;
}
