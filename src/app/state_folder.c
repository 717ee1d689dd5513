#include "app/state_folder.h"
#include <string.h>

/* An empty or relative path is to be ignored (XDG). */
static const char *folder_in_environment(const char *name) {
  const char *path = g_getenv(name);

  return path && g_path_is_absolute(path) ? path : NULL;
}

char *state_folder_find(const Options *options) {
  const char *of_service = folder_in_environment("STATE_DIRECTORY");
  const char *of_user = folder_in_environment("XDG_STATE_HOME");

  if (options->state_directory)
    return g_strdup(options->state_directory);
  if (of_service)
    return g_strndup(of_service, strcspn(of_service, ":")); /* a unit may have several */
  if (of_user)
    return g_build_filename(of_user, "dsmtpd", NULL);
  return g_build_filename(g_get_home_dir(), ".local", "state", "dsmtpd", NULL);
}
