#include "auth/checker.h"

struct AuthChecker {
  struct event_base *base;
  LoopQueue *queue;
  Strand *pool;
  AuthGuard *guard;
  guint ref_count; /* the owner's, and one for each request; the loop thread's */
  guint n_waiting;
  GQueue delayed; /* Request: rejected, and told when its time has come */
  gboolean hurried;
  gint closed; /* atomic */
};

typedef struct Request {
  AuthChecker *checker;
  AuthExchange *exchange;
  AuthAttempt attempt;
  guint n_failures; /* of the client lately, this one included; 0: it did not fail */
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

AuthChecker *auth_checker_new(struct event_base *base, LoopQueue *queue, AuthGuard *guard) {
  AuthChecker *checker = g_new0(AuthChecker, 1);

  checker->base = base;
  checker->queue = queue;
  checker->guard = guard;
  checker->pool = strand_new(loop_queue_crew(queue), AUTH_THREADS, STRAND_LONG);
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
  guint delay_ms = MIN(AUTH_DELAY_MS * request->n_failures, AUTH_DELAY_MAX_MS);
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
  if (request->n_failures > 0 && !checker->hurried && !g_atomic_int_get(&checker->closed))
    delay(request);
  else
    answer(request);
}

/* On a helper thread. Many of one client may have waited for it, so the guard is asked again. What a client is told is
 * counted before the next is begun. */
static void check_cb(gpointer data) {
  Request *request = data;
  AuthChecker *checker = request->checker;

  if (g_atomic_int_get(&checker->closed))
    request->outcome = AUTH_REJECTED;
  else if (auth_guard_ask(checker->guard, &request->attempt) > 0)
    request->outcome = AUTH_BLOCKED;
  else
    request->outcome = auth_exchange_check(request->exchange);
  if (auth_exchange_has_failed(request->exchange))
    request->n_failures = auth_guard_note_failure(checker->guard, &request->attempt);
  else if (auth_exchange_has_succeeded(request->exchange))
    auth_guard_note_success(checker->guard, &request->attempt);
  loop_queue_post(checker->queue, found_cb, request);
}

guint auth_checker_ask(AuthChecker *checker, const guint8 *client, const AuthExchange *exchange,
                       AuthAttempt *out_attempt) {
  auth_guard_describe(checker->guard, client, exchange, out_attempt);
  return auth_guard_ask(checker->guard, out_attempt);
}

gboolean auth_checker_run(AuthChecker *checker, AuthExchange *exchange, const AuthAttempt *attempt, AuthChecked checked,
                          gpointer user_data) {
  if (checker->n_waiting >= AUTH_CHECKS_MAX)
    return FALSE;
  Request *request = g_new0(Request, 1);
  request->checker = checker;
  request->exchange = exchange;
  request->attempt = *attempt;
  request->checked = checked;
  request->user_data = user_data;
  checker->n_waiting++;
  checker->ref_count++;
  strand_run(checker->pool, check_cb, request);
  return TRUE;
}

void auth_checker_hurry(AuthChecker *checker) {
  if (!checker)
    return;
  checker->hurried = TRUE;
  while (!g_queue_is_empty(&checker->delayed))
    answer(g_queue_pop_head_link(&checker->delayed)->data);
}

void auth_checker_close(AuthChecker *checker) {
  if (!checker)
    return;
  g_atomic_int_set(&checker->closed, TRUE);
  g_clear_pointer(&checker->pool, strand_free);
  auth_checker_hurry(checker);
  checker_unref(checker);
}
