/* Prints what is made from the option table when dsmtpd is built: the manual page and the shells' completions.
 * Usage: option_pages man TEMPLATE | bash | zsh | fish */
#include "app/option_table.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANUAL_LINE_MAX = 80 };

typedef void (*PrintOption)(const Option *option);

static void print_options(PrintOption print_option) {
  for (const Option *option = option_table(); option->name != NULL; option++)
    print_option(option);
}

/* --- manual page, in mdoc(7) */

/* Prints a text as lines of a manual, with a capital at its start and a full stop at its end. */
static void print_sentence(const char *text) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);
  gsize column = 0;

  words[0][0] = g_ascii_toupper(words[0][0]);
  for (char **word = words; *word != NULL; word++) {
    gsize len = strlen(*word);
    if (column > 0)
      putchar(column + 1 + len < MANUAL_LINE_MAX ? ' ' : '\n');
    column = column > 0 && column + 1 + len < MANUAL_LINE_MAX ? column + 1 + len : len;
    fputs(*word, stdout);
  }
  puts(".");
}

static void print_manual_option(const Option *option) {
  fputs(".It", stdout);
  if (option->letter != '\0')
    printf(" Fl %c%s%s ,", option->letter, option->value_name != NULL ? " Ar " : "",
           option->value_name != NULL ? option->value_name : "");
  printf(" Fl -%s", option->name);
  if (option->value_name != NULL)
    printf(" Ns = Ns Ar %s", option->value_name);
  putchar('\n');

  print_sentence(option->help);
  if (option->default_text != NULL)
    printf("The default is\n.Cm %s .\n", option->default_text);
}

static void print_manual_variable(const Option *option) {
  if (option->variable != NULL)
    printf(".It Ev %s\nStands for\n.Fl -%s .\n", option->variable, option->name);
}

/* The template's lines, but for those that name a list made from the table. */
static gboolean print_manual(const char *template_path) {
  static const struct {
    const char *line;
    PrintOption print_option;
  } places[] = {{"@OPTIONS@", print_manual_option}, {"@VARIABLES@", print_manual_variable}};
  g_autoptr(GError) error = NULL;
  g_autofree char *manual = NULL;

  if (!g_file_get_contents(template_path, &manual, NULL, &error)) {
    fprintf(stderr, "option_pages: %s\n", error->message);
    return FALSE;
  }
  g_auto(GStrv) lines = g_strsplit(g_strchomp(manual), "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    PrintOption print_option = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
      if (strcmp(*line, places[i].line) == 0)
        print_option = places[i].print_option;
    if (print_option != NULL)
      print_options(print_option);
    else
      puts(*line);
  }
  return TRUE;
}

/* --- completions */

/* Words to choose from, in a form all three shells take for a list. */
static char *choices_of(const Option *option) {
  return g_strjoinv(" ", (char **)option->choices);
}

/* The help up to its first semicolon, which is about what fits beside a name. */
static char *short_help_of(const Option *option) {
  return g_strndup(option->help, strcspn(option->help, ";"));
}

static gboolean takes_file(const Option *option) {
  return option->type == OPTION_FILE || option->type == OPTION_FILES;
}

/* The option as a pattern of bash's case: "-p|--port". */
static void print_bash_names(const Option *option) {
  if (option->letter != '\0')
    printf("-%c|", option->letter);
  printf("--%s", option->name);
}

static void print_bash_value(const Option *option) {
  if (option->type == OPTION_SWITCH)
    return;
  fputs("    ", stdout);
  print_bash_names(option);
  fputs(") ", stdout);
  if (option->choices != NULL) {
    g_autofree char *choices = choices_of(option);
    printf("COMPREPLY=($(compgen -W '%s' -- \"$current\")) ", choices);
  } else if (option->type == OPTION_PATH) {
    fputs("IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$current\")) ", stdout);
  } else if (takes_file(option)) {
    fputs("IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$current\")) ", stdout);
  }
  puts(";;");
}

