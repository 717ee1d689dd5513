#include "app/logins.h"
#include <string.h>

struct Logins {
  const ServerSettings *options;
  SmtpSettings *settings;
  Log *log;
  AuthChecker *checker;
};

gboolean logins_are_wanted(const ServerSettings *options) {
  return options->auth != OPTIONS_AUTH_OFF || options_check_smtp_logins(options);
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

static AuthUsers *read_smtp_users(const ServerSettings *options, Log *log, GError **error) {
  return read_users(options->auth_file, options->auth_entries, options->auth_is_foreign, log, error);
}

AuthUsers *logins_read_http_users(const ServerSettings *options, Log *log, GError **error) {
  return read_users(options->http_auth_file, options->http_auth_entries, options->http_auth_is_foreign, log, error);
}

gboolean logins_reload(gpointer user_data, GError **error) {
  Logins *logins = user_data;
  AuthUsers *users = read_smtp_users(logins->options, logins->log, error);

  if (!users)
    return FALSE;
  auth_users_unref(logins->settings->users);
  logins->settings->users = users;
  return TRUE;
}

Logins *logins_new(const ServerSettings *options, SmtpSettings *settings, struct event_base *base, LoopQueue *queue,
                   AuthGuard *guard, Log *log, GError **error) {
  Logins *logins = g_new0(Logins, 1);

  logins->options = options;
  logins->settings = settings;
  logins->log = log;
  if (options_check_smtp_logins(options) && !logins_reload(logins, error)) {
    g_free(logins);
    return NULL;
  }
  settings->auth = options_check_smtp_logins(options) ? SMTP_AUTH_USERS : SMTP_AUTH_ANY;
  settings->auth_insecure = options->auth_allow_insecure;
  settings->require_auth = options->require_auth;
  logins->checker = auth_checker_new(base, queue, guard);
  return logins;
}

AuthChecker *logins_checker(const Logins *logins) {
  return logins->checker;
}

void logins_close(Logins *logins) {
  if (!logins)
    return;
  auth_checker_close(logins->checker);
  g_clear_pointer(&logins->settings->users, auth_users_unref);
  g_free(logins);
}
