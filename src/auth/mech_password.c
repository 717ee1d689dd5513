/* The mechanisms by which the password itself comes: PLAIN and LOGIN.
 *
 *   message = [authzid] UTF8NUL authcid UTF8NUL passwd         RFC 4616 2
 *
 * LOGIN asks for the name, then for the password. Its prompts are those that old clients wait for; a name sent with the
 * command is taken though the server begins, as other servers do. */
#include "auth/exchange_private.h"
#include "auth/password.h"
#include <string.h>

static AuthOutcome check(AuthExchange *exchange) {
  gboolean good = auth_password_check(exchange->users, exchange->name, exchange->secret);

  return good && !exchange->for_another ? AUTH_ACCEPTED : AUTH_REJECTED;
}

static AuthOutcome plain_take(AuthExchange *exchange, const char *response, gsize len) {
  if (!response)
    return auth_exchange_challenge_with(exchange, "");
  const char *end = response + len;
  const char *name = memchr(response, '\0', len);
  const char *password = name ? memchr(name + 1, '\0', (gsize)(end - name) - 1) : NULL;

  if (!password || !auth_exchange_set_name(exchange, name + 1, (gsize)(password - name) - 1) ||
      !auth_exchange_set_secret(exchange, password + 1, (gsize)(end - password) - 1, AUTH_PASSWORD_MAX))
    return AUTH_MALFORMED;
  auth_exchange_set_authzid(exchange, response, (gsize)(name - response));
  return AUTH_CHECK;
}

static AuthOutcome login_take(AuthExchange *exchange, const char *response, gsize len) {
  gboolean asked_for_password = exchange->challenge && strcmp(exchange->challenge, "Password:") == 0;

  if (!response)
    return auth_exchange_challenge_with(exchange, "Username:");
  if (asked_for_password)
    return auth_exchange_set_secret(exchange, response, len, AUTH_PASSWORD_MAX) ? AUTH_CHECK : AUTH_MALFORMED;
  if (!auth_exchange_set_name(exchange, response, len))
    return AUTH_MALFORMED;
  return auth_exchange_challenge_with(exchange, "Password:");
}

const AuthMechanism auth_mechanism_plain = {
    .name = "PLAIN",
    .kinds = AUTH_SECRET_HASH | AUTH_SECRET_PLAIN | AUTH_SECRET_SCRAM,
    .take = plain_take,
    .check = check,
};
const AuthMechanism auth_mechanism_login = {
    .name = "LOGIN",
    .kinds = AUTH_SECRET_HASH | AUTH_SECRET_PLAIN | AUTH_SECRET_SCRAM,
    .take = login_take,
    .check = check,
};
