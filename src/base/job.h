#pragma once
/* Work handed between threads: jobs to helper threads, results back to the loop.
 *
 * Owns: a LoopQueue owns a wake-up descriptor and the messages not yet delivered; a JobPool owns its threads.
 * Thread: each function says. Nothing but whole messages crosses: who posts a pointer gives away what it points to.
 * Errors: creating a LoopQueue fails when the process has no descriptors left (G_FILE_ERROR).
 * Units and limits: a pool starts threads as jobs need them, up to its maximum, and keeps them; queues are unbounded,
 *         so whoever posts bounds what is under way.
 * Source: docs/design.md, "Threads". pthread locks, not GLib's, so that ThreadSanitizer sees them. */
#include <event2/event.h>
#include <glib.h>
#include <pthread.h>

enum { JOB_STACK_BYTES = 512 * 1024 }; /* for a thread that runs jobs */

typedef void (*JobFunc)(gpointer data);

typedef struct LoopQueue LoopQueue;
typedef struct JobPool JobPool;

/* Loop thread. */
LoopQueue *loop_queue_new(struct event_base *base, GError **error);

/* Loop thread, after every thread that posts has ended. Messages not yet delivered are delivered first. */
void loop_queue_free(LoopQueue *queue);

/* Lent: for timers of those who post to it. */
struct event_base *loop_queue_base(const LoopQueue *queue);

/* Any thread. `func(data)` runs on the loop thread, in the order of the posts. */
void loop_queue_post(LoopQueue *queue, JobFunc func, gpointer data);

/* Any thread. Starts one that gets no signals, for they are the loop's: 0, or an error number. Attributes may be NULL.
 */
int job_start_thread(pthread_t *out_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data);

/* Any thread; no thread is started yet. `name` shows in thread lists, at most 15 bytes. */
JobPool *job_pool_new(const char *name, guint max_threads);

/* Any thread. `func(data)` runs on one of the pool's threads; with one thread, in the order of the calls. */
void job_pool_run(JobPool *pool, JobFunc func, gpointer data);

/* The thread that made it. Runs what is queued, then ends the threads and waits for them. NULL is fine. */
void job_pool_free(JobPool *pool);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LoopQueue, loop_queue_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JobPool, job_pool_free)
