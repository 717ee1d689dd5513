/* help: what --help prints, of the program or of a command. */
#include "cli/commands.h"

static ExitCode run(const CommandCall *call, GError **error) {
  const char *name = call->words[0];
  const Command *command = name ? commands_find(name) : NULL;

  if (name && !command) {
    commands_fail(name, error);
    return EXIT_CODE_USAGE;
  }
  g_autofree char *help = command ? command_help(command) : commands_help();
  output_text(call->output, help);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd help", "all commands and the options of the server"},
    {"dsmtpd help wait", "the options, examples and exit codes of wait"},
    {.line = NULL},
};

const Command cmd_help = {
    .name = "help",
    .summary = "explain a command, or list all",
    .synopsis = "[COMMAND]",
    .description = "Prints what `dsmtpd COMMAND --help` does, or the list of commands and the options of the server.",
    .flags = COMMAND_TAKES_COMMAND,
    .max_words = 1,
    .record_size = sizeof(CommandCommon),
    .examples = examples,
    .run = run,
};
