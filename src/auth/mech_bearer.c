/* Bearer tokens: OAUTHBEARER and its forerunner XOAUTH2.
 *
 *   client-resp = gs2-header kvsep *kvpair kvsep           RFC 7628 3.1; kvsep = %x01, kvpair = key "=" value kvsep
 *   gs2-header  = "n," ["a=" saslname] ","                 of RFC 5801; a= may be left out: the token says whose it is
 *   XOAUTH2     = "user=" name kvsep "auth=Bearer " token kvsep kvsep
 *
 * A rejection is a challenge in JSON first; the client answers it, and only then the exchange fails (RFC 7628 3.2.3).
 */
#include "auth/exchange_private.h"
#include <string.h>

#define KVSEP '\1'
#define OAUTH_FAILURE "{\"status\":\"invalid_token\",\"schemes\":\"bearer\"}"
#define XOAUTH2_FAILURE "{\"status\":\"401\",\"schemes\":\"bearer\"}"

/* Reads key=value pairs, each ended by KVSEP, up to the KVSEP that ends the message. FALSE: no such message, or no
 * token in it. Keys but auth= are for others (host, port). */
static gboolean take_pairs(AuthExchange *exchange, const char *at, const char *end) {
  static const char key[] = "auth=";
  static const char scheme[] = "Bearer ";

  while (at < end && *at != KVSEP) {
    const char *pair_end = memchr(at, KVSEP, (gsize)(end - at));
    if (!pair_end)
      return FALSE;
    gsize len = (gsize)(pair_end - at);
    if (len >= strlen(key) && strncmp(at, key, strlen(key)) == 0) {
      const char *value = at + strlen(key);
      gboolean has_scheme = len > strlen(key) + strlen(scheme) && //
                            g_ascii_strncasecmp(value, scheme, strlen(scheme)) == 0;
      const char *token = has_scheme ? value + strlen(scheme) : value;
      /* An empty auth= asks what is needed (RFC 7628 4.3); no token is empty, so it is rejected. */
      if (exchange->secret || (!has_scheme && value < pair_end) ||
          !auth_exchange_set_secret(exchange, token, (gsize)(pair_end - token), AUTH_RESPONSE_MAX))
        return FALSE;
    }
    at = pair_end + 1;
  }
  return at + 1 == end && exchange->secret != NULL;
}

static AuthOutcome oauthbearer_take(AuthExchange *exchange, const char *response, gsize len) {
  if (!response)
    return auth_exchange_challenge_with(exchange, "");
  const char *separator = memchr(response, KVSEP, len);
  g_autofree char *header = separator ? g_strndup(response, (gsize)(separator - response)) : NULL;
  gsize header_len = header ? strlen(header) : 0;

  if (header_len < strlen("n,,") || (header[0] != 'n' && header[0] != 'y') || header[1] != ',' ||
      header[header_len - 1] != ',')
    return AUTH_MALFORMED;
  if (header_len > strlen("n,,")) {
    header[header_len - 1] = '\0';
    g_autofree char *name = g_str_has_prefix(header + 2, "a=") ? scram_name_decode(header + 4) : NULL;
    if (!name || !auth_exchange_set_name(exchange, name, strlen(name)))
      return AUTH_MALFORMED;
  }
  return take_pairs(exchange, separator + 1, response + len) ? AUTH_CHECK : AUTH_MALFORMED;
}

static AuthOutcome xoauth2_take(AuthExchange *exchange, const char *response, gsize len) {
  static const char key[] = "user=";

  if (!response)
    return auth_exchange_challenge_with(exchange, "");
  const char *separator = memchr(response, KVSEP, len);
  if (!separator || (gsize)(separator - response) < strlen(key) || strncmp(response, key, strlen(key)) != 0 ||
      !auth_exchange_set_name(exchange, response + strlen(key), (gsize)(separator - response) - strlen(key)))
    return AUTH_MALFORMED;
  return take_pairs(exchange, separator + 1, response + len) ? AUTH_CHECK : AUTH_MALFORMED;
}

static gboolean check_token(AuthExchange *exchange) {
  const char *owner = auth_users_find_bearer(exchange->users, exchange->secret);

  if (!owner || (exchange->name && strcmp(exchange->name, owner) != 0))
    return FALSE;
  return exchange->name != NULL || auth_exchange_set_name(exchange, owner, strlen(owner));
}

static AuthOutcome oauthbearer_check(AuthExchange *exchange) {
  return check_token(exchange) ? AUTH_ACCEPTED : auth_exchange_end_with(exchange, AUTH_REJECTED, OAUTH_FAILURE);
}

static AuthOutcome xoauth2_check(AuthExchange *exchange) {
  return check_token(exchange) ? AUTH_ACCEPTED : auth_exchange_end_with(exchange, AUTH_REJECTED, XOAUTH2_FAILURE);
}

const AuthMechanism auth_mechanism_oauthbearer = {
    .name = "OAUTHBEARER", .kinds = AUTH_SECRET_BEARER, .take = oauthbearer_take, .check = oauthbearer_check};
const AuthMechanism auth_mechanism_xoauth2 = {
    .name = "XOAUTH2", .kinds = AUTH_SECRET_BEARER, .take = xoauth2_take, .check = xoauth2_check};
