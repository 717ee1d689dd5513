#include "app/logins.h"
#include <string.h>

struct Logins {
  const ServerSettings *settings;
  AuthUsers *users; /* those in force; NULL: any name and password is accepted */
  Log *log;
  AuthChecker *checker;
};

static gboolean are_wanted(const ServerSettings *settings) {
  return settings->auth != OPTIONS_AUTH_OFF || options_check_smtp_logins(settings);
}

static AuthUsers *read_users(const char *path, const char *entries, gboolean is_foreign, GError **error) {
  AuthForms forms = is_foreign ? AUTH_FORMS_HTPASSWD : AUTH_FORMS_OWN;

  if (path)
    return auth_users_read(path, forms, error);
  return auth_users_parse(entries, strlen(entries), forms, "in the environment", error);
}

AuthUsers *logins_read_http_users(const ServerSettings *settings, GError **error) {
  return read_users(settings->http_auth_file, settings->http_auth_entries, settings->http_auth_is_foreign, error);
}

void logins_warn(const AuthUsers *users, const char *path, Log *log) {
  if (auth_users_are_exposed(users))
    log_say(log, LOG_LEVEL_WARNING, "users-exposed",
            "every user of this machine can read the user file %s; chmod o-r prevents that", path);
}

static gpointer read_again(gpointer user_data, GError **error) {
  const ServerSettings *settings = ((const Logins *)user_data)->settings;

  return read_users(settings->auth_file, settings->auth_entries, settings->auth_is_foreign, error);
}

static void use_again(gpointer user_data, gpointer what_is_new) {
  Logins *logins = user_data;

  logins_warn(what_is_new, logins->settings->auth_file, logins->log);
  auth_users_unref(logins->users);
  logins->users = what_is_new;
}

const ReloadPart logins_part = {
    .what = "users", .read = read_again, .use = use_again, .forget = (GDestroyNotify)auth_users_unref};

Logins *logins_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, AuthGuard *guard,
                   Log *log) {
  if (!are_wanted(settings))
    return NULL;
  Logins *logins = g_new0(Logins, 1);
  logins->settings = settings;
  logins->log = log;
  logins->checker = auth_checker_new(base, queue, guard);
  return logins;
}

SmtpAuth logins_kind(const Logins *logins) {
  if (!logins)
    return SMTP_AUTH_OFF;
  return options_check_smtp_logins(logins->settings) ? SMTP_AUTH_USERS : SMTP_AUTH_ANY;
}

AuthUsers *const *logins_users(const Logins *logins) {
  return logins ? &logins->users : NULL;
}

AuthChecker *logins_checker(const Logins *logins) {
  return logins ? logins->checker : NULL;
}

void logins_close(Logins *logins) {
  if (!logins)
    return;
  auth_checker_close(logins->checker);
  auth_users_unref(logins->users);
  g_free(logins);
}
