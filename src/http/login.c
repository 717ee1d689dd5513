#include "http/login.h"
#include "auth/secret.h"
#include "syntax/base64.h"
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

enum { DIGEST_OCTETS = 32 };

/* A login that was good. */
typedef struct Kept {
  guint8 digest[DIGEST_OCTETS];
  char *user;
  gint64 until_us;
} Kept;

struct HttpLogin {
  AuthChecker *checker;
  AuthUsers *users; /* NULL: none yet */
  guint8 key[DIGEST_OCTETS];
  GQueue kept; /* Kept, the latest first */
};

struct HttpLoginCheck {
  HttpLogin *login; /* NULL: nobody waits for it */
  AuthExchange *exchange;
  guint8 digest[DIGEST_OCTETS];
  HttpLoginChecked checked;
  gpointer user_data;
};

/* --- logins that were good */

static void kept_free(gpointer data) {
  Kept *kept = data;

  g_free(kept->user);
  g_free(kept);
}

/* Keyed, so that it tells nothing about the password to who gets hold of it. */
static void digest_credentials(const HttpLogin *login, const guint8 *credentials, gsize len,
                               guint8 out_digest[DIGEST_OCTETS]) {
  g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, login->key, sizeof login->key);
  gsize digest_len = DIGEST_OCTETS;

  g_hmac_update(hmac, credentials, (gssize)len);
  g_hmac_get_digest(hmac, out_digest, &digest_len);
}

static const char *find_kept(HttpLogin *login, const guint8 digest[DIGEST_OCTETS]) {
  gint64 now_us = g_get_monotonic_time();

  for (GList *link = login->kept.head; link; link = link->next) {
    const Kept *kept = link->data;
    if (kept->until_us > now_us && auth_secret_equal(kept->digest, DIGEST_OCTETS, digest, DIGEST_OCTETS))
      return kept->user;
  }
  return NULL;
}

static void keep(HttpLogin *login, const guint8 digest[DIGEST_OCTETS], const char *user) {
  Kept *kept = g_new0(Kept, 1);

  memcpy(kept->digest, digest, DIGEST_OCTETS);
  kept->user = g_strdup(user);
  kept->until_us = g_get_monotonic_time() + (gint64)LOGIN_KEPT_S * G_USEC_PER_SEC;
  g_queue_push_head(&login->kept, kept);
  if (login->kept.length > LOGIN_KEPT_MAX)
    kept_free(g_queue_pop_tail(&login->kept));
}

/* --- checks */

static void check_free(HttpLoginCheck *check) {
  auth_exchange_free(check->exchange);
  g_free(check);
}

static void checked_cb(AuthOutcome outcome, gpointer user_data) {
  HttpLoginCheck *check = user_data;
  const char *user = outcome == AUTH_ACCEPTED ? auth_exchange_user(check->exchange) : NULL;

  if (check->login) {
    if (user)
      keep(check->login, check->digest, user);
    check->checked(user, check->user_data);
  }
  check_free(check);
}

void http_login_check_forget(HttpLoginCheck *check) {
  if (check)
    check->login = NULL;
}

/* user-pass = user-id ":" password, as SASL's PLAIN has them */
static AuthExchange *begin_exchange(HttpLogin *login, const guint8 *credentials, gsize len) {
  const guint8 *colon = memchr(credentials, ':', len);
  g_autoptr(AuthExchange) exchange = auth_exchange_new("PLAIN", login->users, "");

  if (!colon || !exchange || len + 1 > AUTH_RESPONSE_MAX)
    return NULL;
  char *response = g_malloc0(len + 1);
  memcpy(response + 1, credentials, len);
  response[1 + (colon - credentials)] = '\0';
  AuthOutcome outcome = auth_exchange_take(exchange, response, len + 1);
  auth_wipe(response, len + 1);
  g_free(response);
  return outcome == AUTH_CHECK ? g_steal_pointer(&exchange) : NULL;
}

