#include "app/state_directory.h"
#include <string.h>

/* An empty or relative path is to be ignored (XDG). */
static const char *directory_in_environment(const char *name) {
  const char *path = g_getenv(name);

  return path && g_path_is_absolute(path) ? path : NULL;
}

char *state_directory_find(const char *given) {
  const char *of_service = directory_in_environment("STATE_DIRECTORY");
  const char *of_user = directory_in_environment("XDG_STATE_HOME");

  if (given)
    return g_strdup(given);
  if (of_service)
    return g_strndup(of_service, strcspn(of_service, ":")); /* a unit may have several */
  if (of_user)
    return g_build_filename(of_user, "dsmtpd", NULL);
  return g_build_filename(g_get_home_dir(), ".local", "state", "dsmtpd", NULL);
}

char *state_directory_find_runtime(void) {
  const char *of_user = directory_in_environment("XDG_RUNTIME_DIR");

  return of_user ? g_build_filename(of_user, "dsmtpd", NULL) : NULL;
}
