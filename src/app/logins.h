#pragma once
/* Logins by SMTP as the options ask for them: the user file, and where passwords are checked.
 *
 * Owns: the users in force and the checker.
 * Thread: the loop thread.
 * Errors: AUTH_USERS_ERROR.
 * Units and limits: those of auth/users.h and auth/checker.h.
 * Source: dsmtpd(1). */
#include "app/options.h"
#include "app/reload.h"
#include "auth/checker.h"
#include "smtp/session.h"

typedef struct Logins Logins;

/* All are borrowed. NULL: the options ask for no logins; no thread is started and OpenSSL is not touched. The users are
 * read by `logins_part`. */
Logins *logins_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, AuthGuard *guard,
                   Log *log);

/* For the settings of SMTP. NULL is fine; the pointer to the users stays, they change. */
SmtpAuth logins_kind(const Logins *logins);
AuthUsers *const *logins_users(const Logins *logins);

/* Reads the users of HTTP, if options_check_http_logins(). Any thread. */
AuthUsers *logins_read_http_users(const ServerSettings *settings, GError **error);

/* Logs what is dangerous about the file they are from. */
void logins_warn(const AuthUsers *users, const char *path, Log *log);

/* Borrowed; NULL for NULL. */
AuthChecker *logins_checker(const Logins *logins);

/* Of Logins: reads the user file, at the start too. Logins under way are checked against the file they began with. */
extern const ReloadPart logins_part;

/* When no session is left and before the queue is freed. NULL is fine. */
void logins_close(Logins *logins);
