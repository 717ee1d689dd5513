#include "cli/interrupt.h"
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

struct Interrupt {
  struct event *signals[G_N_ELEMENTS(numbers)]; /* NULL: it is ignored */
  struct event *reader;                         /* NULL: not watched */
  gboolean came;
  gboolean reader_is_gone;
};

static void came_cb(evutil_socket_t number, short what, void *user_data) {
  Interrupt *interrupt = user_data;

  interrupt->came = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    if (interrupt->signals[i])
      event_del(interrupt->signals[i]); /* back to what they did before */
}

gboolean interrupt_is_ignored(int number) {
  struct sigaction now;

  return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

Interrupt *interrupt_new(struct event_base *base) {
  Interrupt *interrupt = g_new0(Interrupt, 1);

  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
    if (interrupt_is_ignored(numbers[i]))
      continue;
    interrupt->signals[i] = evsignal_new(base, numbers[i], came_cb, interrupt);
    event_add(interrupt->signals[i], NULL);
  }
  return interrupt;
}

void interrupt_free(Interrupt *interrupt) {
  if (!interrupt)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    g_clear_pointer(&interrupt->signals[i], event_free);
  g_clear_pointer(&interrupt->reader, event_free);
  g_free(interrupt);
}

/* What a reader says back, over a socket, is of no interest, but would wake the loop again and again. */
static void reader_cb(evutil_socket_t fd, short what, void *user_data) {
  Interrupt *interrupt = user_data;
  struct pollfd state = {.fd = fd};

  event_del(interrupt->reader);
  interrupt->reader_is_gone = poll(&state, 1, 0) > 0 && (state.revents & (POLLERR | POLLHUP)) != 0;
  interrupt->came |= interrupt->reader_is_gone;
}

void interrupt_watch_reader(Interrupt *interrupt, struct event_base *base, int fd) {
  struct stat status;

  if (fstat(fd, &status) != 0 || !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
    return;
  interrupt->reader = event_new(base, fd, EV_READ | EV_PERSIST, reader_cb, interrupt);
  event_add(interrupt->reader, NULL);
}

gboolean interrupt_reader_is_gone(const Interrupt *interrupt) {
  return interrupt->reader_is_gone;
}

gboolean interrupt_came(const Interrupt *interrupt) {
  return interrupt->came;
}
