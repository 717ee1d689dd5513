#include "cli/command.h"
#include "app/option_read.h"
#include "inbox/inbox.h"
#include <stdio.h>
#include <string.h>

G_DEFINE_QUARK(dsmtpd - cli - error - quark, cli_error)

#define FIELD(name) .offset = G_STRUCT_OFFSET(CommandCommon, name)

gboolean cli_fail(GError **error, ExitCode code, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error_literal(error, CLI_ERROR, (gint)code, text);
  return FALSE;
}

/* --- options */

/* Rows with the flag that brings them; 0: always there. */
static const struct {
  CommandFlags flag;
  Option option;
} frame_options[] = {
    {
        COMMAND_HAS_MAILDIR,
        {
            .name = "directory",
            .letter = 'd',
            .scope = OPTION_SCOPE_INBOX,
            .value_name = "DIRECTORY",
            .type = OPTION_PATH,
            .help = "the Maildir; without this option, the current directory",
            FIELD(directory),
        },
    },
    {
        COMMAND_HAS_JSON,
        {
            .name = "json",
            .type = OPTION_SWITCH,
            .on = TRUE,
            .help = "print JSON instead of text",
            FIELD(json),
        },
    },
    {
        COMMAND_HAS_TARGET,
        {
            .name = "server",
            .scope = OPTION_SCOPE_SERVER,
            .value_name = "URL",
            .noun = "URL",
            .type = OPTION_WORDS,
            .help =
                "the web server of the dsmtpd to use, as in http://127.0.0.1:8025 or unix:/path; without this option "
                "and the next, the one that runs",
            FIELD(server),
        },
    },
    {
        COMMAND_HAS_TARGET,
        {
            .name = "directory",
            .letter = 'd',
            .scope = OPTION_SCOPE_INBOX,
            .value_name = "DIRECTORY",
            .type = OPTION_PATH,
            .help = "the Maildir to use, through the server that has it open if there is one",
            FIELD(directory),
        },
    },
    {
        0,
        {
            .name = "help",
            .letter = 'h',
            .type = OPTION_SWITCH,
            .on = TRUE,
            .ends = TRUE,
            .help = "show this help and exit",
            FIELD(help),
        },
    },
};

/* `options` may be NULL. */
static void append_rows(GArray *rows, const Option *options) {
  for (const Option *option = options; option && option->name; option++)
    g_array_append_val(rows, *option);
}

Option *command_options(const Command *command) {
  GArray *rows = g_array_new(TRUE, TRUE, sizeof(Option));

  g_autofree Option *more = command->more_options ? command->more_options() : NULL;

  append_rows(rows, command->options);
  append_rows(rows, more);
  for (gsize i = 0; i < G_N_ELEMENTS(frame_options); i++)
    if ((frame_options[i].flag & command->flags) == frame_options[i].flag)
      g_array_append_val(rows, frame_options[i].option);
  return (Option *)g_array_free(rows, FALSE);
}

/* --- help */

static const ExitMeaning usual_exit_codes[] = {
    {EXIT_CODE_OK, "done"},
    {EXIT_CODE_FAILED, "not found, not in time, or failed"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option, variable or query"},
    {EXIT_CODE_NO_SERVER, "no server is running, or it does not answer"},
    {.meaning = NULL},
};

char *command_help(const Command *command) {
  g_autofree Option *options = command_options(command);
  GString *help = g_string_new(NULL);

  g_string_append_printf(help, "Usage: dsmtpd %s [OPTION]...%s%s\n\n", command->name, *command->synopsis ? " " : "",
                         command->synopsis);
  option_help_append_text(help, command->description);
  g_string_append(help, "\nOptions:\n");
  option_help_append(help, options);
  g_string_append(help, "\nExamples:\n");
  for (const CommandExample *example = command->examples; example->line; example++)
    option_help_append_row(help, example->line, example->meaning);
  g_string_append(help, "\nExit codes:\n");
  option_help_append_exit_codes(help, command->exit_codes ? command->exit_codes : usual_exit_codes);
  return g_string_free(help, FALSE);
}

/* --- running */

/* What the command line says of where to ask puts aside all that the environment says of it. */
static gboolean settle_target(const CommandCommon *common, OptionGiven *given, GError **error) {
  gsize server = G_STRUCT_OFFSET(CommandCommon, server), directory = G_STRUCT_OFFSET(CommandCommon, directory);

  if (common->server && common->directory)
    return cli_fail(error, EXIT_CODE_USAGE, "give --server or --directory, not both");
  if (common->server || common->directory) {
    option_given_add(given, server);
    option_given_add(given, directory);
  }
  return TRUE;
}

static gboolean check_words(const Command *command, guint n_words, GError **error) {
  if (n_words < command->min_words)
    return cli_fail(error, EXIT_CODE_USAGE, "%s is missing; see --help", command->synopsis);
  if (n_words > command->max_words && command->max_words == 0)
    return cli_fail(error, EXIT_CODE_USAGE, "takes options only, no arguments; see --help");
  if (n_words > command->max_words)
    return cli_fail(error, EXIT_CODE_USAGE, "too many arguments for %s; put a query of several words into quotes",
                    command->synopsis);
  return TRUE;
}

static gboolean read_call(const Option *options, int argc, char **argv, gpointer record, CommandCall *out_call,
                          GError **error) {
  OptionReadExtent extent = out_call->command->flags & COMMAND_STOPS_AT_WORD ? OPTION_READ_TO_WORD : OPTION_READ_ALL;
  g_autoptr(OptionGiven) given = option_given_new();
  OptionWords words;

  if (!option_read_words(options, argc, argv, extent, record, given, &words, error))
    return FALSE;
  if (words.ended)
    return TRUE;
  out_call->words = argv + words.first;
  out_call->n_words = (guint)(argc - words.first);
  return settle_target(record, given, error) &&
         option_read_environment(options, out_call->get_variable, given, record, error) &&
         check_words(out_call->command, out_call->n_words, error);
}

static ExitCode run(const CommandCall *call, GError **error) {
  ExitCode code = EXIT_CODE_OK;

  if (call->common->help) {
    g_autofree char *help = command_help(call->command);
    output_text(call->output, help);
  } else {
    code = call->command->run(call, error);
  }
  if (!*error)
    output_end(call->output, error);
  return code;
}

static ExitCode code_of(const GError *error) {
  if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_INVALID))
    return EXIT_CODE_INVALID_MAILDIR;
  if (error->domain == OPTIONS_ERROR)
    return EXIT_CODE_USAGE;
  return error->domain == CLI_ERROR ? (ExitCode)error->code : EXIT_CODE_FAILED;
}

int command_run(const Command *command, int argc, char **argv) {
  g_autofree Option *options = command_options(command);
  g_autofree CommandCommon *record = g_malloc0(MAX(command->record_size, sizeof(CommandCommon)));
  g_autoptr(Output) output = output_new(stdout, g_getenv);
  CommandCall call = {
      .command = command,
      .options = record,
      .common = record,
      .get_variable = g_getenv,
      .output = output,
  };
  g_autoptr(GError) error = NULL;
  ExitCode code = EXIT_CODE_OK;

  if (command->init)
    command->init(record);
  option_record_init(options, record);
  if (read_call(options, argc, argv, record, &call, &error))
    code = run(&call, &error);
  if (output_is_abandoned(output)) {
    code = EXIT_CODE_READER_GONE;
  } else if (error) {
    g_autofree char *line = output_clean(error->message); /* which may be a server's */
    fprintf(stderr, "dsmtpd %s: %s\n", command->name, line);
    code = code_of(error);
  }
  option_record_clear(options, record);
  return code;
}
