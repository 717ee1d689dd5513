#include "base/crew.h"
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { N_THREADS = 4, N_JOBS = 2000, N_STRANDS = 200 };

static const gint64 HOUR_US = 3600 * (gint64)G_USEC_PER_SEC;

typedef struct Counter {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  guint n;
  guint n_now; /* jobs that run */
  guint n_most;
  guint n_wanted;
} Counter;

#define COUNTER_INIT {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}

static void count_cb(gpointer data) {
  Counter *counter = data;

  pthread_mutex_lock(&counter->lock);
  counter->n++;
  pthread_cond_broadcast(&counter->changed);
  pthread_mutex_unlock(&counter->lock);
}

static void wait_for_count(Counter *counter, guint n) {
  pthread_mutex_lock(&counter->lock);
  while (counter->n < n)
    pthread_cond_wait(&counter->changed, &counter->lock);
  pthread_mutex_unlock(&counter->lock);
}

/* Ends only when `n_wanted` have begun. */
static void meet_cb(gpointer data) {
  Counter *counter = data;

  pthread_mutex_lock(&counter->lock);
  counter->n++;
  pthread_cond_broadcast(&counter->changed);
  while (counter->n < counter->n_wanted)
    pthread_cond_wait(&counter->changed, &counter->lock);
  pthread_mutex_unlock(&counter->lock);
}

static void note_width_cb(gpointer data) {
  Counter *counter = data;

  pthread_mutex_lock(&counter->lock);
  counter->n++;
  counter->n_now++;
  counter->n_most = MAX(counter->n_most, counter->n_now);
  pthread_mutex_unlock(&counter->lock);
  sched_yield();
  pthread_mutex_lock(&counter->lock);
  counter->n_now--;
  pthread_mutex_unlock(&counter->lock);
}

static void free_runs_what_is_queued(void) {
  Counter counter = COUNTER_INIT;
  g_autoptr(Crew) crew = crew_new(N_THREADS);
  Strand *strand = strand_new(crew, 2, STRAND_SHORT);

  for (guint i = 0; i < N_JOBS; i++)
    strand_run(strand, count_cb, &counter);
  strand_free(strand);
  g_assert_cmpuint(counter.n, ==, N_JOBS);
}

/* One after the other: what the jobs touch needs no lock. */
typedef struct Sequence {
  Strand *strand;
  guint next;
  gboolean is_closed;
} Sequence;

typedef struct Step {
  Sequence *sequence;
  guint number;
} Step;

static void step_cb(gpointer data) {
  g_autofree Step *step = data;

  g_assert_cmpuint(step->sequence->next, ==, step->number);
  step->sequence->next++;
}

static void sequence_closed_cb(gpointer data) {
  Sequence *sequence = data;

  g_assert_cmpuint(sequence->next, ==, N_JOBS / 20);
  sequence->is_closed = TRUE;
}

static void many_strands_keep_their_order_on_few_threads(void) {
  static Sequence sequences[N_STRANDS];
  Crew *crew = crew_new(N_THREADS);

  for (guint i = 0; i < N_STRANDS; i++)
    sequences[i].strand = strand_new(crew, 1, i % 2 == 0 ? STRAND_SHORT : STRAND_LONG);
  for (guint number = 0; number < N_JOBS / 20; number++) {
    for (guint i = 0; i < N_STRANDS; i++) {
      Step *step = g_new(Step, 1);
      *step = (Step){&sequences[i], number};
      strand_run(sequences[i].strand, step_cb, step);
    }
  }
  g_assert_cmpuint(crew_n_threads(crew), <=, N_THREADS);
  for (guint i = 0; i < N_STRANDS; i++)
    strand_close(sequences[i].strand, sequence_closed_cb, &sequences[i]);
  crew_free(crew);
  for (guint i = 0; i < N_STRANDS; i++)
    g_assert_true(sequences[i].is_closed);
}

static void jobs_run_side_by_side_up_to_the_width(void) {
  Counter all_meet = COUNTER_INIT;
  Counter bounded = COUNTER_INIT;
  g_autoptr(Crew) crew = crew_new(N_THREADS);
  Strand *wide = strand_new(crew, N_THREADS, STRAND_SHORT);
  Strand *narrow = strand_new(crew, 2, STRAND_SHORT);

  all_meet.n_wanted = N_THREADS;
  for (guint i = 0; i < N_THREADS; i++)
    strand_run(wide, meet_cb, &all_meet);
  for (guint i = 0; i < N_JOBS; i++)
    strand_run(narrow, note_width_cb, &bounded);
  strand_free(wide);
  strand_free(narrow);
  g_assert_cmpuint(all_meet.n, ==, N_THREADS);
  g_assert_cmpuint(bounded.n, ==, N_JOBS);
  g_assert_cmpuint(bounded.n_most, <=, 2);
}

