#include "auth/exchange_private.h"
#include "auth/secret.h"
#include <string.h>

/* In the order of EHLO: clients that take the first they know take a good one. */
static const AuthMechanism *const mechanisms[] = {
    &auth_mechanism_scram_sha_256, &auth_mechanism_plain,   &auth_mechanism_login,
    &auth_mechanism_cram_md5,      &auth_mechanism_xoauth2, &auth_mechanism_oauthbearer,
};

static gboolean can_succeed(const AuthMechanism *mechanism, const AuthUsers *users) {
  return users ? auth_users_have(users, mechanism->kinds) : !mechanism->server_has_secret;
}

static const AuthMechanism *find_mechanism(const char *text, gsize len) {
  for (gsize i = 0; i < G_N_ELEMENTS(mechanisms); i++)
    if (strlen(mechanisms[i]->name) == len && g_ascii_strncasecmp(mechanisms[i]->name, text, len) == 0)
      return mechanisms[i];
  return NULL;
}

void auth_mechanisms_print(const AuthUsers *users, GString *out) {
  for (gsize i = 0; i < G_N_ELEMENTS(mechanisms); i++)
    if (can_succeed(mechanisms[i], users))
      g_string_append_printf(out, " %s", mechanisms[i]->name);
}

const char *auth_mechanism_name(const char *text, gsize len) {
  const AuthMechanism *mechanism = find_mechanism(text, len);

  return mechanism ? mechanism->name : NULL;
}

AuthExchange *auth_exchange_new(const char *mechanism, AuthUsers *users, const char *host) {
  const AuthMechanism *found = find_mechanism(mechanism, strlen(mechanism));

  if (!found || !can_succeed(found, users))
    return NULL;
  AuthExchange *exchange = g_new0(AuthExchange, 1);
  exchange->mechanism = found;
  exchange->users = users ? auth_users_ref(users) : NULL;
  exchange->host = g_strdup(host);
  exchange->verdict = AUTH_CHECK;
  return exchange;
}

void auth_exchange_free(AuthExchange *exchange) {
  if (!exchange)
    return;
  auth_users_unref(exchange->users);
  g_free(exchange->host);
  g_free(exchange->name);
  auth_secret_free(exchange->secret);
  g_free(exchange->challenge);
  scram_exchange_clear(&exchange->scram);
  auth_wipe(&exchange->verifier, sizeof exchange->verifier);
  g_free(exchange);
}

AuthOutcome auth_exchange_take(AuthExchange *exchange, const char *response, gsize len) {
  if (exchange->verdict != AUTH_CHECK)
    return exchange->verdict; /* whatever the client says to the last challenge */
  return len <= AUTH_RESPONSE_MAX ? exchange->mechanism->take(exchange, response, len) : AUTH_MALFORMED;
}

AuthOutcome auth_exchange_check(AuthExchange *exchange) {
  AuthOutcome outcome = exchange->users ? exchange->mechanism->check(exchange) : AUTH_ACCEPTED;

  if (outcome != AUTH_CHALLENGE)
    exchange->verdict = outcome;
  return outcome;
}

const char *auth_exchange_challenge(const AuthExchange *exchange) {
  return exchange->challenge;
}

gboolean auth_exchange_has_failed(const AuthExchange *exchange) {
  return exchange->verdict == AUTH_REJECTED;
}

gboolean auth_exchange_has_succeeded(const AuthExchange *exchange) {
  return exchange->verdict == AUTH_ACCEPTED;
}

const char *auth_exchange_mechanism(const AuthExchange *exchange) {
  return exchange->mechanism->name;
}

const char *auth_exchange_user(const AuthExchange *exchange) {
  return exchange->name;
}

/* --- for mechanisms */

gboolean auth_exchange_set_name(AuthExchange *exchange, const char *text, gsize len) {
  g_clear_pointer(&exchange->name, g_free);
  if (len == 0 && !exchange->users)
    return TRUE;
  exchange->name = auth_text_prepare(text, len);
  if (exchange->name && strlen(exchange->name) > AUTH_NAME_MAX)
    g_clear_pointer(&exchange->name, g_free);
  return exchange->name != NULL;
}

void auth_exchange_set_authzid(AuthExchange *exchange, const char *text, gsize len) {
  g_autofree char *prepared = len > 0 ? auth_text_prepare(text, len) : NULL;

  exchange->for_another = len > 0 && (!prepared || g_strcmp0(prepared, exchange->name) != 0);
}

gboolean auth_exchange_set_secret(AuthExchange *exchange, const char *text, gsize len, gsize max) {
  if (len > max || memchr(text, '\0', len))
    return FALSE;
  exchange->secret = g_strndup(text, len);
  return TRUE;
}

AuthOutcome auth_exchange_challenge_with(AuthExchange *exchange, const char *text) {
  g_free(exchange->challenge);
  exchange->challenge = g_strdup(text);
  return AUTH_CHALLENGE;
}

AuthOutcome auth_exchange_end_with(AuthExchange *exchange, AuthOutcome verdict, const char *text) {
  exchange->verdict = verdict;
  return auth_exchange_challenge_with(exchange, text);
}
