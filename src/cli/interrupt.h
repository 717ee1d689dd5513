#pragma once
/* Ctrl+C, SIGTERM and SIGHUP for commands that have something to end well: they are asked to stop. The second time the
 * program ends at once. A command that waits long between two lines is also asked to stop when nobody reads them.
 *
 * Owns: what these signals do, while it is there.
 * Thread: the main thread, in whose loop signals are noticed.
 * Source: signal(7); poll(2) for POLLERR on a pipe. */
#include <event2/event.h>
#include <glib.h>

typedef struct Interrupt Interrupt;

/* As nohup(1) does, and a shell for what it runs in the background: it is to stay so. */
gboolean interrupt_is_ignored(int number);

Interrupt *interrupt_new(struct event_base *base);

/* NULL is fine. */
void interrupt_free(Interrupt *interrupt);

gboolean interrupt_came(const Interrupt *interrupt);

/* Also stops when the other end of `fd`, a pipe or a socket that is written to, is closed: a write would tell only with
 * the next line. Other kinds of files are not watched. */
void interrupt_watch_reader(Interrupt *interrupt, struct event_base *base, int fd);

/* TRUE: that is why it came. */
gboolean interrupt_reader_is_gone(const Interrupt *interrupt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Interrupt, interrupt_free)
