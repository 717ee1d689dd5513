#include "base/job.h"
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { N_THREADS = 4, N_POSTS = 2000 };

typedef struct Fixture {
  struct event_base *base;
  LoopQueue *queue;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer unused) {
  g_autoptr(GError) error = NULL;
  fixture->base = event_base_new();
  fixture->queue = loop_queue_new(fixture->base, &error);
  g_assert_no_error(error);
}

static void tear_down(Fixture *fixture, gconstpointer unused) {
  g_clear_pointer(&fixture->queue, loop_queue_free);
  event_base_free(fixture->base);
}

/* --- LoopQueue */

typedef struct Numbers {
  GArray *seen;
  guint n_expected;
  struct event_base *base;
} Numbers;

typedef struct Number {
  Numbers *numbers;
  guint value;
} Number;

static Number *number_new(Numbers *numbers, guint value) {
  Number *number = g_new(Number, 1);
  *number = (Number){numbers, value};
  return number;
}

static void see_cb(gpointer data) {
  g_autofree Number *number = data;
  Numbers *numbers = number->numbers;

  g_array_append_val(numbers->seen, number->value);
  if (numbers->seen->len == numbers->n_expected)
    event_base_loopbreak(numbers->base);
}

static void posts_arrive_in_order(Fixture *fixture, gconstpointer unused) {
  Numbers numbers = {g_array_new(FALSE, FALSE, sizeof(guint)), 3, fixture->base};

  for (guint i = 0; i < 3; i++)
    loop_queue_post(fixture->queue, see_cb, number_new(&numbers, i));
  g_assert_cmpuint(numbers.seen->len, ==, 0); /* never from inside the call */
  event_base_dispatch(fixture->base);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint(g_array_index(numbers.seen, guint, i), ==, i);
  g_array_unref(numbers.seen);
}

typedef struct Poster {
  LoopQueue *queue;
  Numbers *numbers;
  guint first;
} Poster;

static void *post_thread(void *user_data) {
  const Poster *poster = user_data;
  for (guint i = 0; i < N_POSTS; i++)
    loop_queue_post(poster->queue, see_cb, number_new(poster->numbers, poster->first + i));
  return NULL;
}

static void posts_of_many_threads_all_arrive_each_in_order(Fixture *fixture, gconstpointer unused) {
  Numbers numbers = {g_array_new(FALSE, FALSE, sizeof(guint)), N_THREADS * N_POSTS, fixture->base};
  Poster posters[N_THREADS];
  pthread_t threads[N_THREADS];
  guint next[N_THREADS] = {0};

  for (guint t = 0; t < N_THREADS; t++) {
    posters[t] = (Poster){fixture->queue, &numbers, t * N_POSTS};
    g_assert_cmpint(pthread_create(&threads[t], NULL, post_thread, &posters[t]), ==, 0);
  }
  event_base_dispatch(fixture->base);
  for (guint t = 0; t < N_THREADS; t++)
    pthread_join(threads[t], NULL);

  g_assert_cmpuint(numbers.seen->len, ==, N_THREADS * N_POSTS);
  for (guint i = 0; i < numbers.seen->len; i++) {
    guint value = g_array_index(numbers.seen, guint, i);
    g_assert_cmpuint(value % N_POSTS, ==, next[value / N_POSTS]++);
  }
  g_array_unref(numbers.seen);
}

typedef struct Repost {
  LoopQueue *queue;
  guint n_left;
} Repost;

static void repost_cb(gpointer data) {
  Repost *repost = data;
  if (--repost->n_left > 0)
    loop_queue_post(repost->queue, repost_cb, repost);
}

static void free_delivers_what_is_posted_and_what_that_posts(Fixture *fixture, gconstpointer unused) {
  Repost repost = {fixture->queue, 3};

  loop_queue_post(fixture->queue, repost_cb, &repost);
  g_clear_pointer(&fixture->queue, loop_queue_free);
  g_assert_cmpuint(repost.n_left, ==, 0);
}

static void loop_can_be_woken_again_and_again(Fixture *fixture, gconstpointer unused) {
  for (guint round = 0; round < 3; round++) {
    Repost repost = {fixture->queue, 2};
    loop_queue_post(fixture->queue, repost_cb, &repost);
    for (guint i = 0; i < 4 && repost.n_left > 0; i++)
      event_base_loop(fixture->base, EVLOOP_ONCE);
    g_assert_cmpuint(repost.n_left, ==, 0);
  }
}

