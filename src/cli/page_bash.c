/* Completions for bash: a function for the server, and one for each command. */
#include "app/option_table.h"
#include "cli/commands.h"
#include "cli/page.h"
#include <stdio.h>

/* The option as a pattern of `case`: "-p|--port". */
static void print_names(const Option *option) {
  if (option->letter != '\0')
    printf("-%c|", option->letter);
  printf("--%s", option->name);
}

static void print_words(const Option *option) {
  if (option->is_hidden)
    return;
  if (option->letter != '\0')
    printf(" -%c", option->letter);
  printf(" --%s", option->name);
}

static void print_value(const Option *option) {
  if (option->type == OPTION_SWITCH || option->is_hidden)
    return;
  fputs("    ", stdout);
  print_names(option);
  fputs(") ", stdout);
  if (option->choices) {
    g_autofree char *choices = page_choices(option);
    printf("COMPREPLY=($(compgen -W '%s' -- \"$current\")) ", choices);
  } else if (option->type == OPTION_PATH) {
    fputs("IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$current\")) ", stdout);
  } else if (page_takes_file(option)) {
    fputs("IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$current\")) ", stdout);
  }
  puts(";;");
}

/* A function that completes behind `words`; files as well where `takes_files`. */
static void print_function(const char *name, const Option *options, const char *words, gboolean takes_files) {
  printf("_dsmtpd_%s() {\n  case $previous in\n", name);
  for (const Option *option = options; option->name; option++)
    print_value(option);
  fputs("    *) COMPREPLY=($(compgen -W '", stdout);
  fputs(words, stdout);
  for (const Option *option = options; option->name; option++)
    print_words(option);
  fputs("' -- \"$current\"))", stdout);
  if (takes_files)
    fputs("\n      [[ $current == -* ]] || { compopt -o default 2>/dev/null; COMPREPLY=(); }", stdout);
  puts(" ;;\n  esac\n}");
}

/* "--sync=none" reaches a bash completion as three words, for "=" parts words there. */
void page_bash(void) {
  g_autofree char *names = commands_names();

  print_function("server", option_table(), "", FALSE);
  print_function("first", option_table(), names, FALSE);
  for (const Command *const *command = commands_table(); *command; command++) {
    g_autofree Option *options = command_options(*command);
    const char *words = (*command)->flags & COMMAND_TAKES_COMMAND ? names : "";
    print_function((*command)->name, options, words, (*command)->flags & COMMAND_TAKES_FILES);
  }
  fputs("_dsmtpd() {\n"
        "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} IFS=$' \\t\\n'\n"
        "  if [[ $previous == = ]]; then\n"
        "    previous=${COMP_WORDS[COMP_CWORD-2]}\n"
        "  elif [[ $current == = ]]; then\n"
        "    current=\n"
        "  fi\n"
        "  COMPREPLY=()\n"
        "  if ((COMP_CWORD == 1)); then\n"
        "    _dsmtpd_first\n"
        "    return\n"
        "  fi\n"
        "  case ${COMP_WORDS[1]} in\n",
        stdout);
  for (const Command *const *command = commands_table(); *command; command++)
    printf("    %s) _dsmtpd_%s ;;\n", (*command)->name, (*command)->name);
  puts("    *) _dsmtpd_server ;;\n"
       "  esac\n"
       "}\n"
       "complete -F _dsmtpd dsmtpd");
}
