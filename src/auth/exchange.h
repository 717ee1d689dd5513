#pragma once
/* One SASL exchange, the server's side: responses in, challenges and a verdict out.
 *
 * Owns: what it was told, wiped when it is freed; a reference to the users.
 * Thread: one at a time. auth_exchange_check() may be slow and is meant for a helper thread; the rest is quick.
 * Errors: outcomes are values.
 * Units and limits: AUTH_RESPONSE_MAX bytes a response; AUTH_NAME_MAX a name, AUTH_PASSWORD_MAX a password.
 * Source: RFC 4422 (SASL), 4616 (PLAIN), 2195 (CRAM-MD5), 5802 and 7677 (SCRAM-SHA-256), 7628 (OAUTHBEARER);
 *         draft-murchison-sasl-login (LOGIN); XOAUTH2 as Gmail and Outlook have it. */
#include "auth/users.h"

/* 12,288 bytes of Base64 (RFC 4954 4.5.3, 500 5.5.6). */
enum { AUTH_RESPONSE_MAX = 9216 };

typedef enum {
  AUTH_CHALLENGE, /* send auth_exchange_challenge() and take a response */
  AUTH_CHECK,     /* call auth_exchange_check() */
  AUTH_MALFORMED, /* the response is not of the form the mechanism has; the exchange is over */
  AUTH_ACCEPTED,
  AUTH_REJECTED,
  AUTH_BLOCKED /* not checked: too many logins from there failed (auth/guard.h) */
} AuthOutcome;

typedef struct AuthExchange AuthExchange;

/* Appends the names of the mechanisms that can succeed with these users, each with a space before it. `users` NULL: any
 * credentials are accepted. That leaves SCRAM out, where the server has to prove that it knows the password. */
void auth_mechanisms_print(const AuthUsers *users, GString *out);

/* The name of a mechanism there is, as it is written; NULL: none. */
const char *auth_mechanism_name(const char *text, gsize len);

/* NULL: the mechanism is not among those printed. `host` is what the server calls itself. */
AuthExchange *auth_exchange_new(const char *mechanism, AuthUsers *users, const char *host);
void auth_exchange_free(AuthExchange *exchange);

/* Takes a response; the first may be NULL, when there was no initial one. */
AuthOutcome auth_exchange_take(AuthExchange *exchange, const char *response, gsize len);

/* Finds the verdict: AUTH_ACCEPTED, AUTH_REJECTED, or AUTH_CHALLENGE where the client is told something before. */
AuthOutcome auth_exchange_check(AuthExchange *exchange);

/* Lent until the next take or check. */
const char *auth_exchange_challenge(const AuthExchange *exchange);

/* A check has found that it will end in AUTH_REJECTED, or in AUTH_ACCEPTED. */
gboolean auth_exchange_has_failed(const AuthExchange *exchange);
gboolean auth_exchange_has_succeeded(const AuthExchange *exchange);

const char *auth_exchange_mechanism(const AuthExchange *exchange);

/* Who logs in, UTF-8 without control characters, lent. NULL: not said, or not yet. */
const char *auth_exchange_user(const AuthExchange *exchange);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthExchange, auth_exchange_free)
