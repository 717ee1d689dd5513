#pragma once
/* The inside of an exchange, for the files that hold its mechanisms.
 *
 * Errors: outcomes.
 * Source: RFC 4422 3. */
#include "auth/exchange.h"

typedef struct AuthMechanism {
  const char *name;
  guint kinds;                /* of entries; without one of them it cannot succeed */
  gboolean server_has_secret; /* it cannot be accepted unchecked */
  AuthOutcome (*take)(AuthExchange *exchange, const char *response, gsize len);
  AuthOutcome (*check)(AuthExchange *exchange);
} AuthMechanism;

struct AuthExchange {
  const AuthMechanism *mechanism;
  AuthUsers *users; /* NULL: any credentials are accepted */
  char *host;
  char *name;           /* prepared; NULL: not said */
  gboolean for_another; /* asks to act for somebody else, which nobody may */
  char *secret;         /* password, digest or token, wiped */
  char *challenge;      /* the last */
  AuthOutcome verdict;  /* once it is known: AUTH_ACCEPTED or AUTH_REJECTED, else AUTH_CHECK */
  ScramExchange scram;
  ScramVerifier verifier;
};

/* Keeps who logs in. FALSE: not fit for a name. Where anything is accepted, an empty name is nobody's. */
gboolean auth_exchange_set_name(AuthExchange *exchange, const char *text, gsize len);

/* Keeps whether that is somebody else than the name, which is set. */
void auth_exchange_set_authzid(AuthExchange *exchange, const char *text, gsize len);

/* FALSE: too long, or with a NUL in it. */
gboolean auth_exchange_set_secret(AuthExchange *exchange, const char *text, gsize len, gsize max);

AuthOutcome auth_exchange_challenge_with(AuthExchange *exchange, const char *text);

/* The last challenge: tells the client something, and the verdict follows its answer. */
AuthOutcome auth_exchange_end_with(AuthExchange *exchange, AuthOutcome verdict, const char *text);

extern const AuthMechanism auth_mechanism_plain;
extern const AuthMechanism auth_mechanism_login;
extern const AuthMechanism auth_mechanism_cram_md5;
extern const AuthMechanism auth_mechanism_scram_sha_256;
extern const AuthMechanism auth_mechanism_xoauth2;
extern const AuthMechanism auth_mechanism_oauthbearer;

/* The keyed digest of RFC 2195 2, in hex. The caller frees; NULL: the system has no MD5 (FIPS). */
char *auth_cram_md5_digest(const char *password, const char *challenge);
