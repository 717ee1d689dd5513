#include "app/exit_code.h"
#include "app/option_table.h"
#include <string.h>

enum { TEXT_COLUMN = 30, LINE_MAX_COLUMNS = 80 };

static const char head[] = "Usage: dsmtpd [OPTION]...\n"
                           "\n"
                           "Takes any mail sent to it by SMTP, keeps it in a Maildir, and delivers nothing.\n"
                           "\n"
                           "Options:\n";

static const char tail[] = "\n"
                           "What the command line does not say is taken from the variables in brackets.\n"
                           "\n"
                           "Examples:\n"
                           "  dsmtpd                             mails to localhost:1025 land in this folder\n"
                           "  dsmtpd -p 2525 -d ~/mails          another port, another place\n"
                           "  dsmtpd -i 127.0.0.1 -i ::1 -s 10M  two addresses, mails up to 10 MiB\n"
                           "\n"
                           "Exit codes:\n";

static const struct {
  ExitCode code;
  const char *meaning;
} exit_codes[] = {
    {EXIT_CODE_OK, "ended as asked, by Ctrl+C or SIGTERM"},
    {EXIT_CODE_FAILED, "could not start or go on: port in use, no permission, disk"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory exists and is no Maildir: it lacks tmp, new or cur"},
    {EXIT_CODE_USAGE, "an option or a variable is wrong"},
};

/* Appends words, starting at `column`, on lines that begin at TEXT_COLUMN and end within LINE_MAX_COLUMNS. */
static void append_wrapped(GString *out, const char *text, gsize column) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);

  for (char **word = words; *word != NULL; word++) {
    gsize word_len = strlen(*word);
    if (column < TEXT_COLUMN || column + 1 + word_len > LINE_MAX_COLUMNS) {
      if (column >= TEXT_COLUMN)
        g_string_append_c(out, '\n'), column = 0;
      g_string_append_printf(out, "%*s", (int)(TEXT_COLUMN - column), "");
      column = TEXT_COLUMN;
    } else {
      g_string_append_c(out, ' ');
      column++;
    }
    g_string_append(out, *word);
    column += word_len;
  }
  g_string_append_c(out, '\n');
}

static void append_option(GString *out, const Option *option) {
  g_autoptr(GString) names = g_string_new(NULL);
  g_autoptr(GString) text = g_string_new(option->help);

  if (option->letter != '\0')
    g_string_append_printf(names, "  -%c, --%s", option->letter, option->name);
  else
    g_string_append_printf(names, "      --%s", option->name);
  if (option->choices != NULL) {
    g_autofree char *choices = g_strjoinv("|", (char **)option->choices);
    g_string_append_printf(names, "=%s", choices);
  } else if (option->value_name != NULL) {
    g_string_append_printf(names, " %s", option->value_name);
  }

  if (option->default_text != NULL)
    g_string_append_printf(text, " (default: %s)", option->default_text);
  if (option->variable != NULL)
    g_string_append_printf(text, " [%s]", option->variable);
  g_string_append(out, names->str);
  append_wrapped(out, text->str, names->len);
}

char *options_help(void) {
  g_autoptr(GString) help = g_string_new(head);

  for (const Option *option = option_table(); option->name != NULL; option++)
    append_option(help, option);
  g_string_append(help, tail);
  for (gsize i = 0; i < G_N_ELEMENTS(exit_codes); i++)
    g_string_append_printf(help, "  %-3d %s\n", exit_codes[i].code, exit_codes[i].meaning);
  return g_strdup(help->str);
}

const char *options_version(void) {
  return "dsmtpd " DSMTPD_VERSION;
}
