#include "app/logins.h"

struct Logins {
  const Options *options;
  SmtpSettings *settings;
  Log *log;
  AuthChecker *checker;
};

gboolean logins_are_wanted(const Options *options) {
  return options->auth != OPTIONS_AUTH_OFF || options->auth_file != NULL;
}

AuthUsers *logins_read_users(const char *path, Log *log, GError **error) {
  gboolean is_exposed = FALSE;
  AuthUsers *users = auth_users_read(path, &is_exposed, error);

  if (users && is_exposed)
    log_say(log, LOG_LEVEL_WARNING, "users-exposed",
            "every user of this machine can read the user file %s; take that away with chmod o-r", path);
  return users;
}

gboolean logins_reload(gpointer user_data, GError **error) {
  Logins *logins = user_data;
  AuthUsers *users = logins_read_users(logins->options->auth_file, logins->log, error);

  if (!users)
    return FALSE;
  auth_users_unref(logins->settings->users);
  logins->settings->users = users;
  return TRUE;
}

Logins *logins_new(const Options *options, SmtpSettings *settings, struct event_base *base, LoopQueue *queue,
                   AuthGuard *guard, Log *log, GError **error) {
  Logins *logins = g_new0(Logins, 1);

  logins->options = options;
  logins->settings = settings;
  logins->log = log;
  if (options->auth_file && !logins_reload(logins, error)) {
    g_free(logins);
    return NULL;
  }
  settings->auth = options->auth_file != NULL ? SMTP_AUTH_USERS : SMTP_AUTH_ANY;
  settings->auth_insecure = options->auth_insecure;
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
