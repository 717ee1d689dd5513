#include "auth/scram.h"
#include "auth/secret.h"
#include "syntax/base64.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

G_STATIC_ASSERT(SCRAM_KEY_BYTES == SHA256_DIGEST_LENGTH);

/* --- arithmetic (RFC 5802 2.2 and 3) */

static void hmac(const guint8 *key, const char *text, guint8 *out) {
  HMAC(EVP_sha256(), key, SCRAM_KEY_BYTES, (const guint8 *)text, strlen(text), out, NULL);
}

void scram_verifier_derive(ScramVerifier *verifier, const char *password) {
  guint8 salted[SCRAM_KEY_BYTES];
  guint8 client_key[SCRAM_KEY_BYTES];

  PKCS5_PBKDF2_HMAC(password, (int)strlen(password), verifier->salt, (int)verifier->salt_len, (int)verifier->rounds,
                    EVP_sha256(), sizeof salted, salted);
  hmac(salted, "Client Key", client_key);
  SHA256(client_key, sizeof client_key, verifier->stored_key);
  hmac(salted, "Server Key", verifier->server_key);
  auth_wipe(salted, sizeof salted);
  auth_wipe(client_key, sizeof client_key);
}

char *scram_check_proof(const ScramExchange *exchange, const ScramVerifier *verifier) {
  g_autofree char *message =
      g_strjoin(",", exchange->first_bare, exchange->server_first, exchange->final_bare, NULL); /* AuthMessage */
  guint8 client_key[SCRAM_KEY_BYTES];
  guint8 stored_key[SCRAM_KEY_BYTES];
  guint8 signature[SCRAM_KEY_BYTES];

  hmac(verifier->stored_key, message, client_key);
  for (gsize i = 0; i < sizeof client_key; i++)
    client_key[i] ^= exchange->proof[i];
  SHA256(client_key, sizeof client_key, stored_key);
  auth_wipe(client_key, sizeof client_key);
  if (!auth_secret_equal(stored_key, sizeof stored_key, verifier->stored_key, sizeof verifier->stored_key))
    return NULL;

  hmac(verifier->server_key, message, signature);
  g_autofree char *printed = g_base64_encode(signature, sizeof signature);
  return g_strconcat("v=", printed, NULL);
}

/* --- verifiers (RFC 5803 2) */

static gboolean read_key(const char *text, gsize len, guint8 *out) {
  guint8 bytes[BASE64_DECODED_MAX(44)];
  gsize n_bytes = 0;

  if (len != 44 || !base64_decode(text, len, bytes, &n_bytes) || n_bytes != SCRAM_KEY_BYTES)
    return FALSE;
  memcpy(out, bytes, SCRAM_KEY_BYTES);
  auth_wipe(bytes, sizeof bytes);
  return TRUE;
}

static gboolean read_salt(const char *text, gsize len, ScramVerifier *verifier) {
  return len > 0 && BASE64_DECODED_MAX(len) <= SCRAM_SALT_MAX &&
         base64_decode(text, len, verifier->salt, &verifier->salt_len);
}

gboolean scram_verifier_parse(const char *text, guint rounds_max, ScramVerifier *out_verifier) {
  g_auto(GStrv) parts = g_strsplit_set(text, "$:", 6); /* scheme, rounds, salt, two keys */
  guint64 rounds = 0;
  gboolean good = g_strv_length(parts) == 5 && strcmp(parts[0], "SCRAM-SHA-256") == 0 &&
                  g_ascii_string_to_unsigned(parts[1], 10, SCRAM_ROUNDS_MIN, rounds_max, &rounds, NULL) &&
                  read_salt(parts[2], strlen(parts[2]), out_verifier) &&
                  read_key(parts[3], strlen(parts[3]), out_verifier->stored_key) &&
                  read_key(parts[4], strlen(parts[4]), out_verifier->server_key);

  for (guint i = 3; i < g_strv_length(parts); i++)
    auth_wipe(parts[i], strlen(parts[i]));
  out_verifier->rounds = (guint)rounds;
  return good;
}

/* --- messages (RFC 5802 7) */

void scram_exchange_clear(ScramExchange *exchange) {
  g_free(exchange->name);
  g_free(exchange->authzid);
  g_free(exchange->header);
  g_free(exchange->first_bare);
  g_free(exchange->nonce);
  g_free(exchange->server_first);
  g_free(exchange->final_bare);
  auth_wipe(exchange, sizeof *exchange);
}

