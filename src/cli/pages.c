/* Prints the manual page, the shells' completions and docs/options.md.
 * Usage: pages man TEMPLATE | bash | zsh | fish | options */
#include "cli/page.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *page_choices(const Option *option) {
  return g_strjoinv(" ", (char **)option->choices);
}

char *page_short_help(const Option *option) {
  return g_strndup(option->help, strcspn(option->help, ";"));
}

gboolean page_takes_file(const Option *option) {
  return option->type == OPTION_FILE || option->type == OPTION_FILES;
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*print)(void);
  } pages[] = {{"bash", page_bash}, {"zsh", page_zsh}, {"fish", page_fish}, {"options", page_options}};

  if (argc == 3 && strcmp(argv[1], "man") == 0)
    return page_manual(argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
  for (gsize i = 0; argc == 2 && i < G_N_ELEMENTS(pages); i++) {
    if (strcmp(argv[1], pages[i].name) == 0) {
      pages[i].print();
      return EXIT_SUCCESS;
    }
  }
  fputs("usage: pages man TEMPLATE | bash | zsh | fish | options\n", stderr);
  return EXIT_FAILURE;
}
