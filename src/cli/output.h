#pragma once
/* What a command prints: for people on a terminal, for programs elsewhere.
 *
 * Owns: nothing of the stream but what waits in it.
 * Thread: the main thread.
 * Errors: stick: once writing failed nothing more is written, and output_end() tells.
 * Units and limits: a terminal whose width is not known has 80 columns.
 * Source: no-color.org; UAX #11 (East Asian Width) by way of GLib. */
#include "app/option.h"
#include <jansson.h>
#include <stdio.h>

typedef struct Output Output;

/* `stream` is lent. NO_COLOR, TERM and COLUMNS are looked for in the environment. */
Output *output_new(FILE *stream, OptionsGetenv get_variable);

/* NULL is fine. */
void output_free(Output *output);

/* FALSE: a program reads it. */
gboolean output_is_terminal(const Output *output);

/* Columns there are. */
guint output_width(const Output *output);

/* FALSE: what is written goes nowhere any more. */
gboolean output_is_well(const Output *output);

/* TRUE: because whoever read it has seen enough, as in `| head`. That is not worth a word. */
gboolean output_is_abandoned(const Output *output);

/* Exactly these bytes. */
void output_bytes(Output *output, const char *bytes, gsize len);
void output_text(Output *output, const char *text);

typedef enum {
  OUTPUT_PLAIN,
  OUTPUT_BOLD,
  OUTPUT_DIM,
  OUTPUT_ERROR,
  OUTPUT_WARNING,
  OUTPUT_CLIENT,
  OUTPUT_STYLES_N
} OutputStyle;

/* The same, for people whose terminal has styles; anybody else sees it plain. */
void output_styled(Output *output, OutputStyle style, const char *text);

/* A text of a message, of several lines, for people: control characters other than tabs and line ends become spaces,
 * and what else base/printable.h calls unsafe is escaped. A line end is added where there is none. */
void output_prose(Output *output, const char *text, gsize len);

/* The same for text that was asked for as data: cleaned on a terminal, byte for byte elsewhere. */
void output_passage(Output *output, const char *text, gsize len);

/* JSON, followed by a line end; on a terminal indented. Unsafe characters are escaped in the way of JSON. */
void output_json(Output *output, const char *text);

/* The same of a value, which is taken. */
void output_value(Output *output, json_t *taken);

/* The same of a value, which is lent, on one line even on a terminal. */
void output_json_line(Output *output, const json_t *value);

/* The text on one line: control characters, line ends and tabs among them, become spaces, and what else
 * base/printable.h calls unsafe is escaped as \u{NNNN}. The caller frees. */
char *output_clean(const char *text);

/* The same of a text out of a message, followed by a line end. */
void output_line(Output *output, const char *text);

/* Nobody reads the output any more; see output_is_abandoned(). */
void output_abandon(Output *output);

/* What is written from now on, `n_lines` lines, goes through a pager: PAGER or less. Only on a terminal that has fewer
 * lines, and where there is one; PAGER may be empty for none. */
void output_page(Output *output, guint n_lines, OptionsGetenv get_variable);

/* Sends what waits, and waits until the user leaves the pager. FALSE: something could not be written.
 */
gboolean output_end(Output *output, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Output, output_free)
