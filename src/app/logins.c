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

static AuthUsers *read_file(const char *path, AuthForms forms, Log *log, GError **error) {
  gboolean is_exposed = FALSE;
  AuthUsers *users = auth_users_read(path, forms, &is_exposed, error);

  if (users && is_exposed)
    log_say(log, LOG_LEVEL_WARNING, "users-exposed",
            "every user of this machine can read the user file %s; chmod o-r prevents that", path);
  return users;
}

static AuthUsers *read_users(const char *path, const char *entries, gboolean is_foreign, Log *log, GError **error) {
  AuthForms forms = is_foreign ? AUTH_FORMS_HTPASSWD : AUTH_FORMS_OWN;

  if (path)
    return read_file(path, forms, log, error);
  return auth_users_parse(entries, strlen(entries), forms, "in the environment", error);
}

static AuthUsers *read_smtp_users(const ServerSettings *settings, Log *log, GError **error) {
  return read_users(settings->auth_file, settings->auth_entries, settings->auth_is_foreign, log, error);
}

AuthUsers *logins_read_http_users(const ServerSettings *settings, Log *log, GError **error) {
  return read_users(settings->http_auth_file, settings->http_auth_entries, settings->http_auth_is_foreign, log, error);
}

gboolean logins_reload(gpointer user_data, GError **error) {
  Logins *logins = user_data;
  AuthUsers *users = read_smtp_users(logins->settings, logins->log, error);

  if (!users)
    return FALSE;
  auth_users_unref(logins->users);
  logins->users = users;
  return TRUE;
}

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
