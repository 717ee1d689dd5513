#include "auth/checker.h"

struct AuthChecker {
  struct event_base *base;
  LoopQueue *queue;
  JobPool *pool;
  guint ref_count; /* the owner's, and one for each request; the loop thread's */
  guint n_waiting;
  GQueue delayed; /* Request: refused, and told when its time has come */
  gint closed;    /* atomic */
};

typedef struct Request {
  AuthChecker *checker;
  AuthExchange *exchange;
  guint n_failures;
  AuthChecked checked;
  gpointer user_data;
  AuthOutcome outcome;
  struct event *timer;
  GList link;
} Request;

static void checker_unref(AuthChecker *checker) {
  if (--checker->ref_count == 0)
    g_free(checker);
}

AuthChecker *auth_checker_new(struct event_base *base, LoopQueue *queue) {
  AuthChecker *checker = g_new0(AuthChecker, 1);

  checker->base = base;
  checker->queue = queue;
  checker->pool = job_pool_new("dsmtpd-auth", AUTH_THREADS);
  checker->ref_count = 1;
  g_queue_init(&checker->delayed);
  return checker;
}

/* --- checks */

static void answer(Request *request) {
  AuthChecker *checker = request->checker;

  if (request->timer)
    event_free(request->timer);
  request->checked(request->outcome, request->user_data);
  g_free(request);
  checker_unref(checker);
}

static void delay_cb(evutil_socket_t fd, short what, void *user_data) {
  Request *request = user_data;

  g_queue_unlink(&request->checker->delayed, &request->link);
  answer(request);
}

static void delay(Request *request) {
  AuthChecker *checker = request->checker;
  guint delay_ms = AUTH_DELAY_MS * (request->n_failures + 1);
  const struct timeval time = {.tv_sec = delay_ms / 1000, .tv_usec = (suseconds_t)(delay_ms % 1000) * 1000};

  request->link.data = request;
  g_queue_push_tail_link(&checker->delayed, &request->link);
  request->timer = event_new(checker->base, -1, 0, delay_cb, request);
  event_add(request->timer, &time);
}

/* On the loop again. */
static void found_cb(gpointer data) {
  Request *request = data;
  AuthChecker *checker = request->checker;

  checker->n_waiting--;
  if (auth_exchange_has_failed(request->exchange) && !g_atomic_int_get(&checker->closed))
    delay(request);
  else
    answer(request);
}

/* On a helper thread. */
static void check_cb(gpointer data) {
  Request *request = data;
  AuthChecker *checker = request->checker;

  request->outcome = g_atomic_int_get(&checker->closed) ? AUTH_REFUSED : auth_exchange_check(request->exchange);
  loop_queue_post(checker->queue, found_cb, request);
}

gboolean auth_checker_run(AuthChecker *checker, AuthExchange *exchange, guint n_failures, AuthChecked checked,
                          gpointer user_data) {
  if (checker->n_waiting >= AUTH_CHECKS_MAX)
    return FALSE;
  Request *request = g_new0(Request, 1);
  request->checker = checker;
  request->exchange = exchange;
  request->n_failures = n_failures;
  request->checked = checked;
  request->user_data = user_data;
  checker->n_waiting++;
  checker->ref_count++;
  job_pool_run(checker->pool, check_cb, request);
  return TRUE;
}

void auth_checker_close(AuthChecker *checker) {
  if (!checker)
    return;
  g_atomic_int_set(&checker->closed, TRUE);
  g_clear_pointer(&checker->pool, job_pool_free);
  while (!g_queue_is_empty(&checker->delayed))
    answer(g_queue_pop_head_link(&checker->delayed)->data);
  checker_unref(checker);
}
