#pragma once
/* Rows and columns: on a terminal as wide as it is, elsewhere a line for each row, with tabs between the cells.
 *
 * Thread: the main thread.
 * Errors: those of the output.
 * Units and limits: widths are columns of a terminal; a character may have none or two.
 * Source: docs/cli.md, "On a terminal". */
#include "cli/output.h"

typedef struct TableColumn {
  const char *title; /* shown on a terminal */
  OutputStyle style;
  guint share; /* of the room that is left, as compared with others, if it needs so much; 0: as wide as its content */
  guint max;   /* width, where the content decides; 0: no limit */
  gboolean is_optional; /* on a terminal not shown when it is empty in all rows */
} TableColumn;

/* Columns that a text takes. */
guint table_width(const char *text);

/* The beginning of a text that fits into so many columns, 1 at least, with a sign that there is more where it does not.
 * The caller frees. */
char *table_cut(const char *text, guint width);

/* `rows` are arrays (char **) of a text for each column, which may come from messages. */
void table_print(Output *output, const TableColumn *columns, guint n_columns, const GPtrArray *rows);
