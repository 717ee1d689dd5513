/* Completions for fish. */
#include "app/option_table.h"
#include "cli/commands.h"
#include "cli/page.h"
#include <stdio.h>

/* `condition` says where the option may stand. */
static void print_option(const Option *option, const char *condition) {
  g_autofree char *help = page_short_help(option);
  g_autofree char *quoted_help = g_shell_quote(help);

  printf("complete -c dsmtpd -n %s", condition);
  if (option->letter != '\0')
    printf(" -s %c", option->letter);
  printf(" -l %s", option->name);
  if (option->type != OPTION_SWITCH)
    fputs(page_takes_file(option) ? " -r -F" : " -x", stdout);
  if (option->choices) {
    g_autofree char *choices = page_choices(option);
    printf(" -a '%s'", choices);
  } else if (option->type == OPTION_PATH) {
    fputs(" -a '(__fish_complete_directories)'", stdout);
  }
  printf(" -d %s\n", quoted_help);
}

static void print_options(const Option *options, const char *condition) {
  for (const Option *option = options; option->name; option++)
    if (!option->is_hidden)
      print_option(option, condition);
}

static void print_command(const Command *command) {
  g_autofree Option *options = command_options(command);
  g_autofree char *condition = g_strdup_printf("'__fish_seen_subcommand_from %s'", command->name);
  g_autofree char *summary = g_shell_quote(command->summary);

  printf("complete -c dsmtpd -n __fish_is_first_token -a %s -d %s\n", command->name, summary);
  if (command->flags & COMMAND_TAKES_FILES)
    printf("complete -c dsmtpd -n %s -F\n", condition);
  if (command->flags & COMMAND_TAKES_COMMAND) {
    g_autofree char *names = commands_names();
    printf("complete -c dsmtpd -n %s -a '%s'\n", condition, names);
  }
  print_options(options, condition);
}

void page_fish(void) {
  g_autofree char *names = commands_names();
  g_autofree char *no_command = g_strdup_printf("'not __fish_seen_subcommand_from %s'", names);

  puts("complete -c dsmtpd -f");
  print_options(option_table(), no_command);
  for (const Command *const *command = commands_table(); *command; command++)
    print_command(*command);
}
