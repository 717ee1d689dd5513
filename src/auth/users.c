#include "auth/users.h"
#include "auth/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct AuthUsers {
  gatomicrefcount refs;
  guint kinds;
  guint n_entries;
  gboolean are_exposed;
  GHashTable *by_name;   /* prepared name, the user's own -> AuthUser */
  GHashTable *by_bearer; /* SHA-256 of the token in hex -> prepared name */
  const char *costliest_hash;
  guint64 costliest;
  guint scram_rounds;
  guint8 salt_key[SCRAM_KEY_BYTES];
};

G_DEFINE_QUARK(auth - users - error - quark, auth_users_error)

/* --- forms of a secret. Each reader takes what is behind the prefix or, for hashes, the whole; NULL: taken, else what
 * is wrong. */

static gboolean is_crypt_text(const char *text, gsize len) {
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isalnum(text[i]) && text[i] != '.' && text[i] != '/')
      return FALSE;
  return TRUE;
}

/* The hash that takes longest is kept for names that have none. `cost` is in rounds of SHA-512-crypt. */
static void keep_hash(AuthUsers *users, AuthUser *user, const char *value, guint64 cost) {
  user->secret = g_strdup(value);
  if (cost > users->costliest) {
    users->costliest = cost;
    users->costliest_hash = user->secret;
  }
}

/* $2y$<cost, two digits>$<22 characters of salt, 31 of hash> */
static const char *read_bcrypt(AuthUsers *users, AuthUser *user, const char *value) {
  enum { PREFIX = 7, WHOLE = 60, COST_MIN = 4, ROUNDS_BY_ROUND = 180 /* measured */ };

  if (strlen(value) != WHOLE || !g_ascii_isdigit(value[4]) || !g_ascii_isdigit(value[5]) || value[6] != '$' ||
      !is_crypt_text(value + PREFIX, WHOLE - PREFIX))
    return "the bcrypt hash is not complete";
  guint cost = (guint)(value[4] - '0') * 10 + (guint)(value[5] - '0');
  if (cost < COST_MIN || cost > AUTH_BCRYPT_COST_MAX)
    return "the cost of bcrypt must be from 4 to 15";
  keep_hash(users, user, value, ((guint64)1 << cost) * ROUNDS_BY_ROUND);
  return NULL;
}

/* $6$[rounds=<n>$]<up to 16 characters of salt>$<86 of hash> */
static const char *read_sha512(AuthUsers *users, AuthUser *user, const char *value) {
  enum { SALT_MAX = 16, HASH = 86, ROUNDS_USUAL = 5000, ROUNDS_MIN = 1000 };
  static const char *const broken = "the SHA-512-crypt hash is not complete";
  const char *rest = value + strlen("$6$");
  guint64 rounds = ROUNDS_USUAL;

  if (g_str_has_prefix(rest, "rounds=")) {
    const char *end = strchr(rest, '$');
    g_autofree char *digits = end ? g_strndup(rest + 7, (gsize)(end - rest) - 7) : NULL;
    if (!digits || !g_ascii_string_to_unsigned(digits, 10, ROUNDS_MIN, AUTH_SHA512_ROUNDS_MAX, &rounds, NULL))
      return "rounds must be from 1000 to 1000000";
    rest = end + 1;
  }
  const char *hash = strchr(rest, '$');
  if (!hash || hash - rest > SALT_MAX || !is_crypt_text(rest, (gsize)(hash - rest)) || strlen(hash + 1) != HASH ||
      !is_crypt_text(hash + 1, HASH))
    return broken;
  keep_hash(users, user, value, rounds);
  return NULL;
}

static const char *read_plain(AuthUsers *users, AuthUser *user, const char *value) {
  user->secret = auth_text_prepare(value, strlen(value));
  return user->secret ? NULL : "the password is empty, not UTF-8, or has control characters";
}

static const char *read_scram(AuthUsers *users, AuthUser *user, const char *value) {
  if (!scram_verifier_parse(value, AUTH_SCRAM_ROUNDS_MAX, &user->verifier))
    return "a SCRAM verifier has the form SCRAM-SHA-256$rounds:salt$StoredKey:ServerKey, with 4096 to 1000000 rounds";
  if (users->scram_rounds == 0)
    users->scram_rounds = user->verifier.rounds;
  return NULL;
}

static char *digest_of(const char *token) {
  return g_compute_checksum_for_string(G_CHECKSUM_SHA256, token, -1);
}

