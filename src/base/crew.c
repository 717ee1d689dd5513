#include "base/crew.h"

#include "base/process_memory.h"
#include <signal.h>
#include <time.h>

enum { NEVER = -1 };

/* A strand waits for its turn while a job of it may run. */
struct Strand {
  Crew *crew;
  guint width;
  StrandKind kind;
  /* Under the crew's lock: */
  JobList queued;
  guint n_queued;
  guint n_running;
  gboolean is_ready; /* it waits for its turn */
  Strand *next_ready;
  GSequenceIter *timed; /* NULL: nothing is set for a time */
  gint64 due_us;
  JobFunc timed_func;
  gpointer timed_data;
  gboolean is_closing;
  JobFunc closed;
  gpointer closed_data;
};

typedef struct Turns {
  Strand *first;
  Strand *last;
} Turns;

typedef struct Worker {
  Crew *crew;
  pthread_t thread;
  pthread_cond_t wake;
  struct Worker *below; /* in the stack of idle ones, or of those that ended */
  gboolean is_idle;
} Worker;

struct Crew {
  guint max_threads;
  pthread_mutex_t lock;
  pthread_cond_t changed; /* a thread ended, or nothing is under way any more */
  /* Under the lock: */
  Turns ready[STRAND_LONG + 1];
  gboolean long_is_next; /* both kinds have turns */
  guint n_long;          /* jobs of long strands that run */
  guint n_under_way;     /* jobs queued or running, and strands that are closing */
  GSequence *timed;      /* Strand *, by the time */
  Worker *idle;          /* the one that became idle last is woken first */
  Worker *ended;         /* to be joined */
  Worker *timekeeper;    /* of the idle ones: wakes when something is set for a time; NULL: nobody does */
  gint64 kept_until_us;  /* when it wakes by itself */
  guint n_threads;
  Strand *trimmer;
  gboolean ending;
  gboolean caller_helps; /* no thread could be started, so whoever gives a job does the work */
};

/* --- turns */

static void take_turn(Strand *strand) {
  Turns *turns = &strand->crew->ready[strand->kind];
  gboolean has_work = strand->n_queued > 0 || (strand->is_closing && strand->n_running == 0);

  if (strand->is_ready || !has_work || strand->n_running >= strand->width)
    return;
  strand->is_ready = TRUE;
  strand->next_ready = NULL;
  if (turns->last)
    turns->last->next_ready = strand;
  else
    turns->first = strand;
  turns->last = strand;
}

static Strand *next_of(Turns *turns) {
  Strand *strand = turns->first;

  turns->first = strand->next_ready;
  if (!turns->first)
    turns->last = NULL;
  strand->is_ready = FALSE;
  return strand;
}

static gboolean may_run_long(const Crew *crew) {
  guint spare = MIN((guint)CREW_SPARE, crew->max_threads - 1);

  return crew->n_long < crew->max_threads - spare;
}

/* NULL: there is nothing to do. */
static Strand *next_strand(Crew *crew) {
  gboolean may_long = crew->ready[STRAND_LONG].first && may_run_long(crew);
  gboolean may_short = crew->ready[STRAND_SHORT].first != NULL;

  if (!may_long && !may_short)
    return NULL;
  StrandKind kind = may_long && (!may_short || crew->long_is_next) ? STRAND_LONG : STRAND_SHORT;
  crew->long_is_next = kind == STRAND_SHORT;
  return next_of(&crew->ready[kind]);
}

/* --- times */

static gint by_time(gconstpointer a, gconstpointer b, gpointer unused) {
  const Strand *one = a;
  const Strand *other = b;

  return one->due_us < other->due_us ? -1 : one->due_us > other->due_us;
}

static gint64 next_due_us(const Crew *crew) {
  if (g_sequence_is_empty(crew->timed))
    return NEVER;
  const Strand *strand = g_sequence_get(g_sequence_get_begin_iter(crew->timed));
  return strand->due_us;
}

static void forget_time(Strand *strand) {
  g_clear_pointer(&strand->timed, g_sequence_remove);
}

