/* spamd's part is played by a unix socket of the test's own. */
#include "outward/spamd.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LONG_MS = 60 * 1000, SHORT_MS = 20 };

static const char good_answer[] = "SPAMD/1.1 0 EX_OK\r\nSpam: False ; 1.5 / 5.0\r\nContent-length: 0\r\n\r\n";

typedef struct Bench {
  struct event_base *base;
  LoopQueue *queue;
  NetResolver *resolver;
  Spamd *spamd;
  char *directory;
  char *path;
  int listener;
  GString *said; /* by checks */
} Bench;

static void checked_cb(const SpamdAnswer *answer, const GError *error, gpointer user_data) {
  Bench *bench = user_data;

  if (answer)
    g_string_append_printf(bench->said, "%.1f.", answer->score);
  else
    g_string_append_printf(bench->said, "%s.", error->message);
}

static void bench_open(Bench *bench, guint timeout_ms) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};

  *bench = (Bench){.base = event_base_new(), .said = g_string_new(NULL)};
  bench->queue = loop_queue_new(bench->base, NULL);
  bench->resolver = net_resolver_new(bench->queue);
  bench->directory = g_dir_make_tmp("spamd-XXXXXX", NULL);
  bench->path = g_build_filename(bench->directory, "socket", NULL);
  g_strlcpy(address.sun_path, bench->path, sizeof address.sun_path);
  bench->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  g_assert_cmpint(bind(bench->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint(listen(bench->listener, 4 * SPAMD_CHECKS_MAX), ==, 0);
  g_autofree char *place = g_strconcat("unix:", bench->path, NULL);
  bench->spamd = spamd_new(bench->base, bench->resolver, place, timeout_ms);
}

static void bench_close(Bench *bench) {
  spamd_free(bench->spamd);
  net_resolver_free(bench->resolver);
  loop_queue_free(bench->queue);
  event_base_free(bench->base);
  close(bench->listener);
  g_unlink(bench->path);
  g_rmdir(bench->directory);
  g_free(bench->path);
  g_free(bench->directory);
  g_string_free(bench->said, TRUE);
}

static void turn_until_said(Bench *bench) {
  while (bench->said->len == 0)
    event_base_loop(bench->base, EVLOOP_ONCE);
}

/* What one check sent, up to `end`; more may follow. The caller frees. */
static GString *receive(Bench *bench, int fd, const char *end) {
  GString *bytes = g_string_new(NULL);
  char piece[4096];

  while (!g_str_has_suffix(bytes->str, end)) {
    event_base_loop(bench->base, EVLOOP_NONBLOCK);
    ssize_t len = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
    if (len > 0)
      g_string_append_len(bytes, piece, len);
  }
  return bytes;
}

static int accept_one(Bench *bench) {
  int fd;

  do {
    event_base_loop(bench->base, EVLOOP_NONBLOCK);
    fd = accept4(bench->listener, NULL, NULL, SOCK_CLOEXEC);
  } while (fd < 0);
  return fd;
}

static SpamdCheck *begin(Bench *bench, const char *mail, GError **error) {
  g_autoptr(GBytes) bytes = g_bytes_new(mail, strlen(mail));

  return spamd_check(bench->spamd, bytes, checked_cb, bench, error);
}

/* Sends a message and takes an answer. Returns what was sent; the caller frees. */
static GString *check(Bench *bench, const char *mail, const char *answer) {
  g_assert_nonnull(begin(bench, mail, NULL));
  int fd = accept_one(bench);
  GString *sent = receive(bench, fd, "\r\n");

  g_string_truncate(bench->said, 0);
  g_assert_cmpint(write(fd, answer, strlen(answer)), ==, (gssize)strlen(answer));
  close(fd);
  turn_until_said(bench);
  return sent;
}

static void messages_end_with_a_line(void) {
  static const struct {
    const char *mail, *sent;
  } rows[] = {
      {"A: b\r\n\r\nx\r\n", "REPORT SPAMC/1.5\r\nContent-length: 11\r\n\r\nA: b\r\n\r\nx\r\n"},
      {"A: b\r\n\r\nx", "REPORT SPAMC/1.5\r\nContent-length: 11\r\n\r\nA: b\r\n\r\nx\r\n"},
      {"", "REPORT SPAMC/1.5\r\nContent-length: 2\r\n\r\n\r\n"},
  };
  Bench bench;

  bench_open(&bench, LONG_MS);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GString) so_far = check(&bench, rows[i].mail, good_answer);
    g_assert_true(g_str_has_prefix(rows[i].sent, so_far->str));
    g_assert_cmpstr(bench.said->str, ==, "1.5.");
  }
  bench_close(&bench);
}