/* The value of "<letter>=value" at *cursor, which moves behind it and its comma; *cursor is NULL at the end. The
 * caller frees; NULL: it is not there. */
static char *take_attribute(const char **cursor, char letter) {
  const char *start = *cursor;

  if (!start || start[0] != letter || start[1] != '=')
    return NULL;
  const char *comma = strchr(start, ',');
  *cursor = comma ? comma + 1 : NULL;
  return comma ? g_strndup(start + 2, (gsize)(comma - start) - 2) : g_strdup(start + 2);
}

char *scram_name_decode(const char *text) {
  GString *name = g_string_new(NULL);

  for (; *text != '\0'; text++) {
    if (*text != '=') {
      g_string_append_c(name, *text);
    } else if (strncmp(text, "=2C", 3) == 0 || strncmp(text, "=3D", 3) == 0) {
      g_string_append_c(name, text[1] == '2' ? ',' : '=');
      text += 2;
    } else {
      g_string_truncate(name, 0);
      break;
    }
  }
  return g_string_free(name, name->len == 0);
}

static gboolean is_nonce(const char *text) {
  gsize len = strlen(text);

  if (len == 0 || len > SCRAM_NONCE_MAX)
    return FALSE;
  for (; *text != '\0'; text++)
    if (!g_ascii_isgraph(*text))
      return FALSE;
  return TRUE;
}

/* gs2-header = ("n" / "y") "," ["a=" saslname] ",". TRUE: *cursor is behind it. */
static gboolean take_header(ScramExchange *exchange, const char **cursor) {
  const char *start = *cursor;

  if ((start[0] != 'n' && start[0] != 'y') || start[1] != ',')
    return FALSE; /* "p=" asks for a channel binding */
  const char *rest = start + 2;
  if (*rest != ',') {
    g_autofree char *encoded = take_attribute(&rest, 'a');
    exchange->authzid = encoded ? scram_name_decode(encoded) : NULL;
    if (!exchange->authzid || !rest)
      return FALSE;
  } else {
    rest++;
  }
  exchange->header = g_strndup(start, (gsize)(rest - start));
  *cursor = rest;
  return TRUE;
}

gboolean scram_read_client_first(ScramExchange *exchange, const char *text, gsize len) {
  g_autofree char *message = g_strndup(text, len);
  const char *cursor = message;

  if (strlen(message) != len || !take_header(exchange, &cursor))
    return FALSE;
  exchange->first_bare = g_strdup(cursor);
  g_autofree char *name = take_attribute(&cursor, 'n'); /* "m=" before it would be an extension we must know */
  exchange->nonce = take_attribute(&cursor, 'r');
  exchange->name = name ? scram_name_decode(name) : NULL;
  return exchange->name != NULL && exchange->nonce != NULL && is_nonce(exchange->nonce);
}

const char *scram_print_server_first(ScramExchange *exchange, const char *server_nonce, const ScramVerifier *verifier) {
  g_autofree char *client_nonce = g_steal_pointer(&exchange->nonce);
  g_autofree char *salt = g_base64_encode(verifier->salt, verifier->salt_len);

  exchange->nonce = g_strconcat(client_nonce, server_nonce, NULL);
  exchange->server_first = g_strdup_printf("r=%s,s=%s,i=%u", exchange->nonce, salt, verifier->rounds);
  return exchange->server_first;
}

/* c= repeats the header of the first message. */
static gboolean is_header_repeated(const ScramExchange *exchange, const char *encoded) {
  g_autofree char *expected = g_base64_encode((const guint8 *)exchange->header, strlen(exchange->header));

  return encoded && strcmp(encoded, expected) == 0;
}

gboolean scram_read_client_final(ScramExchange *exchange, const char *text, gsize len) {
  g_autofree char *message = g_strndup(text, len);
  const char *proof = g_strrstr(message, ",p="); /* the last attribute */
  const char *cursor = message;

  if (strlen(message) != len || !proof || !read_key(proof + 3, strlen(proof + 3), exchange->proof))
    return FALSE;
  exchange->final_bare = g_strndup(message, (gsize)(proof - message));
  g_autofree char *binding = take_attribute(&cursor, 'c');
  g_autofree char *nonce = take_attribute(&cursor, 'r');
  return is_header_repeated(exchange, binding) && nonce && strcmp(nonce, exchange->nonce) == 0;
}
