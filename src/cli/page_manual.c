/* The manual page, in mdoc(7). */
#include "app/option_table.h"
#include "cli/commands.h"
#include "cli/page.h"
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 80 };

/* What would begin a request is shielded. */
static void print_word(const char *word) {
  if (*word == '.' || *word == '\'')
    fputs("\\&", stdout);
  for (; *word != '\0'; word++)
    fputs(*word == '\\' ? "\\e" : (char[]){*word, '\0'}, stdout);
}

/* Prints words on lines of their own. A sentence begins a line, as mdoc wants it. */
static void print_text(const char *text) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);
  gsize column = 0;
  gboolean sentence_ended = FALSE;

  for (char **word = words; *word; word++) {
    gsize len = strlen(*word);
    gboolean fits = column + 1 + len < LINE_MAX_BYTES && !sentence_ended;
    if (column > 0)
      putchar(fits ? ' ' : '\n');
    column = column > 0 && fits ? column + 1 + len : len;
    print_word(*word);
    sentence_ended = g_str_has_suffix(*word, ".");
  }
  putchar('\n');
}

/* The same, with a capital at its start and a full stop at its end. */
static void print_sentence(const char *text) {
  g_autofree char *sentence = g_strconcat(text, ".", NULL);

  sentence[0] = g_ascii_toupper(sentence[0]);
  print_text(sentence);
}

/* --- options */

static void print_option(const Option *option) {
  fputs(".It", stdout);
  if (option->letter != '\0')
    printf(" Fl %c%s%s ,", option->letter, option->value_name ? " Ar " : "",
           option->value_name ? option->value_name : "");
  printf(" Fl -%s", option->name);
  if (option->value_name)
    printf(" Ns = Ns Ar %s", option->value_name);
  putchar('\n');

  print_sentence(option->help);
  if (option->choices) {
    g_autofree char *choices = g_strjoinv(" , ", (char **)option->choices);
    printf("It may be\n.Cm %s .\n", choices);
  }
  if (option->default_note)
    printf("The default is %s.\n", option->default_note);
  else if (option->default_text)
    printf("The default is\n.Cm %s .\n", option->default_text);
}

/* A list for each group, after its name. */
static void print_options(const Option *options) {
  const Option *option = options;

  while (option->name) {
    if (option->group)
      printf(".Pp\n.Sy %s\n", option->group);
    puts(".Bl -tag -width Ds");
    do
      if (!option->is_hidden)
        print_option(option);
    while ((++option)->name && !option->group);
    puts(".El");
  }
}

static void print_server_options(void) {
  print_options(option_table());
}

static void print_variables(void) {
  for (const Option *option = option_table(); option->name; option++) {
    g_autofree char *variable = option_variable(option);
    if (variable)
      printf(".It Ev %s\nStands for\n.Fl -%s .\n", variable, option->name);
  }
}

/* --- commands */

/* The options of the frame, which is what a command without any of its own has. */
static void print_common_options(void) {
  static const Command any = {.flags = COMMAND_HAS_TARGET | COMMAND_HAS_JSON};
  g_autofree Option *options = command_options(&any);

  print_options(options);
}

static void print_exit_codes(const ExitMeaning *meanings) {
  puts(".Pp\nIt ends with\n.Bl -tag -width Ds -compact");
  for (const ExitMeaning *row = meanings; row->meaning; row++) {
    printf(".It %d\n", row->code);
    print_text(row->meaning);
  }
  puts(".El");
}

static void print_examples(const CommandExample *examples) {
  for (const CommandExample *example = examples; example->line; example++) {
    g_autofree char *sentence = g_strconcat(example->meaning, ":", NULL);
    sentence[0] = g_ascii_toupper(sentence[0]);
    puts(".Pp");
    print_text(sentence);
    fputs(".Dl $ ", stdout);
    print_word(example->line);
    putchar('\n');
  }
}

static void print_command(const Command *command) {
  printf(".Ss %s\n.Nm dsmtpd\n.Cm %s\n.Op Ar OPTION ...\n", command->name, command->name);
  if (*command->synopsis != '\0')
    printf(".Ar %s\n", command->synopsis);
  puts(".Pp");
  print_text(command->description);
  if (command->options)
    print_options(command->options);
  if (command->exit_codes)
    print_exit_codes(command->exit_codes);
  print_examples(command->examples);
}

static void print_commands(void) {
  for (const Command *const *command = commands_table(); *command; command++)
    print_command(*command);
}

/* --- the whole */

static void (*find_list(const char *line))(void) {
  static const struct {
    const char *line;
    void (*print)(void);
  } places[] = {
      {"@OPTIONS@", print_server_options},
      {"@VARIABLES@", print_variables},
      {"@COMMON_OPTIONS@", print_common_options},
      {"@COMMANDS@", print_commands},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    if (strcmp(line, places[i].line) == 0)
      return places[i].print;
  return NULL;
}

gboolean page_manual(const char *template_path) {
  g_autoptr(GError) error = NULL;
  g_autofree char *manual = NULL;

  if (!g_file_get_contents(template_path, &manual, NULL, &error)) {
    fprintf(stderr, "pages: %s\n", error->message);
    return FALSE;
  }
  g_auto(GStrv) lines = g_strsplit(g_strchomp(manual), "\n", -1);
  for (char **line = lines; *line; line++) {
    void (*print)(void) = find_list(*line);
    if (print)
      print();
    else
      puts(*line);
  }
  return TRUE;
}