static void answers_that_are_none_are_told(void) {
  Bench bench;

  bench_open(&bench, LONG_MS);
  g_autoptr(GString) first = check(&bench, "", "220 mail.example ESMTP\r\n");
  g_assert_cmpstr(bench.said->str, ==, "not an answer of spamd: it does not begin with SPAMD/.");
  g_autoptr(GString) second = check(&bench, "", "SPAMD/1.1 0 EX_OK\r\n");
  g_assert_nonnull(strstr(bench.said->str, "before its answer was complete"));
  bench_close(&bench);
}

static void nobody_there(void) {
  Bench bench;

  bench_open(&bench, LONG_MS);
  g_unlink(bench.path);
  g_assert_nonnull(begin(&bench, "", NULL));
  turn_until_said(&bench);
  g_autofree char *expected = g_strdup_printf(
      "spamd does not answer: unix:%s: No such file or directory; is it running there (--spamd)?.", bench.path);
  g_assert_cmpstr(bench.said->str, ==, expected);
  bench_close(&bench);
}

static void silence_ends(void) {
  Bench bench;

  bench_open(&bench, SHORT_MS);
  g_assert_nonnull(begin(&bench, "", NULL));
  turn_until_said(&bench);
  g_assert_nonnull(strstr(bench.said->str, "took longer than 1 s"));
  bench_close(&bench);
}

static void messages_have_a_limit(void) {
  Bench bench;
  g_autofree char *longest = g_malloc0(SPAMD_MAIL_MAX + 1);
  g_autoptr(GBytes) one_too_long = g_bytes_new_static(longest, SPAMD_MAIL_MAX + 1);
  g_autoptr(GBytes) just_right = g_bytes_new_static(longest, SPAMD_MAIL_MAX);
  g_autoptr(GError) error = NULL;

  bench_open(&bench, LONG_MS);
  g_assert_null(spamd_check(bench.spamd, one_too_long, checked_cb, &bench, &error));
  g_assert_error(error, SPAMD_ERROR, SPAMD_ERROR_LIMIT);
  SpamdCheck *check = spamd_check(bench.spamd, just_right, checked_cb, &bench, NULL);
  g_assert_nonnull(check);
  spamd_check_cancel(check);
  bench_close(&bench);
}

/* Cancelled ones, wherever they were, make room again. */
static void checks_at_a_time_have_a_limit(void) {
  Bench bench;
  SpamdCheck *checks[SPAMD_CHECKS_MAX];
  g_autoptr(GError) error = NULL;

  bench_open(&bench, LONG_MS);
  for (guint turns = 0; turns < 3; turns++) {
    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
      checks[i] = begin(&bench, "x", NULL);
      g_assert_nonnull(checks[i]);
    }
    g_assert_null(begin(&bench, "x", &error));
    g_assert_error(error, SPAMD_ERROR, SPAMD_ERROR_LIMIT);
    g_clear_error(&error);
    if (turns == 1)
      close(accept_one(&bench));
    else if (turns == 2)
      event_base_loop(bench.base, EVLOOP_NONBLOCK);
    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
      spamd_check_cancel(checks[i]);
  }
  bench_close(&bench);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/spamd/messages_end_with_a_line", messages_end_with_a_line);
  g_test_add_func("/spamd/answers_that_are_none_are_told", answers_that_are_none_are_told);
  g_test_add_func("/spamd/nobody_there", nobody_there);
  g_test_add_func("/spamd/silence_ends", silence_ends);
  g_test_add_func("/spamd/messages_have_a_limit", messages_have_a_limit);
  g_test_add_func("/spamd/checks_at_a_time_have_a_limit", checks_at_a_time_have_a_limit);
  return g_test_run();
}
