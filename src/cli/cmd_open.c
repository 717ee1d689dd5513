/* open: the page, or a message on it, in a browser. */
#include "cli/selection.h"
#include <string.h>

typedef struct OpenOptions {
  CommandCommon common;
  gboolean print;
} OpenOptions;

static const Option options[] = {
    {
        .name = "print",
        .letter = 'p',
        .noun = "switch",
        .type = OPTION_SWITCH,
        .on = TRUE,
        .help = "print the URL instead of opening it",
        .offset = G_STRUCT_OFFSET(OpenOptions, print),
    },
    {.name = NULL},
};

/* The URL of the page, or of the message that the word names. NULL: an error. */
static char *find_url(const CommandCall *call, Client *client, GError **error) {
  const char *page = target_page(client_target(client));

  if (!page) {
    cli_fail(error, EXIT_CODE_NO_SERVER,
             "%s: no server shows it to browsers; start dsmtpd with HTTP at a port, which is the default",
             target_name(client_target(client)));
    return NULL;
  }
  if (!call->words[0])
    return g_strconcat(page, "/", NULL);
  g_autofree char *id = selection_find(client, call->words[0], error);
  g_autofree char *path = id ? client_path_of("/view/", id, "") : NULL;
  return path ? g_strconcat(page, path, NULL) : NULL;
}

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

/* It goes on after the command has ended. */
static gboolean start_browser(OptionsGetenv get_variable, const char *url) {
  const GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
  g_auto(GStrv) words = browser_command(get_variable, url);

  return words && g_spawn_async(NULL, words, NULL, flags, NULL, NULL, NULL, NULL);
}

static ExitCode run(const CommandCall *call, GError **error) {
  const OpenOptions *given = call->options;
  g_autoptr(Client) client = client_open(call, error);
  g_autofree char *url = client ? find_url(call, client, error) : NULL;

  if (url && (given->print || !start_browser(call->get_variable, url)))
    output_line(call->output, url);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd open", "the page"},
    {"dsmtpd open latest", "the newest message"},
    {"dsmtpd open 3", "row 3 of the list printed last"},
    {"dsmtpd open --print latest", "its URL"},
    {.line = NULL},
};

const Command cmd_open = {
    .name = "open",
    .summary = "open the page, or a message, in a browser",
    .synopsis = "[MESSAGE]",
    .description =
        "Opens the page, or a message on it, in the browser that the variable BROWSER names, or the desktop's own. "
        "Where there is no browser, it prints the URL. MESSAGE is an ID, `latest`, or the number of a row of the list "
        "printed last on this terminal.",
    .flags = COMMAND_HAS_TARGET,
    .max_words = 1,
    .options = options,
    .record_size = sizeof(OpenOptions),
    .examples = examples,
    .run = run,
};
