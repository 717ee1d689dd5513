/* Warnings of libraries are lines of the log, on whichever thread they come. */
#include "base/library_log.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { READ_MAX = 64 * 1024 };

typedef struct Fixture {
  struct event_base *base;
  LoopQueue *queue;
  Log *log;
  int read_fd;
  int write_fd;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer unused) {
  int fds[2];

  g_assert_cmpint(pipe2(fds, O_NONBLOCK), ==, 0);
  fixture->read_fd = fds[0];
  fixture->write_fd = fds[1];
  fixture->base = event_base_new();
  fixture->queue = loop_queue_new(fixture->base, NULL);
  fixture->log = log_new(fixture->base, fixture->write_fd, LOG_FORMAT_JSON, LOG_LEVEL_INFO);
  library_log_start(fixture->log, fixture->queue);
}

/* Also what threads posted. */
static char *end_log(Fixture *fixture) {
  loop_queue_free(g_steal_pointer(&fixture->queue));
  library_log_stop();
  log_free(g_steal_pointer(&fixture->log));
  char *text = g_new0(char, READ_MAX);
  (void)!read(fixture->read_fd, text, READ_MAX - 1);
  return text;
}

static void tear_down(Fixture *fixture, gconstpointer unused) {
  close(fixture->read_fd);
  close(fixture->write_fd);
  event_base_free(fixture->base);
}

static void warnings_of_glib_are_lines_with_their_level(Fixture *fixture, gconstpointer unused) {
  g_log("GMime", G_LOG_LEVEL_WARNING, "odd\nmail");
  g_log_structured("GLib", G_LOG_LEVEL_MESSAGE, "MESSAGE", "%s", "no home");
  g_autofree char *text = end_log(fixture);
  g_assert_nonnull(strstr(text, "\"level\":\"WARNING\",\"event\":\"library\",\"message\":\"GMime: odd\\\\x0amail\","
                                "\"library\":\"GMime\"}\n"));
  g_assert_nonnull(strstr(text, "\"level\":\"INFO\",\"event\":\"library\",\"message\":\"GLib: no home\""));
}

static void *warn_cb(void *unused) {
  g_log("GMime", G_LOG_LEVEL_WARNING, "from a thread");
  return NULL;
}

static void other_threads_are_logged_on_the_loop(Fixture *fixture, gconstpointer unused) {
  pthread_t thread;

  g_assert_cmpint(job_start_thread(&thread, NULL, warn_cb, NULL), ==, 0);
  pthread_join(thread, NULL);
  g_autofree char *text = end_log(fixture);
  g_assert_nonnull(strstr(text, "GMime: from a thread"));
}

static void again_cb(evutil_socket_t fd, short what, void *user_data) {
  event_base_loop(user_data, EVLOOP_ONCE);
}

static void warnings_of_libevent_are_lines(Fixture *fixture, gconstpointer unused) {
  const struct timeval now = {0};

  event_base_once(fixture->base, -1, EV_TIMEOUT, again_cb, fixture->base, &now);
  event_base_loop(fixture->base, EVLOOP_ONCE);
  g_autofree char *text = end_log(fixture);
  g_assert_nonnull(
      strstr(text, "\"level\":\"WARNING\",\"event\":\"library\",\"message\":\"libevent: event_base_loop: "));
}

static void after_the_end_they_go_to_standard_error(void) {
  if (g_test_subprocess()) {
    Fixture fixture = {0};
    set_up(&fixture, NULL);
    g_free(end_log(&fixture));
    tear_down(&fixture, NULL);
    g_log("GMime", G_LOG_LEVEL_MESSAGE, "late");
    return;
  }
  g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed();
  g_test_trap_assert_stderr("*late*");
}

#define ADD(name) g_test_add("/library_log/" #name, Fixture, NULL, set_up, name, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_log_set_always_fatal(
      G_LOG_LEVEL_ERROR); /* the harness has warnings end the program, which is what is tested here */
  ADD(warnings_of_glib_are_lines_with_their_level);
  ADD(other_threads_are_logged_on_the_loop);
  ADD(warnings_of_libevent_are_lines);
  g_test_add_func("/library_log/after_the_end_they_go_to_standard_error", after_the_end_they_go_to_standard_error);
  return g_test_run();
}
