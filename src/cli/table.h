#pragma once
/* Rows and columns: on a terminal as wide as it is, elsewhere a line for each row, with tabs between the cells.
 *
 * Owns: nothing.
 * Thread: the main thread.
 * Errors: those of the output.
 * Units and limits: widths are columns of a terminal; a character may take none or two.
 * Source: docs/cli.md, "On a terminal". */
#include "cli/output.h"

typedef struct TableColumn {
  const char *title; /* shown on a terminal */
  OutputStyle style;
  guint share;         /* of the room that is left, as compared with others; 0: as wide as what is in it */
  gboolean for_people; /* left out elsewhere; such columns are the last */
  guint hidden_below;  /* not shown on terminals that are narrower; 0: always shown */
} TableColumn;

/* `rows` are arrays (char **) of a text for each column, which may be out of mails. */
void table_print(Output *output, const TableColumn *columns, guint n_columns, const GPtrArray *rows);
