/* Signals that ask a command to stop, and those that were ignored when it began. */
#include "cli/interrupt.h"
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void is_asked_to_stop(void) {
  struct event_base *base = event_base_new();
  Interrupt *interrupt = interrupt_new(base);

  g_assert_false(interrupt_came(interrupt));
  raise(SIGTERM);
  event_base_loop(base, EVLOOP_ONCE);
  g_assert_true(interrupt_came(interrupt));
  interrupt_free(interrupt);
  event_base_free(base);
}

static void what_was_ignored_stays_so(void) {
  struct event_base *base = event_base_new();

  signal(SIGHUP, SIG_IGN);
  Interrupt *interrupt = interrupt_new(base);
  raise(SIGHUP);
  event_base_loop(base, EVLOOP_NONBLOCK);
  g_assert_false(interrupt_came(interrupt));
  g_assert_true(interrupt_is_ignored(SIGHUP));
  raise(SIGINT);
  event_base_loop(base, EVLOOP_ONCE);
  g_assert_true(interrupt_came(interrupt));
  interrupt_free(interrupt);
  g_assert_true(interrupt_is_ignored(SIGHUP));
  signal(SIGHUP, SIG_DFL);
  event_base_free(base);
}

static void closed_reader_asks_to_stop(void) {
  struct event_base *base = event_base_new();
  Interrupt *interrupt = interrupt_new(base);
  int ends[2];

  g_assert_cmpint(pipe(ends), ==, 0);
  interrupt_watch_reader(interrupt, base, ends[1]);
  event_base_loop(base, EVLOOP_NONBLOCK);
  g_assert_false(interrupt_came(interrupt));
  close(ends[0]);
  event_base_loop(base, EVLOOP_ONCE);
  g_assert_true(interrupt_came(interrupt));
  g_assert_true(interrupt_reader_is_gone(interrupt));
  close(ends[1]);
  interrupt_free(interrupt);
  event_base_free(base);
}

/* Over a socket, as from an inetd. What it says would otherwise wake the loop again and again. */
static void reader_that_speaks_is_no_closed_one(void) {
  struct event_base *base = event_base_new();
  Interrupt *interrupt = interrupt_new(base);
  int ends[2];

  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  interrupt_watch_reader(interrupt, base, ends[1]);
  g_assert_cmpint(write(ends[0], "x", 1), ==, 1);
  event_base_loop(base, EVLOOP_ONCE);
  g_assert_false(interrupt_came(interrupt));
  g_assert_false(interrupt_reader_is_gone(interrupt));
  close(ends[0]);
  close(ends[1]);
  interrupt_free(interrupt);
  event_base_free(base);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/cli/interrupt/" #name, name)
  ADD(is_asked_to_stop);
  ADD(what_was_ignored_stays_so);
  ADD(closed_reader_asks_to_stop);
  ADD(reader_that_speaks_is_no_closed_one);
  return g_test_run();
}
