#include "cli/commands.h"
#include "app/options.h"
#include "base/suggest.h"
#include <string.h>

extern const Command cmd_check;
extern const Command cmd_count;
extern const Command cmd_cursor;
extern const Command cmd_export;
extern const Command cmd_fsck;
extern const Command cmd_help;
extern const Command cmd_import;
extern const Command cmd_list;
extern const Command cmd_mark;
extern const Command cmd_open;
extern const Command cmd_ready;
extern const Command cmd_reindex;
extern const Command cmd_rm;
extern const Command cmd_run;
extern const Command cmd_search;
extern const Command cmd_send;
extern const Command cmd_servers;
extern const Command cmd_show;
extern const Command cmd_tag;
extern const Command cmd_tail;
extern const Command cmd_wait;

static const Command *const table[] = {
    /* messages */
    &cmd_wait,
    &cmd_tail,
    &cmd_list,
    &cmd_search,
    &cmd_show,
    &cmd_check,
    &cmd_open,
    &cmd_count,
    &cmd_rm,
    &cmd_tag,
    &cmd_mark,
    &cmd_cursor,
    &cmd_import,
    &cmd_export,
    /* programs and servers */
    &cmd_run,
    &cmd_send,
    &cmd_ready,
    &cmd_servers,
    /* Maildirs */
    &cmd_fsck,
    &cmd_reindex,
    &cmd_help,
    NULL,
};

const Command *const *commands_table(void) {
  return table;
}

char *commands_names(void) {
  GString *names = g_string_new(NULL);

  for (const Command *const *command = table; *command; command++)
    g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", (*command)->name);
  return g_string_free(names, FALSE);
}

const Command *commands_find(const char *name) {
  for (const Command *const *command = table; *command; command++)
    if (strcmp((*command)->name, name) == 0)
      return *command;
  return NULL;
}

char *commands_help(void) {
  g_autoptr(GString) list = g_string_new("\nCommands; `dsmtpd help COMMAND` explains one:\n");

  for (const Command *const *command = table; *command; command++)
    option_help_append_row(list, (*command)->name, (*command)->summary);
  return options_help(list->str);
}

gboolean commands_fail(const char *name, GError **error) {
  Suggestion suggestion = {.word = name};
  g_autofree char *shown = g_strescape(name, NULL);

  for (const Command *const *command = table; *command; command++)
    suggestion_offer(&suggestion, (*command)->name);
  if (suggestion.nearest)
    return cli_fail(error, EXIT_CODE_USAGE, "there is no command \"%s\"; did you mean %s?", shown, suggestion.nearest);
  return cli_fail(error, EXIT_CODE_USAGE, "there is no command \"%s\"; see dsmtpd help", shown);
}
