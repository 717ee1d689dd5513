/* SCRAM-SHA-256 (RFC 5802, 7677): the messages are in auth/scram.h; here is whose password it is.
 *
 * The server's last message goes out as a challenge, which the client answers with an empty response (RFC 4954 4: 235
 * carries no data). A name that is not there gets a salt all the same, and as much work is done for it. */
#include "auth/exchange_private.h"
#include "auth/secret.h"
#include <openssl/rand.h>
#include <string.h>

static AuthOutcome take_first(AuthExchange *exchange, const char *response, gsize len) {
  enum { NONCE_BYTES = 18 };
  guint8 random[NONCE_BYTES];

  if (!scram_read_client_first(&exchange->scram, response, len) ||
      !auth_exchange_set_name(exchange, exchange->scram.name, strlen(exchange->scram.name)))
    return AUTH_MALFORMED;
  if (exchange->scram.authzid)
    auth_exchange_set_authzid(exchange, exchange->scram.authzid, strlen(exchange->scram.authzid));
  const AuthUser *user = auth_users_find(exchange->users, exchange->name);
  if (user && user->kind == AUTH_SECRET_SCRAM)
    exchange->verifier = user->verifier;
  else
    auth_users_mock_verifier(exchange->users, exchange->name, &exchange->verifier);
  RAND_bytes(random, sizeof random);
  g_autofree char *nonce = g_base64_encode(random, sizeof random);
  return auth_exchange_challenge_with(exchange, scram_print_server_first(&exchange->scram, nonce, &exchange->verifier));
}

static AuthOutcome take(AuthExchange *exchange, const char *response, gsize len) {
  if (!response)
    return auth_exchange_challenge_with(exchange, "");
  if (!exchange->scram.server_first)
    return take_first(exchange, response, len);
  return scram_read_client_final(&exchange->scram, response, len) ? AUTH_CHECK : AUTH_MALFORMED;
}

/* One derivation where the file has passwords from which a verifier is derived, whoever it is that asks. */
static void derive_keys(AuthExchange *exchange, const AuthUser *user) {
  ScramVerifier spare = exchange->verifier;

  if (user && user->kind == AUTH_SECRET_PLAIN)
    scram_verifier_derive(&exchange->verifier, user->secret);
  else if (auth_users_have(exchange->users, AUTH_SECRET_PLAIN))
    scram_verifier_derive(&spare, "unknown");
  auth_wipe(&spare, sizeof spare);
}

static AuthOutcome check(AuthExchange *exchange) {
  derive_keys(exchange, auth_users_find(exchange->users, exchange->name));
  g_autofree char *signature = scram_check_proof(&exchange->scram, &exchange->verifier);

  if (!signature || exchange->for_another)
    return AUTH_REJECTED;
  return auth_exchange_end_with(exchange, AUTH_ACCEPTED, signature);
}

const AuthMechanism auth_mechanism_scram_sha_256 = {
    .name = "SCRAM-SHA-256",
    .kinds = AUTH_SECRET_PLAIN | AUTH_SECRET_SCRAM,
    .server_has_secret = TRUE,
    .take = take,
    .check = check,
};