static void queue_without_descriptors_is_an_error(void) {
  if (!g_test_subprocess()) {
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    return;
  }
  g_autoptr(GError) error = NULL;
  struct event_base *base = event_base_new();
  struct rlimit before, none;
  getrlimit(RLIMIT_NOFILE, &before);
  none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  g_assert_null(loop_queue_new(base, &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_MFILE);
  setrlimit(RLIMIT_NOFILE, &before);
  event_base_free(base);
}

/* --- JobPool */

typedef struct Counter {
  pthread_mutex_t lock;
  pthread_cond_t all_here;
  guint n;
} Counter;

#define COUNTER_INIT {.lock = PTHREAD_MUTEX_INITIALIZER, .all_here = PTHREAD_COND_INITIALIZER}

static void count_cb(gpointer data) {
  Counter *counter = data;
  pthread_mutex_lock(&counter->lock);
  counter->n++;
  pthread_mutex_unlock(&counter->lock);
}

static void free_runs_what_is_queued(void) {
  Counter counter = COUNTER_INIT;
  JobPool *pool = job_pool_new("test", 2);

  for (guint i = 0; i < N_POSTS; i++)
    job_pool_run(pool, count_cb, &counter);
  job_pool_free(pool);
  g_assert_cmpuint(counter.n, ==, N_POSTS);
}

static void see_without_loop_cb(gpointer data) {
  g_autofree Number *number = data;
  g_array_append_val(number->numbers->seen, number->value);
}

static void one_thread_keeps_the_order(void) {
  Numbers numbers = {.seen = g_array_new(FALSE, FALSE, sizeof(guint))};
  JobPool *pool = job_pool_new("test", 1);

  for (guint i = 0; i < N_POSTS; i++)
    job_pool_run(pool, see_without_loop_cb, number_new(&numbers, i));
  job_pool_free(pool);
  g_assert_cmpuint(numbers.seen->len, ==, N_POSTS);
  for (guint i = 0; i < N_POSTS; i++)
    g_assert_cmpuint(g_array_index(numbers.seen, guint, i), ==, i);
  g_array_unref(numbers.seen);
}

/* Ends only when N_THREADS of it run at a time. */
static void meet_cb(gpointer data) {
  Counter *counter = data;
  pthread_mutex_lock(&counter->lock);
  counter->n++;
  pthread_cond_broadcast(&counter->all_here);
  while (counter->n < N_THREADS)
    pthread_cond_wait(&counter->all_here, &counter->lock);
  pthread_mutex_unlock(&counter->lock);
}

static void jobs_run_side_by_side_up_to_the_maximum(void) {
  Counter counter = COUNTER_INIT;
  JobPool *pool = job_pool_new("test", N_THREADS);

  for (guint i = 0; i < N_THREADS; i++)
    job_pool_run(pool, meet_cb, &counter);
  job_pool_free(pool);
  g_assert_cmpuint(counter.n, ==, N_THREADS);
}

typedef struct Nested {
  JobPool *pool;
  Counter counter;
} Nested;

static void nested_cb(gpointer data) {
  Nested *nested = data;
  for (guint i = 0; i < 10; i++)
    job_pool_run(nested->pool, count_cb, &nested->counter);
}

static void jobs_may_queue_jobs_even_at_the_end(void) {
  Nested nested = {.pool = job_pool_new("test", 2), .counter = COUNTER_INIT};

  job_pool_run(nested.pool, nested_cb, &nested);
  job_pool_free(nested.pool);
  g_assert_cmpuint(nested.counter.n, ==, 10);
}

static void unused_pool_starts_no_thread(void) {
  job_pool_free(job_pool_new("test", N_THREADS));
  job_pool_free(NULL);
}

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
  JobPool *pool = job_pool_new("a-name-that-is-too-long", 1);

  pthread_sigmask(SIG_SETMASK, NULL, &before);
  job_pool_run(pool, note_facts_cb, &facts);
  job_pool_free(pool);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  g_assert_cmpstr(facts.name, ==, "a-name-that-is-");
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

  Nested nested = {.pool = job_pool_new("test", 1), .counter = COUNTER_INIT};
  ThreadFacts facts = {0};
  job_pool_run(nested.pool, nested_cb, &nested);
  job_pool_run(nested.pool, note_facts_cb, &facts);
  job_pool_free(nested.pool);
  g_assert_cmpuint(nested.counter.n, ==, 10);
  g_assert_true(pthread_equal(facts.thread, pthread_self()));
  _exit(0); /* a sanitizer that looks for leaks wants a thread for it */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/base/job/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(posts_arrive_in_order);
  ADD(posts_of_many_threads_all_arrive_each_in_order);
  ADD(free_delivers_what_is_posted_and_what_that_posts);
  ADD(loop_can_be_woken_again_and_again);
#undef ADD
#define ADD(name) g_test_add_func("/base/job/" #name, name)
  ADD(queue_without_descriptors_is_an_error);
  ADD(free_runs_what_is_queued);
  ADD(one_thread_keeps_the_order);
  ADD(jobs_run_side_by_side_up_to_the_maximum);
  ADD(jobs_may_queue_jobs_even_at_the_end);
  ADD(unused_pool_starts_no_thread);
  ADD(threads_are_named_and_take_no_signals);
  ADD(jobs_run_even_when_no_thread_can_be_started);
#undef ADD
  return g_test_run();
}
