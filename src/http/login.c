#include "http/login.h"
#include "auth/secret.h"
#include "syntax/base64.h"
#include <string.h>

/* A login that was good. */
typedef struct Kept {
  guint8 credential[AUTH_GUARD_KEY_BYTES];
  char *user;
  gint64 until_us;
} Kept;

struct HttpLogin {
  AuthChecker *checker;
  AuthUsers *users; /* NULL: none yet */
  GQueue kept;      /* Kept, the latest first */
};

struct HttpLoginCheck {
  HttpLogin *login; /* NULL: nobody waits for it */
  AuthExchange *exchange;
  guint8 credential[AUTH_GUARD_KEY_BYTES];
  HttpLoginChecked checked;
  gpointer user_data;
};

/* --- logins that were good, by the guard's digests: those tell nothing about a password to who gets hold of them */

static void kept_free(gpointer data) {
  Kept *kept = data;

  g_free(kept->user);
  g_free(kept);
}

static const char *find_kept(const HttpLogin *login, const guint8 *credential) {
  gint64 now_us = g_get_monotonic_time();

  for (GList *link = login->kept.head; link; link = link->next) {
    const Kept *kept = link->data;
    if (kept->until_us > now_us &&
        auth_secret_equal(kept->credential, AUTH_GUARD_KEY_BYTES, credential, AUTH_GUARD_KEY_BYTES))
      return kept->user;
  }
  return NULL;
}

static void keep(HttpLogin *login, const guint8 *credential, const char *user) {
  Kept *kept = g_new0(Kept, 1);

  memcpy(kept->credential, credential, AUTH_GUARD_KEY_BYTES);
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
      keep(check->login, check->credential, user);
    check->checked(user, outcome == AUTH_BLOCKED ? AUTH_GUARD_BLOCK_S : 0, check->user_data);
  }
  check_free(check);
}

void http_login_check_forget(HttpLoginCheck *check) {
  if (check)
    check->login = NULL;
}

/* NULL: it cannot be a login of this kind. */
static AuthExchange *begin_exchange(const HttpLogin *login, const char *mechanism, const char *response, gsize len) {
  g_autoptr(AuthExchange) exchange = auth_exchange_new(mechanism, login->users, "");

  return exchange && auth_exchange_take(exchange, response, len) == AUTH_CHECK ? g_steal_pointer(&exchange) : NULL;
}

/* user-pass = user-id ":" password, as SASL's PLAIN has them behind a NUL, and one between them */
static AuthExchange *begin_basic(const HttpLogin *login, const char *encoded) {
  gsize encoded_len = strlen(encoded);
  gsize room = BASE64_DECODED_MAX(encoded_len) + 1;
  gsize len = 0;

  if (encoded_len > 2 * AUTH_RESPONSE_MAX)
    return NULL;
  char *response = g_malloc0(room);
  AuthExchange *exchange = NULL;
  gboolean is_base64 = base64_decode(encoded, encoded_len, (guint8 *)response + 1, &len);
  char *colon = is_base64 ? memchr(response + 1, ':', len) : NULL;
  if (colon) {
    *colon = '\0';
    exchange = begin_exchange(login, "PLAIN", response, len + 1);
  }
  auth_wipe(response, room);
  g_free(response);
  return exchange;
}

/* As SASL's OAUTHBEARER has it (RFC 7628 3.1). */
static AuthExchange *begin_bearer(const HttpLogin *login, const char *token) {
  char *response = g_strconcat("n,,\1auth=Bearer ", token, "\1\1", NULL);
  AuthExchange *exchange = begin_exchange(login, "OAUTHBEARER", response, strlen(response));

  auth_secret_free(response);
  return exchange;
}

/* What stands behind the scheme, in any case, and one space or more; NULL: it is another scheme. */
static const char *behind_scheme(const char *authorization, const char *scheme) {
  gsize len = strlen(scheme);

  if (g_ascii_strncasecmp(authorization, scheme, len) != 0 || authorization[len] != ' ')
    return NULL;
  return authorization + len + strspn(authorization + len, " ");
}

static AuthExchange *begin(const HttpLogin *login, const char *authorization) {
  const char *encoded = authorization ? behind_scheme(authorization, "Basic") : NULL;
  const char *token = authorization ? behind_scheme(authorization, "Bearer") : NULL;

  if (!login->users || (!encoded && !token))
    return NULL;
  return encoded ? begin_basic(login, encoded) : begin_bearer(login, token);
}

/* The guard first: a login that is kept must not be a way to guess either. */
HttpLoginAnswer http_login_check(HttpLogin *login, const char *authorization, const guint8 *client,
                                 HttpLoginChecked checked, gpointer user_data) {
  g_autoptr(AuthExchange) exchange = begin(login, authorization);
  AuthAttempt attempt;

  if (!exchange)
    return (HttpLoginAnswer){.status = HTTP_LOGIN_REJECTED};
  guint wait_s = auth_checker_ask(login->checker, client, exchange, &attempt);
  if (wait_s > 0)
    return (HttpLoginAnswer){.status = HTTP_LOGIN_BLOCKED, .wait_s = wait_s};
  const char *known = find_kept(login, attempt.credential);
  if (known)
    return (HttpLoginAnswer){.status = HTTP_LOGIN_ACCEPTED, .user = g_strdup(known)};

  HttpLoginCheck *check = g_new0(HttpLoginCheck, 1);
  check->login = login;
  check->exchange = g_steal_pointer(&exchange);
  check->checked = checked;
  check->user_data = user_data;
  memcpy(check->credential, attempt.credential, sizeof check->credential);
  if (auth_checker_run(login->checker, check->exchange, &attempt, checked_cb, check))
    return (HttpLoginAnswer){.status = HTTP_LOGIN_CHECKING, .check = check};
  check_free(check);
  return (HttpLoginAnswer){.status = HTTP_LOGIN_BUSY};
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
  g_free(login);
}
