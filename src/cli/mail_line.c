#include "cli/mail_line.h"
#include "cli/json_member.h"
#include "cli/mail_table.h"
#include "cli/table.h"
#include <stdio.h>

enum { TOLD_WIDTH = 80 };

static char *addresses_of(const json_t *addresses) {
  GString *all = g_string_new(NULL);

  for (size_t i = 0; i < json_array_size(addresses); i++)
    g_string_append_printf(all, "%s%s", i > 0 ? ", " : "", json_member_text(json_array_get(addresses, i), "Address"));
  return g_string_free(all, FALSE);
}

char *mail_line_people(const json_t *mail, guint width) {
  const char *from = json_member_text(json_object_get(mail, "From"), "Address");
  const json_t *recipients = json_member_recipients(mail);
  size_t n_recipients = json_array_size(recipients);
  const char *first = json_member_text(json_array_get(recipients, 0), "Address");
  g_autofree char *more = n_recipients > 1 ? g_strdup_printf(" (+%zu)", n_recipients - 1) : g_strdup("");
  g_autofree char *line = g_strconcat(*from != '\0' ? from : "(no From)", " -> ", first, more, NULL);

  g_autofree char *cleaned = output_clean(line);

  return table_cut(cleaned, width);
}

char *mail_line_subject(const json_t *mail, guint width) {
  const char *subject = json_member_text(mail, "Subject");
  g_autofree char *cleaned = output_clean(*subject != '\0' ? subject : "(no subject)");

  return table_cut(cleaned, width);
}

static char **row_of(const json_t *mail) {
  char **cells = g_new0(char *, 6);

  cells[0] = g_strdup(json_member_text(mail, "ID"));
  cells[1] = g_strdup(json_member_text(mail, "Created"));
  cells[2] = g_strdup(json_member_text(json_object_get(mail, "From"), "Address"));
  cells[3] = addresses_of(json_member_recipients(mail));
  cells[4] = g_strdup(json_member_text(mail, "Subject"));
  return cells;
}

void mail_lines_print(Output *output, const json_t *messages) {
  static const TableColumn columns[5];
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

  if (output_is_terminal(output)) {
    mail_table_print(output, messages, &(MailTableOptions){0});
    return;
  }
  for (size_t i = 0; i < json_array_size(messages); i++)
    g_ptr_array_add(rows, row_of(json_array_get(messages, i)));
  table_print(output, columns, G_N_ELEMENTS(columns), rows);
}

void mail_lines_tell(const json_t *messages, gboolean has_snippets) {
  size_t n_messages = json_array_size(messages);

  for (size_t i = 0; i < MIN(n_messages, (size_t)MAIL_LINES_TOLD_MAX); i++) {
    const json_t *mail = json_array_get(messages, i);
    g_autofree char *people = mail_line_people(mail, TOLD_WIDTH);
    g_autofree char *subject = mail_line_subject(mail, TOLD_WIDTH);
    g_autofree char *snippet = output_clean(json_member_text(mail, "Snippet"));
    g_autofree char *beginning = table_cut(snippet, TOLD_WIDTH);
    fprintf(stderr, "  %s  %s\n", people, subject);
    if (has_snippets && *beginning != '\0')
      fprintf(stderr, "      %s\n", beginning);
  }
  if (n_messages > MAIL_LINES_TOLD_MAX)
    fprintf(stderr, "  and %zu more\n", n_messages - MAIL_LINES_TOLD_MAX);
}