static void append(Strand *strand, JobFunc func, gpointer data) {
  job_list_append(&strand->queued, func, data);
  strand->n_queued++;
  strand->crew->n_under_way++;
  take_turn(strand);
}

/* --- threads */

static void wake(Worker *worker) {
  pthread_cond_signal(&worker->wake);
}

static void *worker_main(void *data);

int job_start_thread(pthread_t *out_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data) {
  sigset_t all, before;

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* what it starts with is what we have now */
  int error_number = pthread_create(out_thread, attributes, run, data);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error_number;
}

static void worker_free(Worker *worker) {
  pthread_cond_destroy(&worker->wake);
  g_free(worker);
}

static void join_ended(Crew *crew) {
  for (Worker *worker; (worker = crew->ended);) {
    crew->ended = worker->below;
    pthread_join(worker->thread, NULL);
    worker_free(worker);
  }
}

static void init_wake(pthread_cond_t *wake) {
#ifdef __APPLE__
  pthread_cond_init(wake, NULL);
#else
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(wake, &attributes);
  pthread_condattr_destroy(&attributes);
#endif
}

static void start_thread(Crew *crew) {
  Worker *worker = g_new0(Worker, 1);
  pthread_attr_t attributes;

  join_ended(crew);
  worker->crew = crew;
  init_wake(&worker->wake);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, JOB_STACK_BYTES);
  if (job_start_thread(&worker->thread, &attributes, worker_main, worker) == 0)
    crew->n_threads++;
  else
    worker_free(worker);
  pthread_attr_destroy(&attributes);
}

static void unlink_idle(Worker *worker) {
  Worker **at = &worker->crew->idle;

  while (*at != worker)
    at = &(*at)->below;
  *at = worker->below;
  worker->is_idle = FALSE;
}

static void call_idle(Crew *crew) {
  Worker *worker = crew->idle;

  unlink_idle(worker);
  if (crew->timekeeper == worker)
    crew->timekeeper = NULL;
  wake(worker);
}

static gboolean run_ready(Crew *crew);

/* Sees to it that somebody does what became ready. */
static void call_worker(Crew *crew) {
  if (crew->idle)
    call_idle(crew);
  else if (crew->n_threads < crew->max_threads && !crew->caller_helps)
    start_thread(crew);
  if (crew->n_threads == 0 && !crew->caller_helps) {
    /* The system gives no thread. Slow is better than never, and the next call tries again. */
    crew->caller_helps = TRUE;
    (void)run_ready(crew);
    crew->caller_helps = FALSE;
  }
}

/* Somebody has to wake for what is set for a time while this thread works. */
static void leave_time(Crew *crew) {
  if (crew->timekeeper || crew->caller_helps || g_sequence_is_empty(crew->timed))
    return;
  if (crew->idle)
    call_idle(crew);
  else if (crew->n_threads < crew->max_threads)
    start_thread(crew);
}

static void run_due(Crew *crew) {
  gint64 due_us = next_due_us(crew);

  if (due_us == NEVER)
    return;
  gint64 now_us = g_get_monotonic_time();
  for (gboolean is_first = TRUE; due_us != NEVER && due_us <= now_us; is_first = FALSE) {
    Strand *strand = g_sequence_get(g_sequence_get_begin_iter(crew->timed));
    forget_time(strand);
    append(strand, strand->timed_func, strand->timed_data);
    if (!is_first && !crew->caller_helps)
      call_worker(crew);
    due_us = next_due_us(crew);
  }
}

/* Called and left with the lock held. */
static void end_strand(Strand *strand) {
  Crew *crew = strand->crew;
  JobFunc closed = strand->closed;
  gpointer data = strand->closed_data;

  g_free(strand);
  if (closed) {
    pthread_mutex_unlock(&crew->lock);
    closed(data);
    pthread_mutex_lock(&crew->lock);
  }
}

