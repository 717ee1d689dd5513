/* CRAM-MD5: the client answers a challenge with its name and a digest keyed with the password.
 *
 *   challenge = "<" unique "." time "@" host ">"     response = name SP 32 hex digits      RFC 2195 2
 *
 * The server begins, so an initial response is an error (RFC 4954 4). */
#include "auth/exchange_private.h"
#include "auth/secret.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

enum { MD5_BYTES = 16, DIGEST_LEN = 2 * MD5_BYTES };

char *auth_cram_md5_digest(const char *password, const char *challenge) {
  guint8 digest[EVP_MAX_MD_SIZE];
  GString *hex = g_string_sized_new(DIGEST_LEN + 1);

  if (!HMAC(EVP_md5(), password, (int)strlen(password), (const guint8 *)challenge, strlen(challenge), digest, NULL))
    return g_string_free(hex, TRUE);
  for (guint i = 0; i < MD5_BYTES; i++)
    g_string_append_printf(hex, "%02x", digest[i]);
  return g_string_free(hex, FALSE);
}

static AuthOutcome begin(AuthExchange *exchange) {
  guint64 unique = 0;

  RAND_bytes((guint8 *)&unique, sizeof unique);
  g_autofree char *challenge = g_strdup_printf("<%016" G_GINT64_MODIFIER "x.%" G_GINT64_FORMAT "@%s>", unique,
                                               g_get_real_time() / G_USEC_PER_SEC, exchange->host);
  return auth_exchange_challenge_with(exchange, challenge);
}

static AuthOutcome take(AuthExchange *exchange, const char *response, gsize len) {
  if (!response)
    return begin(exchange);
  if (!exchange->challenge || len < DIGEST_LEN + 1 || response[len - DIGEST_LEN - 1] != ' ' ||
      !auth_exchange_set_name(exchange, response, len - DIGEST_LEN - 1) ||
      !auth_exchange_set_secret(exchange, response + len - DIGEST_LEN, DIGEST_LEN, DIGEST_LEN))
    return AUTH_MALFORMED;
  return AUTH_CHECK;
}

static AuthOutcome check(AuthExchange *exchange) {
  const AuthUser *user = auth_users_find(exchange->users, exchange->name);
  gboolean is_known = user && user->kind == AUTH_SECRET_PLAIN;
  char *digest = auth_cram_md5_digest(is_known ? user->secret : "unknown", exchange->challenge);
  gboolean equal = digest && auth_secret_equal(digest, DIGEST_LEN, exchange->secret, DIGEST_LEN);

  auth_secret_free(digest);
  return is_known && equal ? AUTH_ACCEPTED : AUTH_REJECTED;
}

const AuthMechanism auth_mechanism_cram_md5 = {
    .name = "CRAM-MD5", .kinds = AUTH_SECRET_PLAIN, .take = take, .check = check};