static HttpLoginStatus check_password(HttpLogin *login, const guint8 *credentials, gsize len, guint n_failures,
                                      HttpLoginCheck *check, char **out_user, HttpLoginCheck **out_check) {
  digest_credentials(login, credentials, len, check->digest);
  const char *known = find_kept(login, check->digest);
  if (known) {
    *out_user = g_strdup(known);
    return HTTP_LOGIN_ACCEPTED;
  }
  check->exchange = begin_exchange(login, credentials, len);
  if (!check->exchange)
    return HTTP_LOGIN_REFUSED;
  if (!auth_checker_run(login->checker, check->exchange, n_failures, checked_cb, check))
    return HTTP_LOGIN_BUSY;
  *out_check = check;
  return HTTP_LOGIN_CHECKING;
}

static HttpLoginStatus check_basic(HttpLogin *login, const char *encoded, guint n_failures, HttpLoginChecked checked,
                                   gpointer user_data, char **out_user, HttpLoginCheck **out_check) {
  gsize encoded_len = strlen(encoded);
  gsize len = 0;

  if (encoded_len > 2 * AUTH_RESPONSE_MAX)
    return HTTP_LOGIN_REFUSED;
  guint8 *credentials = g_malloc(BASE64_DECODED_MAX(encoded_len) + 1);
  HttpLoginCheck *check = g_new0(HttpLoginCheck, 1);
  check->login = login;
  check->checked = checked;
  check->user_data = user_data;
  HttpLoginStatus status = HTTP_LOGIN_REFUSED;
  if (base64_decode(encoded, encoded_len, credentials, &len))
    status = check_password(login, credentials, len, n_failures, check, out_user, out_check);
  auth_wipe(credentials, BASE64_DECODED_MAX(encoded_len) + 1);
  g_free(credentials);
  if (status != HTTP_LOGIN_CHECKING)
    check_free(check);
  return status;
}

/* What stands behind the scheme, in any case, and one space or more; NULL: it is another scheme. */
static const char *behind_scheme(const char *authorization, const char *scheme) {
  gsize len = strlen(scheme);

  if (g_ascii_strncasecmp(authorization, scheme, len) != 0 || authorization[len] != ' ')
    return NULL;
  return authorization + len + strspn(authorization + len, " ");
}

HttpLoginStatus http_login_check(HttpLogin *login, const char *authorization, guint n_failures,
                                 HttpLoginChecked checked, gpointer user_data, char **out_user,
                                 HttpLoginCheck **out_check) {
  const char *encoded = authorization ? behind_scheme(authorization, "Basic") : NULL;
  const char *token = authorization ? behind_scheme(authorization, "Bearer") : NULL;

  if (!login->users)
    return HTTP_LOGIN_REFUSED;
  if (encoded)
    return check_basic(login, encoded, n_failures, checked, user_data, out_user, out_check);
  const char *user = token ? auth_users_find_bearer(login->users, token) : NULL;
  *out_user = g_strdup(user);
  return user ? HTTP_LOGIN_ACCEPTED : HTTP_LOGIN_REFUSED;
}

char *http_login_challenge(const HttpLogin *login) {
  gboolean has_tokens = login->users && auth_users_have(login->users, AUTH_SECRET_BEARER);

  return g_strconcat("Basic realm=\"dsmtpd\", charset=\"UTF-8\"", has_tokens ? ", Bearer realm=\"dsmtpd\"" : "", NULL);
}

/* --- life */

HttpLogin *http_login_new(AuthChecker *checker) {
  HttpLogin *login = g_new0(HttpLogin, 1);

  login->checker = checker;
  g_queue_init(&login->kept);
  if (getentropy(login->key, sizeof login->key) != 0)
    g_error("the system gives no random octets");
  return login;
}

void http_login_set_users(HttpLogin *login, AuthUsers *users) {
  g_clear_pointer(&login->users, auth_users_unref);
  login->users = auth_users_ref(users);
  g_queue_clear_full(&login->kept, kept_free);
}

void http_login_free(HttpLogin *login) {
  if (!login)
    return;
  g_queue_clear_full(&login->kept, kept_free);
  g_clear_pointer(&login->users, auth_users_unref);
  auth_wipe(login->key, sizeof login->key);
  g_free(login);
}
