#pragma once
/* Where logins are checked: what is slow is done on helper threads, and a failure is told late.
 *
 * Owns: its threads, the checks under way and their timers; lent: the exchanges, until `checked` is called.
 * Thread: the loop thread.
 * Errors: FALSE when too many wait.
 * Units and limits: AUTH_CHECKS_MAX checks wait or run, on AUTH_THREADS threads; a failure is told after AUTH_DELAY_MS
 *         for each failure of that client, this one included.
 * Source: docs/design.md, "Threads". A client that guesses over HTTP or SMTP meets the same delay. */
#include "auth/exchange.h"
#include "base/job.h"

enum { AUTH_CHECKS_MAX = 128, AUTH_THREADS = 2, AUTH_DELAY_MS = 1000 };

typedef struct AuthChecker AuthChecker;

typedef void (*AuthChecked)(AuthOutcome outcome, gpointer user_data);

/* `queue` must outlive the checker. No thread is started yet. */
AuthChecker *auth_checker_new(struct event_base *base, LoopQueue *queue);

/* Ends its threads without checking what still waits: that is refused, from here or when the queue is freed. NULL is
 * fine. */
void auth_checker_close(AuthChecker *checker);

/* Runs auth_exchange_check() and calls `checked` once, later. `n_failures`: how often this client failed before. FALSE:
 * too many wait already, and nothing was begun. */
gboolean auth_checker_run(AuthChecker *checker, AuthExchange *exchange, guint n_failures, AuthChecked checked,
                          gpointer user_data);
