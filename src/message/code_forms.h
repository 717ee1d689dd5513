#pragma once
/* What looks like a one-time code: numbers and words that people are asked to type in, by their form alone.
 *
 * Thread: any; pure.
 * Units and limits: linear in the line; CODE_FORMS_MAX forms in a line.
 * Source: none; see codes.h. */
#include <glib.h>

enum { CODE_FORMS_MAX = 500 };

typedef struct CodeForm {
  gsize start; /* in the line, in bytes */
  gsize end;
  guint character; /* where it starts, in characters */
  guint n_characters;
  int points;          /* for its form */
  gboolean needs_word; /* so little like a code that only a word right before it makes it one */
  gboolean is_spelled; /* one character a group, as in boxes: "4 8 2 9 1 3" */
} CodeForm;

/* The text with digits of all scripts and full-width letters as ASCII, blanks of all widths as spaces, dashes as
 * hyphens, and without what cannot be seen. The caller frees. */
char *code_forms_normalize(const char *text, gsize len);

/* Appends the forms in a normalized line. */
void code_forms_find(const char *line, GArray *forms);

/* What is typed in: groups of digits in one, what has letters as it stands. The caller frees. */
char *code_forms_value(const char *line, const CodeForm *form);
