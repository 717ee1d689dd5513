#pragma once
/* Who guesses passwords: failed logins by the client they came from, whatever connection or protocol it used.
 *
 * Owns: how often each client failed lately, which credentials were good, and a key that makes digests of both.
 * Thread: any; it has a lock.
 * Units and limits: after AUTH_GUARD_FREE failures a client is rejected for AUTH_GUARD_BLOCK_S, after each one more for
 *         twice as long, up to AUTH_GUARD_BLOCK_MAX_S; it is forgotten AUTH_GUARD_FORGET_S after that. Credentials that
 *         were good are known for AUTH_GUARD_KNOWN_S. A client that is rejected may still try AUTH_GUARD_TRIES of those
 *         at once, and one more each second. AUTH_GUARD_CLIENTS_MAX clients and AUTH_GUARD_KNOWN_MAX credentials are
 *         kept, the latest ones, in 2 MiB at most.
 * Source: docs/smtp.md, "Guesses". */
#include "auth/exchange.h"

enum {
  AUTH_GUARD_FREE = 20,
  AUTH_GUARD_BLOCK_S = 10,
  AUTH_GUARD_BLOCK_MAX_S = 60,
  AUTH_GUARD_FORGET_S = 600,
  AUTH_GUARD_KNOWN_S = 12 * 60 * 60,
  AUTH_GUARD_TRIES = 100,
  AUTH_GUARD_CLIENTS_MAX = 10 * 1000,
  AUTH_GUARD_KNOWN_MAX = 1000,
  AUTH_CLIENT_BYTES = 16,
  AUTH_GUARD_KEY_BYTES = 32
};

typedef struct AuthGuard AuthGuard;

/* One login, for the guard. Digests only. */
typedef struct AuthAttempt {
  gboolean is_guess; /* FALSE: any credentials are accepted */
  gboolean is_whole; /* the credential is name and secret, or a token; otherwise the name, from that client */
  gboolean may_pass; /* though its client is rejected */
  guint8 client[AUTH_GUARD_KEY_BYTES];
  guint8 credential[AUTH_GUARD_KEY_BYTES];
} AuthAttempt;

/* Microseconds, never going back. */
typedef gint64 (*AuthClock)(gpointer user_data);

/* `clock` NULL: g_get_monotonic_time(). */
AuthGuard *auth_guard_new(AuthClock clock, gpointer clock_data);

/* NULL is fine. */
void auth_guard_free(AuthGuard *guard);

/* Describes a login whose exchange has come to AUTH_CHECK. `client` has AUTH_CLIENT_BYTES bytes that tell clients
 * apart. */
void auth_guard_describe(const AuthGuard *guard, const guint8 *client, const AuthExchange *exchange,
                         AuthAttempt *out_attempt);

/* For how many seconds the login is rejected unchecked; 0: it may be checked. Of a client that is rejected, a
 * credential that was good lately may: many programs can have one address. Otherwise that would be a way to guess at
 * full speed, so its tries are counted; the same wrong one again is not another guess. Of CRAM-MD5 and SCRAM, where the
 * secret does not come along, each login by a name that was good from there counts until it succeeds. */
guint auth_guard_ask(AuthGuard *guard, AuthAttempt *attempt);

/* It failed. Returns how often its client did lately, this one included. The same wrong name and secret, or token, as
 * the last time is a program with a stale password and not another guess: it does not count. */
guint auth_guard_note_failure(AuthGuard *guard, const AuthAttempt *attempt);

void auth_guard_note_success(AuthGuard *guard, const AuthAttempt *attempt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthGuard, auth_guard_free)
