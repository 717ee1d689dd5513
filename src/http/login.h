#pragma once
/* Passwords and tokens over HTTP: what Authorization says, checked against a user file.
 *
 * Owns: a reference to the users, and for LOGIN_KEPT_S a keyed digest of each login that was good, as every request
 *       brings its password along and a hash takes a tenth of a second to check.
 * Thread: the loop thread; the checks themselves are auth/checker.h's.
 * Errors: none; a rejection is a value.
 * Units and limits: LOGIN_KEPT_MAX logins are kept; those of auth/checker.h for checks under way.
 * Source: RFC 9110 11 (challenges), RFC 7617 (Basic), RFC 6750 2.1 (Bearer). */
#include "auth/checker.h"

enum { LOGIN_KEPT_MAX = 64, LOGIN_KEPT_S = 300 };

typedef struct HttpLogin HttpLogin;
typedef struct HttpLoginCheck HttpLoginCheck; /* one under way */

/* The checker is lent and must outlive it. Nobody can log in yet. */
HttpLogin *http_login_new(AuthChecker *checker);

/* From now on these; takes a reference, and forgets the logins that were good. */
void http_login_set_users(HttpLogin *login, AuthUsers *users);
void http_login_free(HttpLogin *login);

/* The value of WWW-Authenticate. The caller frees. */
char *http_login_challenge(const HttpLogin *login);

typedef enum {
  HTTP_LOGIN_REJECTED,
  HTTP_LOGIN_ACCEPTED,
  HTTP_LOGIN_CHECKING, /* `checked` is called once, from the loop */
  HTTP_LOGIN_BUSY,     /* too many are under way */
  HTTP_LOGIN_BLOCKED   /* too many logins of this client failed (auth/guard.h) */
} HttpLoginStatus;

typedef struct HttpLoginAnswer {
  HttpLoginStatus status;
  char *user;            /* accepted: who; the caller frees */
  guint wait_s;          /* blocked: until it may come again */
  HttpLoginCheck *check; /* checking: is gone once `checked` was called */
} HttpLoginAnswer;

/* `user` is lent, NULL for a rejection; `wait_s`, if it is not 0, as above. */
typedef void (*HttpLoginChecked)(const char *user, guint wait_s, gpointer user_data);

/* Reads the value of Authorization (NULL: there is none). `client` has AUTH_CLIENT_BYTES bytes that tell clients
 * apart. */
HttpLoginAnswer http_login_check(HttpLogin *login, const char *authorization, const guint8 *client,
                                 HttpLoginChecked checked, gpointer user_data);

/* Nobody waits for it any more: `checked` is not called. */
void http_login_check_forget(HttpLoginCheck *check);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpLogin, http_login_free)
