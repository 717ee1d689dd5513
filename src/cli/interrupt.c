#include "cli/interrupt.h"
#include <signal.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

struct Interrupt {
  struct event *signals[G_N_ELEMENTS(numbers)];
  gboolean came;
};

static void came_cb(evutil_socket_t number, short what, void *user_data) {
  Interrupt *interrupt = user_data;

  interrupt->came = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    event_del(interrupt->signals[i]); /* back to what they did before */
}

Interrupt *interrupt_new(struct event_base *base) {
  Interrupt *interrupt = g_new0(Interrupt, 1);

  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
    interrupt->signals[i] = evsignal_new(base, numbers[i], came_cb, interrupt);
    event_add(interrupt->signals[i], NULL);
  }
  return interrupt;
}

void interrupt_free(Interrupt *interrupt) {
  if (!interrupt)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    event_free(interrupt->signals[i]);
  g_free(interrupt);
}

gboolean interrupt_came(const Interrupt *interrupt) {
  return interrupt->came;
}
