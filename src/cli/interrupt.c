#include "cli/interrupt.h"
#include <signal.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

struct Interrupt {
  struct event *signals[G_N_ELEMENTS(numbers)]; /* NULL: it is ignored */
  gboolean came;
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
  g_free(interrupt);
}

gboolean interrupt_came(const Interrupt *interrupt) {
  return interrupt->came;
}
