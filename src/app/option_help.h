#pragma once
/* How --help lists options, and other things with a name and a text.
 *
 * Owns: nothing; tables are borrowed.
 * Thread: any.
 * Units and limits: lines have at most 80 columns.
 * Source: dsmtpd(1). */
#include "app/exit_code.h"
#include "app/option.h"

/* Sentences, on lines of their own. */
void option_help_append_text(GString *out, const char *text);

/* A name and a text next to it, on as many lines as it needs. */
void option_help_append_row(GString *out, const char *name, const char *text);

/* What holds when the option is not given, in words; NULL: nothing to say. Borrowed. */
const char *option_default(const Option *option);

/* The rows of a table, with the names of their groups. */
void option_help_append(GString *out, const Option *table);

typedef struct ExitMeaning {
  ExitCode code;
  const char *meaning; /* NULL: the row after the last */
} ExitMeaning;

void option_help_append_exit_codes(GString *out, const ExitMeaning *meanings);
