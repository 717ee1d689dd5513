#pragma once
/* What other threads hand to the loop, and the crew that works for it: blocking work goes to a strand of the crew
 * (base/crew.h), its result comes back by the queue.
 *
 * Owns: a wake-up descriptor, the messages not yet delivered, the crew.
 * Thread: each function says. Nothing but whole messages crosses: who posts a pointer gives away what it points to.
 * Errors: creating a LoopQueue fails when the process has no descriptors left (G_FILE_ERROR).
 * Units and limits: the queue is unbounded, so whoever posts bounds what is under way.
 * Source: docs/design.md, "Threads". pthread locks, not GLib's, so that ThreadSanitizer sees them. */
#include "base/crew.h"
#include <event2/event.h>

typedef struct LoopQueue LoopQueue;

/* How long a callback may go on with one piece of work after another before it lets the loop look at everybody else. */
enum { LOOP_TURN_US = 5 * 1000 };

/* Loop thread. */
LoopQueue *loop_queue_new(struct event_base *base, GError **error);

/* Loop thread, after every other thread that posts has ended and every strand was closed. What the crew has to do is
 * done first, and messages not yet delivered are delivered. */
void loop_queue_free(LoopQueue *queue);

/* Lent: for timers of those who post to it. */
struct event_base *loop_queue_base(const LoopQueue *queue);

/* Lent. */
Crew *loop_queue_crew(const LoopQueue *queue);

/* Any thread. `func(data)` runs on the loop thread, in the order of the posts. */
void loop_queue_post(LoopQueue *queue, JobFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LoopQueue, loop_queue_free)