/* b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static const char *read_bearer(AuthUsers *users, AuthUser *user, const char *value) {
  const char *end = value;

  while (g_ascii_isalnum(*end) || (*end != '\0' && strchr("-._~+/", *end)))
    end++;
  if (end == value || end[strspn(end, "=")] != '\0')
    return "a token consists of letters, digits and -._~+/, with = only at its end";
  char *digest = digest_of(value);
  if (g_hash_table_contains(users->by_bearer, digest)) {
    g_free(digest);
    return "the token is already there";
  }
  g_hash_table_insert(users->by_bearer, digest, g_strdup(user->name));
  return NULL;
}

typedef struct SecretForm {
  const char *prefix;
  gboolean drop_prefix;
  AuthSecretKind kind;
  const char *(*read)(AuthUsers *users, AuthUser *user, const char *value);
} SecretForm;

static const SecretForm forms[] = {
    {"$2y$", FALSE, AUTH_SECRET_HASH, read_bcrypt},      {"$2b$", FALSE, AUTH_SECRET_HASH, read_bcrypt},
    {"$2a$", FALSE, AUTH_SECRET_HASH, read_bcrypt},      {"$6$", FALSE, AUTH_SECRET_HASH, read_sha512},
    {"{PLAIN}", TRUE, AUTH_SECRET_PLAIN, read_plain},    {"SCRAM-SHA-256$", FALSE, AUTH_SECRET_SCRAM, read_scram},
    {"{BEARER}", TRUE, AUTH_SECRET_BEARER, read_bearer},
};

/* What begins with one of these is a hash of another kind, such as MD5. */
static gboolean looks_hashed(const char *value) {
  return *value == '$' || *value == '{';
}

static const SecretForm *find_form(const char *value, AuthForms allowed) {
  static const SecretForm bare = {"", FALSE, AUTH_SECRET_PLAIN, read_plain};

  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
    if (g_str_has_prefix(value, forms[i].prefix))
      return &forms[i];
  return allowed == AUTH_FORMS_HTPASSWD && !looks_hashed(value) ? &bare : NULL;
}

/* --- lines */

static void user_free(gpointer data) {
  AuthUser *user = data;

  g_free(user->name);
  auth_secret_free(user->secret);
  auth_wipe(&user->verifier, sizeof user->verifier);
  g_free(user);
}

static const char *add_entry(AuthUsers *users, AuthForms allowed, const char *name, gsize name_len, const char *value) {
  const SecretForm *form = find_form(value, allowed);
  g_autofree char *prepared = auth_text_prepare(name, name_len);

  if (!prepared || strlen(prepared) > AUTH_NAME_MAX)
    return "a name has 1 to 255 bytes of UTF-8 without control characters";
  if (!form)
    return "unknown kind of secret; give a bcrypt hash as htpasswd -B makes it, a SHA-512-crypt hash, a SCRAM-SHA-256 "
           "verifier, {PLAIN} and a password, or {BEARER} and a token";
  if (form->kind != AUTH_SECRET_BEARER && g_hash_table_contains(users->by_name, prepared))
    return "the name is already there; it can have one password and any number of tokens";

  AuthUser *user = g_new0(AuthUser, 1);
  user->name = g_steal_pointer(&prepared);
  user->kind = form->kind;
  const char *wrong = form->read(users, user, form->drop_prefix ? value + strlen(form->prefix) : value);
  if (!wrong && form->kind != AUTH_SECRET_BEARER)
    g_hash_table_insert(users->by_name, user->name, user);
  else
    user_free(user);
  users->kinds |= form->kind;
  return wrong;
}

/* Returns what is wrong; NULL: nothing. */
static const char *read_line(AuthUsers *users, AuthForms allowed, const char *line, gsize len) {
  if (len > AUTH_LINE_MAX)
    return "the line is too long; the limit is 8192 bytes";
  if (len > 0 && line[len - 1] == '\r')
    len--;
  g_autofree char *text = g_strndup(line, len);
  const char *wrong = NULL;
  const char *colon = strchr(text, ':');

  if (strlen(text) != len)
    wrong = "it contains a NUL";
  else if (*text == '#' || text[strspn(text, " \t")] == '\0')
    wrong = NULL;
  else if (!colon)
    wrong = "there is no colon between name and secret";
  else if (++users->n_entries > AUTH_USERS_MAX)
    wrong = "there are too many entries; the limit is 10000";
  else
    wrong = add_entry(users, allowed, text, (gsize)(colon - text), colon + 1);
  auth_wipe(text, len);
  return wrong;
}

