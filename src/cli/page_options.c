/* The options of the server for docs/options.md, in Markdown. */
#include "app/option_help.h"
#include "app/option_table.h"
#include "cli/page.h"
#include <stdio.h>
#include <string.h>

static const char head[] =
    "# Options\n"
    "\n"
    "What `dsmtpd` understands when it starts the server. `make docs` prints this page from the "
    "table of options in\n"
    "`src/app/option_table.c`, which `dsmtpd --help` and the manual page are made from as well. "
    "Commands have options of\n"
    "their own: `dsmtpd help COMMAND`.\n"
    "\n"
    "An option wins over its variable, and a variable over the default. Of an option that can be "
    "given once, the last one\n"
    "holds. A variable of a switch is `1` or `0` (or `true`, `yes`, `on`, `false`, `no`, `off`). "
    "An empty variable counts as\n"
    "not set. Sizes are bytes, or have a suffix `K`, `M` or `G` (1024, 1024², 1024³).\n";

/* What Markdown and tables would read as theirs. */
static void print_escaped(const char *text) {
  for (; *text != '\0'; text++)
    printf("%s%c", strchr("|*_<", *text) ? "\\" : "", *text);
}

/* What is to be typed as it is. */
static gboolean is_code(const char *word) {
  static const char *const beginnings[] = {"--", "*", "::", "$", "unix:", "http:", "SELECTOR.", "~/", NULL};

  for (const char *const *beginning = beginnings; *beginning; beginning++)
    if (g_str_has_prefix(word, *beginning))
      return TRUE;
  return FALSE;
}

static void print_word(const char *word) {
  gsize len = strlen(word);

  while (len > 0 && strchr(",;:.)", word[len - 1]))
    len--;
  len = len > 0 ? len : strlen(word); /* "::" */
  if (is_code(word))
    printf("`%.*s`%s", (int)len, word, word + len);
  else
    print_escaped(word);
}

static void print_text(const char *text) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);

  for (char **word = words; *word; word++) {
    if (word > words)
      putchar(' ');
    print_word(*word);
  }
}

static void print_name(const Option *option) {
  if (option->letter != '\0')
    printf("`-%c`, ", option->letter);
  printf("`--%s", option->name);
  if (option->choices) {
    g_autofree char *choices = g_strjoinv("\\|", (char **)option->choices);
    printf("=%s", choices);
  } else if (option->value_name) {
    printf(" %s", option->value_name);
  }
  putchar('`');
}

static void print_row(const Option *option) {
  g_autofree char *variable = option_variable(option);

  fputs("| ", stdout);
  print_name(option);
  printf(" | %s%s%s | ", variable ? "`" : "", variable ? variable : "", variable ? "`" : "");
  print_text(option->help);
  fputs(" | ", stdout);
  print_text(option_default(option) ? option_default(option) : "");
  puts(" |");
}

void page_options(void) {
  fputs(head, stdout);
  for (const Option *option = option_table(); option->name; option++) {
    if (option->group)
      printf("\n## %s\n\n| Option | Variable | Meaning | Default |\n|---|---|---|---|\n", option->group);
    if (!option->is_hidden)
      print_row(option);
  }
}
