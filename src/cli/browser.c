#include "cli/browser.h"
#include <glib.h>
#include <string.h>

/* What opens URLs here; NULL: nothing does. Without a display xdg-open finds none but those for a terminal. */
static const char *find_opener(OptionsGetenv get_variable) {
#ifdef __APPLE__
  return "open";
#else
  static const char *const displays[] = {"DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"};

  for (gsize i = 0; i < G_N_ELEMENTS(displays); i++) {
    const char *display = get_variable(displays[i]);
    if (display && *display != '\0')
      return "xdg-open";
  }
  return NULL;
#endif
}

/* The words of a command for a URL: those of BROWSER, in which %s stands for the URL; it comes last otherwise. NULL:
 * there is none. The caller frees. */
static char **browser_command(OptionsGetenv get_variable, const char *url) {
  const char *browser = get_variable("BROWSER");
  const char *line = browser && *browser != '\0' ? browser : find_opener(get_variable);
  char **words = NULL;

  if (!line || !g_shell_parse_argv(line, NULL, &words, NULL))
    return NULL;
  guint n_words = g_strv_length(words);
  for (guint i = 1; i < n_words; i++) {
    if (strcmp(words[i], "%s") != 0)
      continue;
    g_free(words[i]);
    words[i] = g_strdup(url);
    return words;
  }
  words = g_renew(char *, words, n_words + 2);
  words[n_words] = g_strdup(url);
  words[n_words + 1] = NULL;
  return words;
}

gboolean browser_start(OptionsGetenv get_variable, const char *url) {
  const GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
  g_auto(GStrv) words = browser_command(get_variable, url);

  return words && g_spawn_async(NULL, words, NULL, flags, NULL, NULL, NULL, NULL);
}