static void print_bash_word(const Option *option) {
  if (option->letter != '\0')
    printf(" -%c", option->letter);
  printf(" --%s", option->name);
}

/* "--sync=none" reaches a bash completion as three words, for "=" parts words there. */
static void print_bash(void) {
  fputs("_dsmtpd() {\n"
        "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} IFS=$' \\t\\n'\n"
        "  if [[ $previous == = ]]; then\n"
        "    previous=${COMP_WORDS[COMP_CWORD-2]}\n"
        "  elif [[ $current == = ]]; then\n"
        "    current=\n"
        "  fi\n"
        "  COMPREPLY=()\n"
        "  case $previous in\n",
        stdout);
  print_options(print_bash_value);
  fputs("    *) COMPREPLY=($(compgen -W '", stdout);
  print_options(print_bash_word);
  puts("' -- \"$current\")) ;;\n"
       "  esac\n"
       "}\n"
       "complete -F _dsmtpd dsmtpd");
}

static gboolean is_list(const Option *option) {
  static const OptionType lists[] = {OPTION_LIST,    OPTION_HOSTS,    OPTION_FILES,   OPTION_HTTP_HOSTS,
                                     OPTION_ORIGINS, OPTION_NETWORKS, OPTION_PATTERNS};

  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    if (option->type == lists[i])
      return TRUE;
  return FALSE;
}

static const char *zsh_files_of(const Option *option) {
  if (option->type == OPTION_PATH)
    return "_files -/";
  return takes_file(option) ? "_files" : "";
}

/* What zsh's _arguments is to offer for the option's value. */
static char *zsh_action_of(const Option *option) {
  if (option->choices != NULL) {
    g_autofree char *choices = choices_of(option);
    return g_strdup_printf(":%s:(%s)", option->value_name, choices);
  }
  return g_strdup_printf(":%s:%s", option->value_name, zsh_files_of(option));
}

static void print_zsh_option(const Option *option) {
  gboolean has_value = option->type != OPTION_SWITCH, again = is_list(option);
  g_autofree char *action = has_value ? zsh_action_of(option) : g_strdup("");
  g_autofree char *help = short_help_of(option);
  g_autofree char *explained = g_strdup_printf("[%s]%s", help, action);
  g_autofree char *text = g_shell_quote(explained);

  fputs(" \\\n  ", stdout);
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

static void print_zsh(void) {
  fputs("#compdef dsmtpd\n_arguments -s -S", stdout);
  print_options(print_zsh_option);
  putchar('\n');
}

static void print_fish_option(const Option *option) {
  g_autofree char *help = short_help_of(option);
  g_autofree char *quoted_help = g_shell_quote(help);

  fputs("complete -c dsmtpd", stdout);
  if (option->letter != '\0')
    printf(" -s %c", option->letter);
  printf(" -l %s", option->name);
  if (option->type != OPTION_SWITCH)
    fputs(" -x", stdout);
  if (option->choices != NULL) {
    g_autofree char *choices = choices_of(option);
    printf(" -a '%s'", choices);
  } else if (option->type == OPTION_PATH) {
    fputs(" -a '(__fish_complete_directories)'", stdout);
  } else if (takes_file(option)) {
    fputs(" -F", stdout);
  }
  printf(" -d %s\n", quoted_help);
}

static void print_fish(void) {
  puts("complete -c dsmtpd -f");
  print_options(print_fish_option);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*print)(void);
  } completions[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

  if (argc == 3 && strcmp(argv[1], "man") == 0)
    return print_manual(argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
  for (gsize i = 0; argc == 2 && i < G_N_ELEMENTS(completions); i++) {
    if (strcmp(argv[1], completions[i].name) == 0) {
      completions[i].print();
      return EXIT_SUCCESS;
    }
  }
  fputs("usage: option_pages man TEMPLATE | bash | zsh | fish\n", stderr);
  return EXIT_FAILURE;
}
