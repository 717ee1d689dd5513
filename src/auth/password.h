#pragma once
/* Whether a password is a user's. Slow on purpose where the user file has hashes: not for the loop.
 *
 * Thread: any.
 * Errors: FALSE; the reason is not told, for nobody should learn it.
 * Units and limits: AUTH_PASSWORD_MAX bytes; crypt(3) takes 511 of them, bcrypt looks at 72.
 * Source: crypt(3), RFC 5802 3 (verifiers). */
#include "auth/users.h"

enum { AUTH_PASSWORD_MAX = 1024 };

/* `name` is prepared (auth/secret.h), `password` as it came. However the name is kept, and also when there is none
 * such, one hash is computed if the file has any, and one verifier if it has any: the time does not tell who exists. */
gboolean auth_password_check(const AuthUsers *users, const char *name, const char *password);
