/* dsmtpd: reads the command line and the environment, and does what they ask for. */
#include "app/exit_code.h"
#include "app/options.h"
#include "app/server_run.h"
#include "base/process_memory.h"
#include <locale.h>
#include <stdio.h>

static int show(const char *text) {
  return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;

  setlocale(LC_ALL, "");
  g_autoptr(Options) options = options_parse(argc, argv, g_getenv, &error);
  if (!options) {
    fprintf(stderr, "dsmtpd: %s\n", error->message);
    return EXIT_CODE_USAGE;
  }
  if (options->action == OPTIONS_SHOW_HELP) {
    g_autofree char *help = options_help();
    return show(help);
  }
  if (options->action == OPTIONS_SHOW_VERSION) {
    g_autofree char *version = g_strconcat(options_version(), "\n", NULL);
    return show(version);
  }
  process_memory_give_back();
  return server_run(options);
}
