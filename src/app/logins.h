#pragma once
/* Logins as the options ask for them: the user file, and where passwords are checked.
 *
 * Owns: the users and the checker; keeps the settings' fields about logins.
 * Thread: the loop thread.
 * Errors: AUTH_USERS_ERROR.
 * Units and limits: those of auth/users.h and auth/checker.h.
 * Source: dsmtpd(1). */
#include "app/options.h"
#include "auth/checker.h"
#include "smtp/session.h"

typedef struct Logins Logins;

/* TRUE when the options ask for logins. Without, no thread is started and OpenSSL is not touched. */
gboolean logins_are_wanted(const ServerSettings *options);

/* Reads the user file and sets what the settings say about logins. All are lent and must outlive it. */
Logins *logins_new(const ServerSettings *options, SmtpSettings *settings, struct event_base *base, LoopQueue *queue,
                   AuthGuard *guard, Log *log, GError **error);

/* Reads the users of HTTP, if options_check_http_logins(); what is dangerous about their file is logged. */
AuthUsers *logins_read_http_users(const ServerSettings *options, Log *log, GError **error);

/* Lent. */
AuthChecker *logins_checker(const Logins *logins);

/* Reads the user file again; a ReloadPart. Logins under way are checked against the file they began with. */
gboolean logins_reload(gpointer logins, GError **error);

/* When no session is left and before the queue is freed. NULL is fine. */
void logins_close(Logins *logins);