static void long_jobs_leave_threads_to_short_ones(void) {
  Counter long_jobs = COUNTER_INIT;
  Counter short_jobs = COUNTER_INIT;
  g_autoptr(Crew) crew = crew_new(CREW_SPARE + 1);
  Strand *strands[N_THREADS];
  Strand *prompt = strand_new(crew, 1, STRAND_SHORT);

  long_jobs.n_wanted = G_MAXUINT; /* until the short ones are done */
  for (guint i = 0; i < N_THREADS; i++) {
    strands[i] = strand_new(crew, 1, STRAND_LONG);
    strand_run(strands[i], meet_cb, &long_jobs);
  }
  for (guint i = 0; i < N_JOBS; i++)
    strand_run(prompt, count_cb, &short_jobs);
  wait_for_count(&short_jobs, N_JOBS);
  pthread_mutex_lock(&long_jobs.lock);
  g_assert_cmpuint(long_jobs.n, <=, 1);
  long_jobs.n_wanted = 0;
  pthread_cond_broadcast(&long_jobs.changed);
  pthread_mutex_unlock(&long_jobs.lock);
  for (guint i = 0; i < N_THREADS; i++)
    strand_free(strands[i]);
  strand_free(prompt);
}

typedef struct Busy {
  Strand *strand;
  gint stops; /* atomic */
} Busy;

static void busy_cb(gpointer data) {
  Busy *busy = data;

  if (!g_atomic_int_get(&busy->stops))
    strand_run(busy->strand, busy_cb, busy);
}

/* A strand that always has a job waits for its turn like any other. */
static void no_strand_starves_the_others(void) {
  Counter counter = COUNTER_INIT;
  g_autoptr(Crew) crew = crew_new(1);
  Busy busy = {.strand = strand_new(crew, 1, STRAND_SHORT)};
  Strand *same = strand_new(crew, 1, STRAND_SHORT);
  Strand *other_kind = strand_new(crew, 1, STRAND_LONG);

  strand_run(busy.strand, busy_cb, &busy);
  strand_run(same, count_cb, &counter);
  strand_run(other_kind, count_cb, &counter);
  wait_for_count(&counter, 2);
  g_atomic_int_set(&busy.stops, TRUE);
  strand_free(busy.strand);
  strand_free(same);
  strand_free(other_kind);
}

typedef struct Nested {
  Strand *strand;
  Counter counter;
} Nested;

static void nested_cb(gpointer data) {
  Nested *nested = data;

  for (guint i = 0; i < 10; i++)
    strand_run(nested->strand, count_cb, &nested->counter);
}

static void jobs_may_give_jobs_even_at_the_end(void) {
  g_autoptr(Crew) crew = crew_new(2);
  Nested nested = {.strand = strand_new(crew, 1, STRAND_SHORT), .counter = COUNTER_INIT};

  strand_run(nested.strand, nested_cb, &nested);
  strand_free(nested.strand);
  g_assert_cmpuint(nested.counter.n, ==, 10);
}

static void closing_tells_when_the_last_job_has_run(void) {
  g_autoptr(Crew) crew = crew_new(2);
  Counter closed = COUNTER_INIT;
  Counter counter = COUNTER_INIT;
  Strand *unused = strand_new(crew, 1, STRAND_SHORT);
  Strand *used = strand_new(crew, 2, STRAND_LONG);

  for (guint i = 0; i < N_JOBS; i++)
    strand_run(used, count_cb, &counter);
  strand_close(used, count_cb, &closed);
  strand_close(unused, count_cb, &closed);
  wait_for_count(&closed, 2);
  g_assert_cmpuint(counter.n, ==, N_JOBS);
}

static void unused_crew_starts_no_thread(void) {
  Crew *crew = crew_new(N_THREADS);
  Strand *strand = strand_new(crew, 1, STRAND_SHORT);

  strand_close(strand, NULL, NULL);
  g_assert_cmpuint(crew_n_threads(crew), ==, 0);
  crew_free(crew);
  crew_free(NULL);
  strand_free(NULL);
}

/* --- times */

static void job_runs_at_its_time_not_before(void) {
  Counter counter = COUNTER_INIT;
  g_autoptr(Crew) crew = crew_new(N_THREADS);
  Strand *strand = strand_new(crew, 1, STRAND_SHORT);
  gint64 due_us = g_get_monotonic_time() + 20 * 1000;

  strand_run_at(strand, due_us + HOUR_US, count_cb, &counter);
  strand_run_at(strand, due_us, count_cb, &counter);
  strand_run_at(strand, due_us + HOUR_US, count_cb, &counter); /* the earlier one stays */
  wait_for_count(&counter, 1);
  g_assert_cmpint(g_get_monotonic_time(), >=, due_us);
  strand_run_at(strand, g_get_monotonic_time() + HOUR_US, count_cb, &counter);
  strand_free(strand); /* without it */
  g_assert_cmpuint(counter.n, ==, 1);
}

