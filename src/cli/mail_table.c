#include "cli/mail_table.h"
#include "cli/age.h"
#include "cli/json_member.h"
#include "cli/table.h"
#include <string.h>

enum { TAGS_MAX = 20 };

typedef enum { NUMBER, ID, AGE, STATE, FROM, TO, SUBJECT, TAGS, COLUMNS_N } Column;

static const TableColumn columns[COLUMNS_N] = {
    [NUMBER] = {.title = "#", .style = OUTPUT_DIM, .is_optional = TRUE},
    [ID] = {.title = "ID", .style = OUTPUT_DIM, .is_optional = TRUE},
    [AGE] = {.title = "Age"},
    [STATE] = {.title = "", .is_optional = TRUE},
    [FROM] = {.title = "From", .share = 2},
    [TO] = {.title = "To", .share = 2},
    [SUBJECT] = {.title = "Subject", .style = OUTPUT_BOLD, .share = 5},
    [TAGS] = {.title = "Tags", .max = TAGS_MAX, .is_optional = TRUE},
};

/* Of the last number, so that they stand below each other. */
static char *number_of(size_t row, size_t n_rows, guint first_number) {
  g_autofree char *last = g_strdup_printf("%zu", first_number + n_rows - 1);

  return g_strdup_printf("%*zu", (int)strlen(last), first_number + row);
}

static char *age_of(const json_t *mail, GDateTime *now) {
  g_autoptr(GDateTime) created = g_date_time_new_from_iso8601(json_member_text(mail, "Created"), NULL);

  return created ? age_text(created, now) : g_strdup("");
}

static char *state_of(const json_t *mail) {
  gboolean is_read = json_is_true(json_object_get(mail, "Read"));
  gboolean is_flagged = json_is_true(json_object_get(mail, "Flagged"));
  gboolean has_attachments = json_member_number(mail, "Attachments") > 0;

  return g_strchomp(g_strconcat(is_read ? " " : "●", is_flagged ? "⚑" : " ", has_attachments ? "📎" : "", NULL));
}

static const char *name_or_address(const json_t *person) {
  const char *name = json_member_text(person, "Name");

  return *name != '\0' ? name : json_member_text(person, "Address");
}

static char *recipients_of(const json_t *mail) {
  const json_t *recipients = json_member_recipients(mail);
  size_t n_more = json_array_size(recipients) > 1 ? json_array_size(recipients) - 1 : 0;
  g_autofree char *more = n_more > 0 ? g_strdup_printf("+%zu ", n_more) : g_strdup("");

  return g_strconcat(more, json_member_text(json_array_get(recipients, 0), "Address"), NULL);
}

static char *tags_of(const json_t *mail) {
  const json_t *tags = json_object_get(mail, "Tags");
  GString *all = g_string_new(NULL);

  for (size_t i = 0; i < json_array_size(tags); i++)
    g_string_append_printf(all, "%s#%s", i > 0 ? " " : "", json_string_value(json_array_get(tags, i)));
  return g_string_free(all, FALSE);
}

void mail_table_print(Output *output, const json_t *messages, const MailTableOptions *options) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
  g_autoptr(GDateTime) now = g_date_time_new_now_local();

  for (size_t i = 0; i < json_array_size(messages); i++) {
    const json_t *mail = json_array_get(messages, i);
    const char *subject = json_member_text(mail, "Subject");
    char **cells = g_new0(char *, COLUMNS_N + 1);
    cells[NUMBER] =
        options->first_number > 0 ? number_of(i, json_array_size(messages), options->first_number) : g_strdup("");
    cells[ID] = g_strdup(options->has_ids ? json_member_text(mail, "ID") : "");
    cells[AGE] = age_of(mail, now);
    cells[STATE] = state_of(mail);
    cells[FROM] = g_strdup(name_or_address(json_object_get(mail, "From")));
    cells[TO] = recipients_of(mail);
    cells[SUBJECT] = g_strdup(*subject != '\0' ? subject : "(no subject)");
    cells[TAGS] = tags_of(mail);
    g_ptr_array_add(rows, cells);
  }
  table_print(output, columns, COLUMNS_N, rows);
}
