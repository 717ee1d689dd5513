#include "app/option_help.h"
#include "app/option_table.h"
#include <string.h>

enum { TEXT_COLUMN = 30, LINE_MAX_COLUMNS = 80 };

static const char head[] = "Usage: dsmtpd [OPTION]...\n"
                           "       dsmtpd COMMAND [OPTION]...\n"
                           "\n"
                           "Without a command, starts the server: it accepts all mail sent to it by SMTP,\n"
                           "stores it in a Maildir, shows it in the browser, and delivers nothing.\n";

static const char tail[] = "\n"
                           "An option that is not given takes the value of the variable in brackets.\n"
                           "\n"
                           "Examples:\n"
                           "  dsmtpd                             store mail for localhost:1025 here\n"
                           "  dsmtpd -p 2525 -d ~/mail           another port and directory\n"
                           "  dsmtpd -i 127.0.0.1 -i ::1 -s 10M  two addresses, messages up to 10 MiB\n"
                           "\n"
                           "Exit codes:\n";

static const ExitMeaning exit_codes[] = {
    {EXIT_CODE_OK, "stopped by Ctrl+C or SIGTERM"},
    {EXIT_CODE_FAILED, "could not start or continue: port in use, no permission, disk"},
    {EXIT_CODE_INVALID_MAILDIR, "the directory exists, lacks tmp, new or cur, and --init was not given"},
    {EXIT_CODE_USAGE, "invalid option or variable"},
    {.meaning = NULL},
};

static void begin_line(GString *out, gsize start) {
  g_string_append_printf(out, "\n%*s", (int)start, "");
}

/* Appends words after what takes `column` columns already, on lines that begin at `start` and end within
 * LINE_MAX_COLUMNS. */
static void append_wrapped(GString *out, const char *text, gsize start, gsize column) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);

  if (column > 0 && column >= start)
    begin_line(out, start);
  else
    g_string_append_printf(out, "%*s", (int)(start - column), "");
  column = start;
  for (char **word = words; *word; word++) {
    gsize word_len = strlen(*word);
    gboolean fits = column + (word > words) + word_len <= LINE_MAX_COLUMNS;
    if (!fits) {
      begin_line(out, start);
      column = start;
    } else if (word > words) {
      g_string_append_c(out, ' ');
      column++;
    }
    g_string_append(out, *word);
    column += word_len;
  }
  g_string_append_c(out, '\n');
}

void option_help_append_text(GString *out, const char *text) {
  append_wrapped(out, text, 0, 0);
}

void option_help_append_row(GString *out, const char *name, const char *text) {
  g_string_append_printf(out, "  %s", name);
  append_wrapped(out, text, TEXT_COLUMN, strlen(name) + 2);
}

const char *option_default(const Option *option) {
  return option->default_note ? option->default_note : option->default_text;
}

static void append_option(GString *out, const Option *option) {
  g_autoptr(GString) names = g_string_new(NULL);
  g_autoptr(GString) text = g_string_new(option->help);
  g_autofree char *variable = option_variable(option);

  if (option->letter != '\0')
    g_string_append_printf(names, "  -%c, --%s", option->letter, option->name);
  else
    g_string_append_printf(names, "      --%s", option->name);
  if (option->choices) {
    g_autofree char *choices = g_strjoinv("|", (char **)option->choices);
    g_string_append_printf(names, "=%s", choices);
  } else if (option->value_name) {
    g_string_append_printf(names, " %s", option->value_name);
  }

  if (option_default(option))
    g_string_append_printf(text, " (default: %s)", option_default(option));
  if (variable)
    g_string_append_printf(text, " [%s]", variable);
  g_string_append(out, names->str);
  append_wrapped(out, text->str, TEXT_COLUMN, names->len);
}

void option_help_append(GString *out, const Option *table) {
  for (const Option *option = table; option->name; option++) {
    if (option->is_hidden)
      continue;
    if (option->group)
      g_string_append_printf(out, "\n%s:\n", option->group);
    append_option(out, option);
  }
}

void option_help_append_exit_codes(GString *out, const ExitMeaning *meanings) {
  for (const ExitMeaning *row = meanings; row->meaning; row++)
    g_string_append_printf(out, "  %-3d %s\n", row->code, row->meaning);
}

char *options_help(const char *commands) {
  GString *help = g_string_new(head);

  g_string_append(help, commands);
  option_help_append(help, option_table());
  g_string_append(help, tail);
  option_help_append_exit_codes(help, exit_codes);
  return g_string_free(help, FALSE);
}

const char *options_version(void) {
  return "dsmtpd " DSMTPD_VERSION;
}