AuthUsers *auth_users_parse(const char *text, gsize len, AuthForms allowed, const char *source, GError **error) {
  g_autoptr(AuthUsers) users = g_new0(AuthUsers, 1);
  const char *end = text + len;
  guint n_line = 0;

  g_atomic_ref_count_init(&users->refs);
  RAND_bytes(users->salt_key, sizeof users->salt_key);
  users->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, user_free);
  users->by_bearer = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  while (text < end) {
    const char *newline = memchr(text, '\n', (gsize)(end - text));
    const char *line_end = newline ? newline : end;
    const char *wrong = read_line(users, allowed, text, (gsize)(line_end - text));
    n_line++;
    if (wrong) {
      g_set_error(error, AUTH_USERS_ERROR, AUTH_USERS_ERROR_LINE, "user file %s, line %u: %s", source, n_line, wrong);
      return NULL;
    }
    text = newline ? newline + 1 : end;
  }
  return g_steal_pointer(&users);
}

/* --- files */

static gboolean fail(const char *path, const char *reason, GError **error) {
  g_set_error(error, AUTH_USERS_ERROR, AUTH_USERS_ERROR_FILE, "cannot read the user file %s: %s", path, reason);
  return FALSE;
}

/* Up to one byte more than allowed. */
static gboolean read_all(int fd, const char *path, char *bytes, gsize *out_len, GError **error) {
  gsize len = 0;

  while (len <= AUTH_FILE_MAX) {
    ssize_t n_read = read(fd, bytes + len, AUTH_FILE_MAX + 1 - len);
    if (n_read < 0 && errno == EINTR)
      continue;
    if (n_read < 0)
      return fail(path, g_strerror(errno), error);
    if (n_read == 0)
      break;
    len += (gsize)n_read;
  }
  *out_len = len;
  return len <= AUTH_FILE_MAX || fail(path, "it has more than 4 MiB", error);
}

/* Anything but a regular file could keep us waiting. */
static gboolean check_kind(int fd, const char *path, gboolean *out_is_exposed, GError **error) {
  struct stat status;

  if (fstat(fd, &status) < 0)
    return fail(path, g_strerror(errno), error);
  *out_is_exposed = (status.st_mode & S_IROTH) != 0;
  return S_ISREG(status.st_mode) || fail(path, "it is not a regular file", error);
}

AuthUsers *auth_users_read(const char *path, AuthForms allowed, GError **error) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gboolean are_exposed = FALSE;
  AuthUsers *users = NULL;

  if (fd < 0) {
    fail(path, g_strerror(errno), error);
    return NULL;
  }
  if (check_kind(fd, path, &are_exposed, error)) {
    char *bytes = g_malloc(AUTH_FILE_MAX + 1);
    gsize len = 0;
    if (read_all(fd, path, bytes, &len, error))
      users = auth_users_parse(bytes, len, allowed, path, error);
    auth_wipe(bytes, len);
    g_free(bytes);
  }
  close(fd);
  if (users)
    users->are_exposed = are_exposed;
  return users;
}

/* --- life and look-up */

AuthUsers *auth_users_ref(AuthUsers *users) {
  g_atomic_ref_count_inc(&users->refs);
  return users;
}

void auth_users_unref(AuthUsers *users) {
  if (!users || !g_atomic_ref_count_dec(&users->refs))
    return;
  g_hash_table_unref(users->by_name);
  g_hash_table_unref(users->by_bearer);
  g_free(users);
}

gboolean auth_users_are_exposed(const AuthUsers *users) {
  return users->are_exposed;
}

gboolean auth_users_have(const AuthUsers *users, guint kinds) {
  return (users->kinds & kinds) != 0;
}

const AuthUser *auth_users_find(const AuthUsers *users, const char *name) {
  return g_hash_table_lookup(users->by_name, name);
}

const char *auth_users_find_bearer(const AuthUsers *users, const char *token) {
  g_autofree char *digest = digest_of(token);

  return g_hash_table_lookup(users->by_bearer, digest);
}

const char *auth_users_costliest_hash(const AuthUsers *users) {
  return users->costliest_hash;
}

void auth_users_mock_verifier(const AuthUsers *users, const char *name, ScramVerifier *out_verifier) {
  enum { SALT = 16 };
  guint8 digest[SCRAM_KEY_BYTES];

  HMAC(EVP_sha256(), users->salt_key, sizeof users->salt_key, (const guint8 *)name, strlen(name), digest, NULL);
  *out_verifier = (ScramVerifier){
      .rounds = users->scram_rounds > 0 ? users->scram_rounds : SCRAM_ROUNDS_MIN,
      .salt_len = SALT,
  };
  memcpy(out_verifier->salt, digest, SALT);
  RAND_bytes(out_verifier->stored_key, sizeof out_verifier->stored_key);
  RAND_bytes(out_verifier->server_key, sizeof out_verifier->server_key);
}
