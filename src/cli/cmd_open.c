/* open: the page, or a message on it, in a browser. */
#include "cli/browser.h"
#include "cli/selection.h"

typedef struct OpenOptions {
  CommandCommon common;
  gboolean print;
} OpenOptions;

static const Option options[] = {
    {
        .name = "print",
        .letter = 'p',
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

static ExitCode run(const CommandCall *call, GError **error) {
  const OpenOptions *given = call->options;
  g_autoptr(Client) client = client_open(call, error);
  g_autofree char *url = client ? find_url(call, client, error) : NULL;

  if (url && (given->print || !browser_start(call->get_variable, url)))
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
