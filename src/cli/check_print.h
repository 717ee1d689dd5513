#pragma once
/* The findings about a message, a line each: what compilers print, so that editors and CI systems read it.
 *
 *     welcome.eml:4: error: the Date field is not a date (Yesterday) [date-unreadable, RFC 5322 3.3]
 *
 * Thread: the main thread.
 * Errors: those of the output.
 * Source: docs/cli.md, "check". */
#include "cli/output.h"

typedef enum { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITIES_N } Severity;

/* How many findings there are of each. */
typedef struct CheckTally {
  guint counts[SEVERITIES_N];
} CheckTally;

/* Prints the findings of a report's "Checks" from `least` on, and counts all. `name` is what each line begins with,
 * followed by the line of the file where it is known; NULL: nothing. */
void check_print_findings(Output *output, const char *name, const json_t *report, Severity least, CheckTally *tally);

/* How many mail programs support what the HTML uses, and with `is_full` each feature that some lack. Prints nothing
 * where "ClientSupport" is missing or null. */
void check_print_support(Output *output, const char *name, const json_t *report, gboolean is_full);

/* "2 errors, 1 warning, 0 notes". The caller frees. */
char *check_tally_text(const CheckTally *tally);
