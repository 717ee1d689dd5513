#include "auth/password.h"
#include "auth/secret.h"
#include <crypt.h>
#include <string.h>

static gboolean check_hash(const char *hash, const char *password) {
  struct crypt_data *data = g_new0(struct crypt_data, 1); /* 32 KiB */
  const char *computed = crypt_r(password, hash, data);
  gboolean equal = computed && auth_secret_equal(computed, strlen(computed), hash, strlen(hash));

  auth_wipe(data, sizeof *data);
  g_free(data);
  return equal;
}

static gboolean check_verifier(const ScramVerifier *verifier, const char *prepared) {
  ScramVerifier derived = *verifier;

  scram_verifier_derive(&derived, prepared);
  gboolean equal = auth_secret_equal(derived.stored_key, sizeof derived.stored_key, verifier->stored_key,
                                     sizeof verifier->stored_key);
  auth_wipe(&derived, sizeof derived);
  return equal;
}

gboolean auth_password_check(const AuthUsers *users, const char *name, const char *password) {
  const AuthUser *user = auth_users_find(users, name);
  guint kind = user ? user->kind : 0;
  const char *hash = kind == AUTH_SECRET_HASH ? user->secret : auth_users_costliest_hash(users);
  const char *plain = kind == AUTH_SECRET_PLAIN ? user->secret : "";
  char *prepared = auth_text_prepare(password, strlen(password));
  const char *shown = prepared ? prepared : "";
  ScramVerifier verifier;
  guint matches = 0;

  if (kind == AUTH_SECRET_SCRAM)
    verifier = user->verifier;
  else
    auth_users_mock_verifier(users, name, &verifier);
  if (hash && check_hash(hash, password))
    matches |= AUTH_SECRET_HASH;
  if (auth_users_have(users, AUTH_SECRET_SCRAM) && check_verifier(&verifier, shown))
    matches |= AUTH_SECRET_SCRAM;
  if (auth_secret_equal(shown, strlen(shown), plain, strlen(plain)))
    matches |= AUTH_SECRET_PLAIN;
  auth_wipe(&verifier, sizeof verifier);
  auth_secret_free(prepared);
  return (matches & kind) != 0;
}
