#pragma once
/* A crew of threads that work for all: whoever has blocking work gives it to a strand, which says how many of its jobs
 * may run at a time, and any thread of the crew runs them. With a width of one they run one after the other, in order.
 * Strands cost no thread while nothing is to do, and take turns, job by job, when there is more to do than threads.
 *
 * Owns: the threads, and the jobs not yet run.
 * Thread: any, except crew_free(), crew_settle() and strand_free(), which wait: not on a thread of the crew.
 * Errors: none. Where the system starts no thread at all, whoever gives a job runs it.
 * Units and limits: threads are started as jobs need them, up to the crew's maximum, and end after CREW_IDLE_US without
 *         one. Long strands never have the last CREW_SPARE threads, so that many long jobs keep nobody from storing
 *         messages. A job must not wait for another one, unless it runs that itself where nobody has begun it.
 *         Queues are unbounded, so whoever gives jobs bounds what is under way. Times are those of
 *         g_get_monotonic_time().
 * Source: docs/design.md, "Threads". pthread locks, not GLib's, so that ThreadSanitizer sees them. */
#include "base/job_list.h"
#include <pthread.h>

enum {
  CREW_THREADS_MAX = 16, /* for a process */
  CREW_SPARE = 4,
  CREW_IDLE_US = 10 * 1000 * 1000,
  CREW_TRIM_US = 1000 * 1000,
  JOB_STACK_BYTES = 512 * 1024 /* for a thread that runs jobs */
};

typedef struct Crew Crew;
typedef struct Strand Strand;

typedef enum {
  STRAND_SHORT, /* jobs that are over in some milliseconds, or that others wait for */
  STRAND_LONG   /* those that may take seconds */
} StrandKind;

/* No thread is started yet. */
Crew *crew_new(guint max_threads);

/* Runs what is queued, then ends the threads. All strands must be closed. NULL is fine. */
void crew_free(Crew *crew);

/* Returns when no job is queued or runs. Those set for a time do not count. */
void crew_settle(Crew *crew);

/* How many threads there are now. */
guint crew_n_threads(Crew *crew);

/* Any thread. Much was freed: CREW_TRIM_US later the allocator gives it back to the system, once for all who said so.
 */
void crew_trim_memory(Crew *crew);

Strand *strand_new(Crew *crew, guint width, StrandKind kind);

/* `func(data)` runs on one of the crew's threads. Not while holding a lock that the job takes. */
void strand_run(Strand *strand, JobFunc func, gpointer data);

/* The same at that time, or earlier: one job is set for a time, and where there is one for an earlier time, it stays.
 */
void strand_run_at(Strand *strand, gint64 due_us, JobFunc func, gpointer data);

/* Ends the strand: when all its jobs have run, and what they gave it, `closed(data)` runs on a thread of the crew, and
 * the strand is freed. What is set for a time does not run. `closed` NULL: nobody wants to know. */
void strand_close(Strand *strand, JobFunc closed, gpointer data);

/* Closes the strand and waits until that is done. NULL is fine. */
void strand_free(Strand *strand);

/* Starts a thread that gets no signals, for they are the loop's: 0, or an error number. Attributes may be NULL. */
int job_start_thread(pthread_t *out_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Crew, crew_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Strand, strand_free)
