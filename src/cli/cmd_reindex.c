/* reindex: rebuilds the index. */
#include "cli/upkeep.h"

static ExitCode run(const CommandCall *call, GError **error) {
  guint64 n_messages = 0;

  if (!upkeep_rebuild(call->common->directory, &n_messages, error))
    return EXIT_CODE_FAILED;
  g_autofree char *line = g_strdup_printf("%" G_GUINT64_FORMAT " messages", n_messages);
  output_line(call->output, line);
  return EXIT_CODE_OK;
}

static const CommandExample examples[] = {
    {"dsmtpd reindex -d mail", "read all messages again"},
    {.line = NULL},
};

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "done"},
    {EXIT_CODE_FAILED, "it could not be rebuilt, or a server has the Maildir open"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory is not a Maildir"},
    {EXIT_CODE_USAGE, "invalid option or variable"},
    {.meaning = NULL},
};

const Command cmd_reindex = {
    .name = "reindex",
    .summary = "rebuild the index of a Maildir",
    .synopsis = "",
    .description = "Reads all messages of a Maildir again and keeps their tags. Rarely needed: a missing or damaged "
                   "index is rebuilt by itself. A running server has to be stopped first.",
    .flags = COMMAND_HAS_MAILDIR,
    .examples = examples,
    .exit_codes = exit_codes,
    .run = run,
};
