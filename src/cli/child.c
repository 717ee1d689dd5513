#include "cli/child.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CODE_NOT_RUN = 126, CODE_NOT_FOUND = 127, CODE_OF_SIGNALS = 128 };

/* Those that somebody sends to end a program, or to tell it something. */
static const int passed_on[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

struct Child {
  ChildEnded ended;
  gpointer user_data;
  pid_t pid;                                      /* 0: not started, or ended */
  struct event *signals[G_N_ELEMENTS(passed_on)]; /* NULL: it is ignored */
  struct event *end;
};

/* --- signals */

static gboolean is_in_foreground(void) {
  int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

  if (terminal < 0)
    return FALSE;
  gboolean is_in_front = tcgetpgrp(terminal) == getpgrp();
  close(terminal);
  return is_in_front;
}

/* A key sends it to all programs in the foreground. */
static gboolean is_of_terminal(int number) {
  return number == SIGINT || number == SIGQUIT;
}

/* What a key sent the program has got itself, and many take a second one for impatience. */
static void signal_cb(evutil_socket_t number, short what, void *user_data) {
  const Child *child = user_data;

  if (child->pid != 0 && !(is_of_terminal((int)number) && is_in_foreground()))
    kill(child->pid, (int)number);
}

static void end_cb(evutil_socket_t number, short what, void *user_data) {
  Child *child = user_data;
  int status = 0;

  if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) != child->pid)
    return;
  child->pid = 0;
  child->ended(WIFSIGNALED(status) ? CODE_OF_SIGNALS + WTERMSIG(status) : WEXITSTATUS(status), child->user_data);
}

Child *child_new(struct event_base *base, ChildEnded ended, gpointer user_data) {
  Child *child = g_new0(Child, 1);

  child->ended = ended;
  child->user_data = user_data;
  for (gsize i = 0; i < G_N_ELEMENTS(passed_on); i++) {
    if (interrupt_is_ignored(passed_on[i])) /* which the program is to inherit */
      continue;
    child->signals[i] = evsignal_new(base, passed_on[i], signal_cb, child);
    event_add(child->signals[i], NULL);
  }
  child->end = evsignal_new(base, SIGCHLD, end_cb, child);
  event_add(child->end, NULL);
  return child;
}

void child_free(Child *child) {
  if (!child)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(passed_on); i++)
    g_clear_pointer(&child->signals[i], event_free);
  event_free(child->end);
  g_free(child);
}

/* --- starting */

/* The program is to find signals as we found them: with us, SIGPIPE is ignored, which it would inherit. */
static void reset_signals(posix_spawnattr_t *attributes) {
  sigset_t defaults;
  sigset_t none;

  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setsigdefault(attributes, &defaults);
  posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

gboolean child_start(Child *child, char **argv, char **environment, GError **error) {
  posix_spawnattr_t attributes;

  posix_spawnattr_init(&attributes);
  reset_signals(&attributes);
  int failure = posix_spawnp(&child->pid, argv[0], NULL, &attributes, argv, environment);
  posix_spawnattr_destroy(&attributes);
  if (failure == 0)
    return TRUE;
  child->pid = 0;
  return cli_fail(error, (ExitCode)(failure == ENOENT ? CODE_NOT_FOUND : CODE_NOT_RUN), "cannot run %s: %s", argv[0],
                  g_strerror(failure));
}
