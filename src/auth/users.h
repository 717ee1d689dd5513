#pragma once
/* The user file: who may log in, and by what.
 *
 *   # a comment; empty lines are skipped too
 *   alice:$2y$10$...                           bcrypt, as `htpasswd -B` writes it
 *   bob:$6$...                                 SHA-512-crypt, as `openssl passwd -6` or mkpasswd(1) write it
 *   carol:SCRAM-SHA-256$4096:salt$key:key      a SCRAM verifier (RFC 5803, as PostgreSQL keeps it)
 *   dave:{PLAIN}secret                         the password itself, which CRAM-MD5 cannot do without
 *   erin:{BEARER}token                         a token for OAUTHBEARER and XOAUTH2; a name may have several
 *
 * Owns: an AuthUsers owns its entries and never changes; secrets are wiped when the last reference goes.
 * Thread: any; references are counted atomically.
 * Errors: AUTH_USERS_ERROR; messages name the file and the line, and never a secret.
 * Units and limits: AUTH_FILE_MAX bytes, AUTH_LINE_MAX a line, AUTH_USERS_MAX entries, AUTH_NAME_MAX bytes a name;
 *         what a check may cost is bounded by AUTH_BCRYPT_COST_MAX, AUTH_SHA512_ROUNDS_MAX and AUTH_SCRAM_ROUNDS_MAX.
 * Source: htpasswd(1), crypt(5), RFC 5803 and 7677 (verifier), RFC 6750 2.1 (token). */
#include "auth/scram.h"
#include <glib.h>

enum {
  AUTH_FILE_MAX = 4 * 1024 * 1024,
  AUTH_LINE_MAX = 8192,
  AUTH_USERS_MAX = 10000,
  AUTH_NAME_MAX = 255,
  AUTH_BCRYPT_COST_MAX = 15,        /* two seconds */
  AUTH_SHA512_ROUNDS_MAX = 1000000, /* a third of a second */
  AUTH_SCRAM_ROUNDS_MAX = 1000000,  /* a third of a second */
};

#define AUTH_USERS_ERROR (auth_users_error_quark())
GQuark auth_users_error_quark(void);

typedef enum {
  AUTH_USERS_ERROR_FILE, /* cannot be read, or is too large */
  AUTH_USERS_ERROR_LINE  /* a line is not of a form above */
} AuthUsersError;

/* Kinds of entries, as bits. */
typedef enum {
  AUTH_SECRET_HASH = 1 << 0,
  AUTH_SECRET_PLAIN = 1 << 1,
  AUTH_SECRET_SCRAM = 1 << 2,
  AUTH_SECRET_BEARER = 1 << 3
} AuthSecretKind;

typedef struct AuthUser {
  char *name;          /* prepared, see auth/secret.h */
  AuthSecretKind kind; /* not BEARER */
  char *secret;        /* HASH: for crypt(3); PLAIN: the prepared password; SCRAM: NULL */
  ScramVerifier verifier;
} AuthUser;

typedef enum {
  AUTH_FORMS_OWN,     /* those above */
  AUTH_FORMS_HTPASSWD /* also a password without {PLAIN}, as servers accept that read a file of htpasswd(1) */
} AuthForms;

typedef struct AuthUsers AuthUsers;

/* Reads a regular file. */
AuthUsers *auth_users_read(const char *path, AuthForms forms, GError **error);

/* Every user of this machine may read the file they are from. */
gboolean auth_users_are_exposed(const AuthUsers *users);

/* The same from memory; `source` stands for the file in errors. */
AuthUsers *auth_users_parse(const char *text, gsize len, AuthForms forms, const char *source, GError **error);

AuthUsers *auth_users_ref(AuthUsers *users);
void auth_users_unref(AuthUsers *users);

/* TRUE when there is an entry of any of these kinds. */
gboolean auth_users_have(const AuthUsers *users, guint kinds);

/* The entry by which a name logs in with a password; `name` is prepared. NULL: none. Lent. */
const AuthUser *auth_users_find(const AuthUsers *users, const char *name);

/* Whose token this is; lent. NULL: nobody's. How long it takes tells nothing about tokens there are. */
const char *auth_users_find_bearer(const AuthUsers *users, const char *token);

/* The hash that takes longest to check, for when there is none of a user's own; NULL: no entry is a hash. */
const char *auth_users_costliest_hash(const AuthUsers *users);

/* A verifier for a name that has none: salt and rounds as they could be a user's, the same each time, and keys that
 * nobody has. */
void auth_users_mock_verifier(const AuthUsers *users, const char *name, ScramVerifier *out_verifier);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthUsers, auth_users_unref)
