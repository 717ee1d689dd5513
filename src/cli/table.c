#include "cli/table.h"
#include <string.h>

enum { GAP = 2 };

static guint columns_of(gunichar character) {
  if (g_unichar_iszerowidth(character))
    return 0;
  return g_unichar_iswide(character) ? 2 : 1;
}

guint table_width(const char *text) {
  guint width = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
    width += columns_of(g_utf8_get_char(at));
  return width;
}

char *table_cut(const char *text, guint width) {
  gboolean fits = table_width(text) <= width;
  guint room = fits ? width : width - 1, used = 0;
  const char *at = text;

  for (; *at != '\0'; at = g_utf8_next_char(at)) {
    guint columns = columns_of(g_utf8_get_char(at));
    if (used + columns > room)
      break;
    used += columns;
  }
  g_autofree char *beginning = g_strndup(text, (gsize)(at - text));
  return g_strconcat(beginning, fits ? "" : "…", NULL);
}

/* The same, with spaces after it. */
static char *fit(const char *text, guint width) {
  g_autofree char *cut = table_cut(text, width);

  return g_strdup_printf("%s%*s", cut, (int)(width - table_width(cut)), "");
}

static guint content_width(const GPtrArray *rows, guint column) {
  guint width = 0;

  for (guint row = 0; row < rows->len; row++)
    width = MAX(width, table_width(((char **)g_ptr_array_index(rows, row))[column]));
  return width;
}

/* What each column needs; 0: it is not shown. */
static guint *measure_needs(const TableColumn *columns, guint n_columns, const GPtrArray *rows) {
  guint *needs = g_new0(guint, n_columns);

  for (guint i = 0; i < n_columns; i++) {
    guint content = content_width(rows, i);
    if (columns[i].is_optional && content == 0)
      continue;
    guint need = MAX(content, table_width(columns[i].title));
    needs[i] = columns[i].max > 0 ? MIN(need, columns[i].max) : need;
  }
  return needs;
}

/* Of the columns with a share, those that need less than theirs. They get it, and the others have more to share.
 * Returns whether there was one. */
static gboolean settle_modest(const TableColumn *columns, guint n_columns, const guint *needs, guint *widths,
                              guint *left, guint *shares) {
  guint room = *left, all_shares = *shares;

  for (guint i = 0; i < n_columns; i++) {
    if (columns[i].share == 0 || widths[i] > 0 || needs[i] == 0 || needs[i] > room * columns[i].share / all_shares)
      continue;
    widths[i] = needs[i];
    *left -= needs[i];
    *shares -= columns[i].share;
  }
  return *left < room;
}

/* 0: the column is not shown. */
static guint *measure(const Output *output, const TableColumn *columns, guint n_columns, const GPtrArray *rows) {
  g_autofree guint *needs = measure_needs(columns, n_columns, rows);
  guint *widths = g_new0(guint, n_columns);
  guint used = 0, shares = 0;

  for (guint i = 0; i < n_columns; i++) {
    if (needs[i] == 0)
      continue;
    shares += columns[i].share;
    widths[i] = columns[i].share > 0 ? 0 : needs[i];
    used += widths[i] + GAP;
  }
  guint left = output_width(output) + GAP > used ? output_width(output) + GAP - used : 0;
  while (shares > 0 && settle_modest(columns, n_columns, needs, widths, &left, &shares))
    ;
  for (guint i = 0; i < n_columns; i++)
    if (columns[i].share > 0 && widths[i] == 0 && needs[i] > 0)
      widths[i] = MAX(left * columns[i].share / shares, 1);
  return widths;
}

static void print_row(Output *output, const TableColumn *columns, guint n_columns, const guint *widths,
                      char *const *cells, gboolean is_head) {
  gboolean is_first = TRUE;

  while (n_columns > 0 && widths[n_columns - 1] == 0)
    n_columns--;
  for (guint i = 0; i < n_columns; i++) {
    if (widths[i] == 0)
      continue;
    g_autofree char *text = fit(cells[i], widths[i]);
    if (i == n_columns - 1)
      g_strchomp(text);
    if (!is_first)
      output_text(output, "  ");
    output_styled(output, is_head ? OUTPUT_DIM : columns[i].style, text);
    is_first = FALSE;
  }
  output_text(output, "\n");
}

static void print_for_people(Output *output, const TableColumn *columns, guint n_columns, const GPtrArray *rows) {
  g_autofree guint *widths = measure(output, columns, n_columns, rows);
  g_autofree char **titles = g_new0(char *, n_columns);

  for (guint i = 0; i < n_columns; i++)
    titles[i] = (char *)columns[i].title;
  print_row(output, columns, n_columns, widths, titles, TRUE);
  for (guint i = 0; i < rows->len; i++)
    print_row(output, columns, n_columns, widths, g_ptr_array_index(rows, i), FALSE);
}

static void print_for_programs(Output *output, guint n_columns, const GPtrArray *rows) {
  for (guint row = 0; row < rows->len; row++) {
    char *const *cells = g_ptr_array_index(rows, row);
    for (guint i = 0; i < n_columns; i++) {
      output_text(output, i > 0 ? "\t" : "");
      output_text(output, cells[i]);
    }
    output_text(output, "\n");
  }
}

static char **clean(char *const *cells, guint n_columns) {
  char **cleaned = g_new0(char *, n_columns + 1);

  for (guint i = 0; i < n_columns; i++)
    cleaned[i] = output_clean(cells[i]);
  return cleaned;
}

void table_print(Output *output, const TableColumn *columns, guint n_columns, const GPtrArray *rows) {
  g_autoptr(GPtrArray) cleaned = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

  for (guint i = 0; i < rows->len; i++)
    g_ptr_array_add(cleaned, clean(g_ptr_array_index(rows, i), n_columns));
  if (rows->len > 0 && output_is_terminal(output))
    print_for_people(output, columns, n_columns, cleaned);
  else
    print_for_programs(output, n_columns, cleaned);
}
