#pragma once
/* A command, as in `dsmtpd wait`: one row says what it is called, what it takes and what it does; help, manual page and
 * completions are made from that. To add one, write cmd_NAME.c and name its row in commands.c.
 *
 * Owns: nothing; rows are constant.
 * Thread: the main thread.
 * Errors: CLI_ERROR, whose codes are exit codes; messages are one line and say what to do. INBOX_ERROR_INVALID
 *         ends with EXIT_CODE_INVALID_MAILDIR, errors of other domains with EXIT_CODE_FAILED.
 * Source: docs/cli.md. */
#include "app/exit_code.h"
#include "app/option.h"
#include "app/option_help.h"
#include "cli/output.h"

#define CLI_ERROR (cli_error_quark())
GQuark cli_error_quark(void);

/* Sets *error, with an exit code as its code. Returns FALSE. */
gboolean cli_fail(GError **error, ExitCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

typedef enum {
  COMMAND_HAS_TARGET = 1 << 0,    /* --server and --directory; see cli/target.h */
  COMMAND_HAS_JSON = 1 << 1,      /* --json */
  COMMAND_STOPS_AT_WORD = 1 << 2, /* what stands after the first word is not for us: `run CMD --its-option` */
  COMMAND_TAKES_FILES = 1 << 3,   /* its words are the names of files, for completions */
  COMMAND_HAS_MAILDIR = 1 << 4,   /* --directory alone, of a Maildir that no server has open */
  COMMAND_TAKES_COMMAND = 1 << 5  /* its word is the name of a command, for completions */
} CommandFlags;

/* What the frame's own options say. Each command's record begins with it, as its member `common`. */
typedef struct CommandCommon {
  gboolean help;
  char *server;    /* URL; NULL: not said */
  char *directory; /* NULL: not said */
  gboolean json;
} CommandCommon;

typedef struct CommandExample {
  const char *line;    /* NULL: the row after the last */
  const char *meaning; /* as short as can be, without a full stop */
} CommandExample;

typedef struct Command Command;

/* One call of a command. All is lent. */
typedef struct CommandCall {
  const Command *command;
  gconstpointer options; /* the command's record, from its option table */
  const CommandCommon *common;
  char **words; /* that belong to no option; NULL after the last */
  guint n_words;
  OptionsGetenv get_variable;
  Output *output;
} CommandCall;

struct Command {
  const char *name;
  const char *summary;     /* in the imperative, without a full stop: "wait for messages that come" */
  const char *synopsis;    /* what may stand behind the options: "[QUERY]"; "" */
  const char *description; /* sentences, for --help and the manual page */
  CommandFlags flags;
  guint min_words, max_words;
  const Option *options;         /* its own; NULL: none */
  Option *(*more_options)(void); /* behind them, those it makes; the caller frees the array; NULL: none */
  void (*init)(gpointer record); /* gives fields the defaults that no option can; NULL: there are none */
  gsize record_size;             /* of the record they are about */
  const CommandExample *examples;
  const ExitMeaning *exit_codes; /* what is special to it; NULL: nothing */
  /* Returns the exit code, or sets *error, whose code is then taken. */
  ExitCode (*run)(const CommandCall *call, GError **error);
};

/* All options: its own and then the frame's. The row after the last has no name. The caller frees the array. */
Option *command_options(const Command *command);

/* The text of --help. The caller frees. */
char *command_help(const Command *command);

/* Reads the command line, whose first word is the command's name, runs the command, and tells its error in one line on
 * standard error. Returns the exit code. */
int command_run(const Command *command, int argc, char **argv);
