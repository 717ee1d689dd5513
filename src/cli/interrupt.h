#pragma once
/* Ctrl+C, SIGTERM and SIGHUP for commands that have something to end well: they are asked to stop. The second time the
 * program ends at once.
 *
 * Owns: what these signals do, while it is there.
 * Thread: the main thread, in whose loop signals are noticed.
 * Errors: none.
 * Units and limits: none.
 * Source: signal(7). */
#include <event2/event.h>
#include <glib.h>

typedef struct Interrupt Interrupt;

/* As nohup(1) does, and a shell for what it runs in the background: it is to stay so. */
gboolean interrupt_is_ignored(int number);

Interrupt *interrupt_new(struct event_base *base);

/* NULL is fine. */
void interrupt_free(Interrupt *interrupt);

gboolean interrupt_came(const Interrupt *interrupt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Interrupt, interrupt_free)
