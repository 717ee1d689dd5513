#pragma once
/* Where logins are checked: what is slow is done on helper threads, and a failure is told late.
 *
 * Owns: its threads, the checks under way and their timers; lent: the guard, and the exchanges until `checked` is
 * called.
 * Thread: the loop thread.
 * Errors: FALSE when too many wait.
 * Units and limits: AUTH_CHECKS_MAX checks wait or
 * run, on AUTH_THREADS threads; a failure is told after AUTH_DELAY_MS for each failure of that client lately, this one
 * included, and after AUTH_DELAY_MAX_MS at most.
 * Source: docs/design.md, "Threads". A client that guesses over HTTP or
 * SMTP meets the same delay and the same guard. */
#include "auth/guard.h"
#include "base/job.h"

enum { AUTH_CHECKS_MAX = 128, AUTH_THREADS = 2, AUTH_DELAY_MS = 1000, AUTH_DELAY_MAX_MS = 3 * 1000 };

typedef struct AuthChecker AuthChecker;

typedef void (*AuthChecked)(AuthOutcome outcome, gpointer user_data);

/* `queue` and `guard` must outlive the checker. No thread is started yet. */
AuthChecker *auth_checker_new(struct event_base *base, LoopQueue *queue, AuthGuard *guard);

/* Asks the guard, see auth_guard_ask(). */
guint auth_checker_ask(AuthChecker *checker, const guint8 *client, const AuthExchange *exchange,
                       AuthAttempt *out_attempt);

/* Ends its threads without checking what still waits: that is rejected, from here or when the queue is freed. NULL is
 * fine. */
void auth_checker_close(AuthChecker *checker);

/* Failures are told at once from now on, those that wait for their time, too: the server stops. NULL is fine. */
void auth_checker_hurry(AuthChecker *checker);

/* Runs auth_exchange_check() for an attempt that may be checked, and calls `checked` once, later. The outcome is
 * AUTH_BLOCKED when the guard has changed its mind meanwhile. FALSE: too many wait already, and nothing was begun. */
gboolean auth_checker_run(AuthChecker *checker, AuthExchange *exchange, const AuthAttempt *attempt, AuthChecked checked,
                          gpointer user_data);