static void time_is_kept_while_all_who_were_idle_work(void) {
  Counter counter = COUNTER_INIT;
  Counter meeting = COUNTER_INIT;
  g_autoptr(Crew) crew = crew_new(2);
  Strand *timed = strand_new(crew, 1, STRAND_SHORT);
  Strand *blocked = strand_new(crew, 1, STRAND_SHORT);

  meeting.n_wanted = 2;
  strand_run_at(timed, g_get_monotonic_time() + 1000, count_cb, &counter);
  strand_run(blocked, meet_cb, &meeting);
  wait_for_count(&counter, 1);
  count_cb(&meeting);
  strand_free(timed);
  strand_free(blocked);
}

typedef struct Again {
  Strand *strand;
  Counter *counter;
  guint n_left;
} Again;

static void again_cb(gpointer data) {
  Again *again = data;

  count_cb(again->counter);
  if (--again->n_left > 0)
    strand_run_at(again->strand, g_get_monotonic_time() + 100, again_cb, again);
}

static void many_strands_have_a_time_each(void) {
  Counter counter = COUNTER_INIT;
  g_autoptr(Crew) crew = crew_new(N_THREADS);
  Again all[N_STRANDS];

  for (guint i = 0; i < N_STRANDS; i++) {
    all[i] = (Again){strand_new(crew, 1, STRAND_SHORT), &counter, 10};
    strand_run_at(all[i].strand, g_get_monotonic_time() + (gint64)(i * 37 % 500), again_cb, &all[i]);
  }
  wait_for_count(&counter, 10 * N_STRANDS);
  for (guint i = 0; i < N_STRANDS; i++)
    strand_free(all[i].strand);
}

/* --- threads */

typedef struct ThreadFacts {
  pthread_t thread;
  char name[32];
  sigset_t blocked;
} ThreadFacts;

static void note_facts_cb(gpointer data) {
  ThreadFacts *facts = data;

  facts->thread = pthread_self();
  pthread_getname_np(pthread_self(), facts->name, sizeof facts->name);
  pthread_sigmask(SIG_SETMASK, NULL, &facts->blocked);
}

static void threads_are_named_and_take_no_signals(void) {
  ThreadFacts facts = {0};
  sigset_t before, after;
  g_autoptr(Crew) crew = crew_new(1);
  Strand *strand = strand_new(crew, 1, STRAND_SHORT);

  pthread_sigmask(SIG_SETMASK, NULL, &before);
  strand_run(strand, note_facts_cb, &facts);
  strand_free(strand);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  g_assert_cmpstr(facts.name, ==, "crew");
  g_assert_true(sigismember(&facts.blocked, SIGTERM));
  g_assert_true(sigismember(&facts.blocked, SIGINT));
  g_assert_cmpint(sigismember(&before, SIGTERM), ==, sigismember(&after, SIGTERM));
}

static void jobs_run_even_when_no_thread_can_be_started(void) {
  if (!g_test_subprocess()) {
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    return;
  }
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_NPROC, &none);
  if (geteuid() == 0) /* whom no such limit holds */
    g_assert_cmpint(setuid(65534), ==, 0);

  Crew *crew = crew_new(1);
  Nested nested = {.strand = strand_new(crew, 1, STRAND_SHORT), .counter = COUNTER_INIT};
  ThreadFacts facts = {0};
  strand_run(nested.strand, nested_cb, &nested);
  strand_run(nested.strand, note_facts_cb, &facts);
  strand_free(nested.strand);
  crew_free(crew);
  g_assert_cmpuint(nested.counter.n, ==, 10);
  g_assert_true(pthread_equal(facts.thread, pthread_self()));
  _exit(0); /* a sanitizer that looks for leaks wants a thread for it */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/base/crew/" #name, name)
  ADD(free_runs_what_is_queued);
  ADD(many_strands_keep_their_order_on_few_threads);
  ADD(jobs_run_side_by_side_up_to_the_width);
  ADD(long_jobs_leave_threads_to_short_ones);
  ADD(no_strand_starves_the_others);
  ADD(jobs_may_give_jobs_even_at_the_end);
  ADD(closing_tells_when_the_last_job_has_run);
  ADD(unused_crew_starts_no_thread);
  ADD(job_runs_at_its_time_not_before);
  ADD(time_is_kept_while_all_who_were_idle_work);
  ADD(many_strands_have_a_time_each);
  ADD(threads_are_named_and_take_no_signals);
  ADD(jobs_run_even_when_no_thread_can_be_started);
#undef ADD
  return g_test_run();
}
