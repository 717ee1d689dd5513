#include "base/job.h"
#include <sys/resource.h>

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

typedef struct Slow {
  Fixture *fixture;
  guint n_run;
  guint n_run_at_timer;
} Slow;

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  Slow *slow = user_data;

  slow->n_run_at_timer = slow->n_run;
}

static void slow_cb(gpointer data) {
  static const struct timeval soon = {0};
  const gint64 end_us = g_get_monotonic_time() + LOOP_TURN_US;
  Slow *slow = data;

  if (slow->n_run++ == 0)
    event_base_once(slow->fixture->base, -1, EV_TIMEOUT, timer_cb, slow, &soon);
  while (g_get_monotonic_time() < end_us)
    ;
}

static void posts_that_take_long_let_others_have_their_turn(Fixture *fixture, gconstpointer unused) {
  Slow slow = {.fixture = fixture};

  for (guint i = 0; i < 4; i++)
    loop_queue_post(fixture->queue, slow_cb, &slow);
  while (slow.n_run < 4)
    event_base_loop(fixture->base, EVLOOP_ONCE);
  g_assert_cmpuint(slow.n_run_at_timer, >, 0);
  g_assert_cmpuint(slow.n_run_at_timer, <, 4);
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

/* --- Crew */

typedef struct Relay {
  LoopQueue *queue;
  Strand *strand;
  guint n_left;
} Relay;

static void relay_job_cb(gpointer data);

static void relay_cb(gpointer data) {
  Relay *relay = data;

  if (--relay->n_left > 0)
    strand_run(relay->strand, relay_job_cb, relay);
  else
    strand_close(relay->strand, NULL, NULL);
}

static void relay_job_cb(gpointer data) {
  Relay *relay = data;

  loop_queue_post(relay->queue, relay_cb, relay);
}

static void free_waits_for_what_the_crew_has_to_do(Fixture *fixture, gconstpointer unused) {
  Relay relay = {fixture->queue, strand_new(loop_queue_crew(fixture->queue), 1, STRAND_SHORT), 3};

  strand_run(relay.strand, relay_job_cb, &relay);
  g_clear_pointer(&fixture->queue, loop_queue_free);
  g_assert_cmpuint(relay.n_left, ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/base/job/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(posts_arrive_in_order);
  ADD(posts_of_many_threads_all_arrive_each_in_order);
  ADD(posts_that_take_long_let_others_have_their_turn);
  ADD(free_delivers_what_is_posted_and_what_that_posts);
  ADD(loop_can_be_woken_again_and_again);
  ADD(free_waits_for_what_the_crew_has_to_do);
#undef ADD
#define ADD(name) g_test_add_func("/base/job/" #name, name)
  ADD(queue_without_descriptors_is_an_error);
#undef ADD
  return g_test_run();
}