/* Called and left with the lock held; the job runs without it. */
static void run_one(Strand *strand) {
  Crew *crew = strand->crew;
  Job *job = job_list_take(&strand->queued);

  if (job) {
    gboolean is_long = strand->kind == STRAND_LONG;
    strand->n_queued--;
    strand->n_running++;
    crew->n_long += is_long;
    take_turn(strand);
    leave_time(crew);
    pthread_mutex_unlock(&crew->lock);
    job_run(job);
    pthread_mutex_lock(&crew->lock);
    crew->n_long -= is_long;
    strand->n_running--;
    take_turn(strand);
  } else {
    end_strand(strand);
  }
  if (--crew->n_under_way == 0)
    pthread_cond_broadcast(&crew->changed);
}

/* Called and left with the lock held. FALSE: there was nothing to do. */
static gboolean run_ready(Crew *crew) {
  gboolean any = FALSE;

  run_due(crew);
  for (Strand *strand; (strand = next_strand(crew));) {
    run_one(strand);
    run_due(crew);
    any = TRUE;
  }
  return any;
}

static int wait_until(Worker *worker, gint64 until_us) {
#ifdef __APPLE__
  gint64 us = MAX(until_us - g_get_monotonic_time(), 0);
#else
  gint64 us = until_us;
#endif
  const struct timespec time = {.tv_sec = us / G_USEC_PER_SEC, .tv_nsec = (us % G_USEC_PER_SEC) * 1000};
#ifdef __APPLE__
  return pthread_cond_timedwait_relative_np(&worker->wake, &worker->crew->lock, &time);
#else
  return pthread_cond_timedwait(&worker->wake, &worker->crew->lock, &time);
#endif
}

/* The one that keeps the time is called last. */
static void push_idle(Worker *worker, gboolean keeps_time) {
  Worker **at = &worker->crew->idle;

  while (keeps_time && *at)
    at = &(*at)->below;
  worker->below = *at;
  *at = worker;
  worker->is_idle = TRUE;
}

/* FALSE: there has been nothing to do for long. */
static gboolean wait_for_work(Worker *worker, gint64 idle_until_us) {
  Crew *crew = worker->crew;
  gint64 due_us = next_due_us(crew);
  gboolean keeps_time = due_us != NEVER && !crew->timekeeper;

  if (!keeps_time && g_get_monotonic_time() >= idle_until_us)
    return FALSE;
  if (keeps_time) {
    crew->timekeeper = worker;
    crew->kept_until_us = due_us;
  }
  push_idle(worker, keeps_time);
  (void)wait_until(worker, keeps_time ? due_us : idle_until_us);
  if (worker->is_idle)
    unlink_idle(worker);
  if (crew->timekeeper == worker)
    crew->timekeeper = NULL;
  return TRUE;
}

static void *worker_main(void *data) {
  Worker *worker = data;
  Crew *crew = worker->crew;
#ifdef __APPLE__
  pthread_setname_np("crew");
#else
  pthread_setname_np(pthread_self(), "crew");
#endif
  pthread_mutex_lock(&crew->lock);
  gint64 idle_until_us = 0;
  do {
    if (run_ready(crew) || idle_until_us == 0)
      idle_until_us = g_get_monotonic_time() + CREW_IDLE_US;
  } while (!crew->ending && wait_for_work(worker, idle_until_us));
  crew->n_threads--;
  worker->below = crew->ended;
  crew->ended = worker;
  pthread_cond_broadcast(&crew->changed);
  pthread_mutex_unlock(&crew->lock);
  return NULL;
}

Crew *crew_new(guint max_threads) {
  g_assert(max_threads > 0);
  Crew *crew = g_new0(Crew, 1);
  crew->max_threads = max_threads;
  crew->timed = g_sequence_new(NULL);
  crew->trimmer = strand_new(crew, 1, STRAND_SHORT);
  pthread_mutex_init(&crew->lock, NULL);
  pthread_cond_init(&crew->changed, NULL);
  return crew;
}

void crew_settle(Crew *crew) {
  pthread_mutex_lock(&crew->lock);
  while (crew->n_under_way > 0)
    pthread_cond_wait(&crew->changed, &crew->lock);
  pthread_mutex_unlock(&crew->lock);
}

