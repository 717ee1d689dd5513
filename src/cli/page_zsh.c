/* Completions for zsh. */
#include "app/option_table.h"
#include "cli/commands.h"
#include "cli/page.h"
#include <stdio.h>

static gboolean is_list(const Option *option) {
  static const OptionType lists[] = {OPTION_LIST,    OPTION_HOSTS,    OPTION_FILES,    OPTION_HTTP_HOSTS,
                                     OPTION_ORIGINS, OPTION_NETWORKS, OPTION_PATTERNS, OPTION_TEXTS};

  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    if (option->type == lists[i])
      return TRUE;
  return FALSE;
}

static const char *files_of(const Option *option) {
  if (option->type == OPTION_PATH)
    return "_files -/";
  return page_takes_file(option) ? "_files" : "";
}

/* What _arguments is to offer for the option's value. */
static char *action_of(const Option *option) {
  if (option->choices) {
    g_autofree char *choices = page_choices(option);
    return g_strdup_printf(":%s:(%s)", option->value_name, choices);
  }
  return g_strdup_printf(":%s:%s", option->value_name, files_of(option));
}

static void print_option(const Option *option) {
  gboolean has_value = option->type != OPTION_SWITCH, again = is_list(option);
  g_autofree char *action = has_value ? action_of(option) : g_strdup("");
  g_autofree char *help = page_short_help(option);
  g_autofree char *explained = g_strdup_printf("[%s]%s", help, action);
  g_autofree char *text = g_shell_quote(explained);

  fputs(" \\\n    ", stdout);
  if (again)
    fputs("'*'", stdout);
  if (option->letter == '\0') {
    printf("--%s%s%s", option->name, has_value ? "=" : "", text);
    return;
  }
  if (!again)
    printf("'(-%c --%s)'", option->letter, option->name);
  printf("{-%c%s,--%s%s}%s", option->letter, has_value ? "+" : "", option->name, has_value ? "=" : "", text);
}

static void print_arguments(const Option *options) {
  fputs("_arguments -s -S", stdout);
  for (const Option *option = options; option->name; option++)
    if (!option->is_hidden)
      print_option(option);
}

static void print_command(const Command *command) {
  g_autofree Option *options = command_options(command);

  printf("  %s) ", command->name);
  print_arguments(options);
  if (command->flags & COMMAND_TAKES_FILES)
    fputs(" \\\n    '*:file:_files'", stdout);
  if (command->flags & COMMAND_TAKES_COMMAND) {
    g_autofree char *names = commands_names();
    printf(" \\\n    '1:command:(%s)'", names);
  }
  puts(" ;;");
}

static void print_command_name(const Command *command) {
  g_autofree char *explained = g_strdup_printf("%s:%s", command->name, command->summary);
  g_autofree char *text = g_shell_quote(explained);

  printf(" %s", text);
}

/* Behind a command its words count from it on. */
void page_zsh(void) {
  fputs("#compdef dsmtpd\n"
        "local -a commands=(",
        stdout);
  for (const Command *const *command = commands_table(); *command; command++)
    print_command_name(*command);
  puts(" )\n"
       "if (( CURRENT > 2 )) && [[ $words[2] != -* ]]; then\n"
       "  shift words\n"
       "  (( CURRENT-- ))\n"
       "  case $words[1] in");
  for (const Command *const *command = commands_table(); *command; command++)
    print_command(*command);
  puts("  esac\n"
       "else\n"
       "  (( CURRENT == 2 )) && _describe command commands");
  fputs("  ", stdout);
  print_arguments(option_table());
  puts("\nfi");
}
