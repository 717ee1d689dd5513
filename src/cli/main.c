/* dsmtpd: reads the command line and the environment, and does what they ask for. */
#include "app/exit_code.h"
#include "app/options.h"
#include "app/server_run.h"
#include "base/process_memory.h"
#include "cli/commands.h"
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int show(const char *text) {
  return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

static int serve(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  g_autoptr(Options) options = options_parse(argc, argv, g_getenv, &error);

  if (!options) {
    fprintf(stderr, "dsmtpd: %s\n", error->message);
    return EXIT_CODE_USAGE;
  }
  if (options->action == OPTIONS_SHOW_HELP) {
    g_autofree char *help = commands_help();
    return show(help);
  }
  if (options->action == OPTIONS_SHOW_VERSION) {
    g_autofree char *version = g_strconcat(options_version(), "\n", NULL);
    return show(version);
  }
  return server_run(options);
}

static int reject(const char *word) {
  g_autoptr(GError) error = NULL;

  commands_fail(word, &error);
  fprintf(stderr, "dsmtpd: %s\n", error->message);
  return error->code;
}

/* While it runs, a reader that is gone is an error like others, so that everything is closed in order; then it ends as
 * SIGPIPE ends programs, without a word. */
static int run(const Command *command, int argc, char **argv) {
  void (*at_start)(int) = signal(SIGPIPE, SIG_IGN);
  int code = command_run(command, argc, argv);

  if (code == EXIT_CODE_READER_GONE && at_start != SIG_IGN) {
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
  }
  return code;
}

int main(int argc, char **argv) {
  g_autofree char *name = argc > 0 ? g_path_get_basename(argv[0]) : g_strdup("");

  process_memory_give_back();
  setlocale(LC_ALL, "");
  if (strcmp(name, "sendmail") == 0)
    return run(commands_find("send"), argc, argv);
  if (argc < 2 || *argv[1] == '-')
    return serve(argc, argv);

  const Command *command = commands_find(argv[1]);
  return command ? run(command, argc - 1, argv + 1) : reject(argv[1]);
}
