#include "cli/commands.h"
#include "app/suggest.h"
#include <string.h>

extern const Command cmd_count;
extern const Command cmd_cursor;
extern const Command cmd_export;
extern const Command cmd_fsck;
extern const Command cmd_import;
extern const Command cmd_list;
extern const Command cmd_mark;
extern const Command cmd_reindex;
extern const Command cmd_rm;
extern const Command cmd_run;
extern const Command cmd_search;
extern const Command cmd_send;
extern const Command cmd_show;
extern const Command cmd_tag;
extern const Command cmd_tail;
extern const Command cmd_wait;

static const Command *const table[] = {
    /* mails */
    &cmd_wait,
    &cmd_tail,
    &cmd_list,
    &cmd_search,
    &cmd_show,
    &cmd_count,
    &cmd_rm,
    &cmd_tag,
    &cmd_mark,
    &cmd_cursor,
    &cmd_import,
    &cmd_export,
    /* programs */
    &cmd_run,
    &cmd_send,
    /* Maildirs */
    &cmd_fsck,
    &cmd_reindex,
    NULL,
};

const Command *const *commands_table(void) {
  return table;
}

const Command *commands_find(const char *name) {
  for (const Command *const *command = table; *command; command++)
    if (strcmp((*command)->name, name) == 0)
      return *command;
  return NULL;
}

const char *commands_nearest(const char *name) {
  Suggestion suggestion = {.word = name};

  for (const Command *const *command = table; *command; command++)
    suggestion_offer(&suggestion, (*command)->name);
  return suggestion.nearest;
}

char *commands_help(void) {
  GString *help = g_string_new("\nCommands, each with a --help of its own:\n");

  for (const Command *const *command = table; *command; command++)
    option_help_append_row(help, (*command)->name, (*command)->summary);
  return g_string_free(help, FALSE);
}