guint crew_n_threads(Crew *crew) {
  pthread_mutex_lock(&crew->lock);
  guint n_threads = crew->n_threads;
  pthread_mutex_unlock(&crew->lock);
  return n_threads;
}

void crew_free(Crew *crew) {
  if (!crew)
    return;
  strand_close(crew->trimmer, NULL, NULL);
  crew_settle(crew);
  pthread_mutex_lock(&crew->lock);
  crew->ending = TRUE;
  while (crew->idle)
    call_idle(crew);
  while (crew->n_threads > 0)
    pthread_cond_wait(&crew->changed, &crew->lock);
  join_ended(crew);
  pthread_mutex_unlock(&crew->lock);
  g_sequence_free(crew->timed);
  pthread_cond_destroy(&crew->changed);
  pthread_mutex_destroy(&crew->lock);
  g_free(crew);
}

/* --- strands */

Strand *strand_new(Crew *crew, guint width, StrandKind kind) {
  g_assert(width > 0);
  Strand *strand = g_new0(Strand, 1);
  strand->crew = crew;
  strand->width = width;
  strand->kind = kind;
  return strand;
}

void strand_run(Strand *strand, JobFunc func, gpointer data) {
  Crew *crew = strand->crew;

  pthread_mutex_lock(&crew->lock);
  gboolean may_run = strand->n_running + strand->n_queued < strand->width;
  append(strand, func, data);
  if (may_run && (strand->kind == STRAND_SHORT || may_run_long(crew)))
    call_worker(crew); /* else whoever runs a job now takes the next */
  pthread_mutex_unlock(&crew->lock);
}

void strand_run_at(Strand *strand, gint64 due_us, JobFunc func, gpointer data) {
  Crew *crew = strand->crew;

  pthread_mutex_lock(&crew->lock);
  if (!strand->is_closing && (!strand->timed || due_us < strand->due_us)) {
    forget_time(strand);
    strand->due_us = due_us;
    strand->timed_func = func;
    strand->timed_data = data;
    strand->timed = g_sequence_insert_sorted(crew->timed, strand, by_time, NULL);
    if (crew->timekeeper && due_us < crew->kept_until_us)
      wake(crew->timekeeper);
    leave_time(crew);
  }
  pthread_mutex_unlock(&crew->lock);
}

void strand_close(Strand *strand, JobFunc closed, gpointer data) {
  Crew *crew = strand->crew;

  pthread_mutex_lock(&crew->lock);
  strand->is_closing = TRUE;
  strand->closed = closed;
  strand->closed_data = data;
  forget_time(strand);
  gboolean is_unused = strand->n_queued + strand->n_running == 0;
  if (is_unused && !closed) {
    g_free(strand);
  } else {
    crew->n_under_way++;
    take_turn(strand);
    if (is_unused)
      call_worker(crew);
  }
  pthread_mutex_unlock(&crew->lock);
}

typedef struct Closing {
  pthread_mutex_t lock;
  pthread_cond_t done;
  gboolean is_done;
} Closing;

static void closed_cb(gpointer data) {
  Closing *closing = data;

  pthread_mutex_lock(&closing->lock);
  closing->is_done = TRUE;
  pthread_cond_signal(&closing->done);
  pthread_mutex_unlock(&closing->lock);
}

void strand_free(Strand *strand) {
  if (!strand)
    return;
  Closing closing = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
  strand_close(strand, closed_cb, &closing);
  pthread_mutex_lock(&closing.lock);
  while (!closing.is_done)
    pthread_cond_wait(&closing.done, &closing.lock);
  pthread_mutex_unlock(&closing.lock);
  pthread_cond_destroy(&closing.done);
  pthread_mutex_destroy(&closing.lock);
}

/* --- memory */

static void trim_cb(gpointer data) {
  process_memory_trim();
}

void crew_trim_memory(Crew *crew) {
  strand_run_at(crew->trimmer, g_get_monotonic_time() + CREW_TRIM_US, trim_cb, NULL);
}
