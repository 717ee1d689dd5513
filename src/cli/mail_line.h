#pragma once
/* Messages as lists show them: a line for each.
 *
 * Thread: the main thread.
 * Source: docs/cli.md, "What is printed". */
#include "cli/output.h"
#include <jansson.h>

/* `messages` is the array of messages in a list of the API. On a terminal a table as wide as it is, elsewhere a line
 * for each: ID, time of receipt, From, To and Subject with tabs between them. */
void mail_lines_print(Output *output, const json_t *messages);

/* For people, on standard error: an indented line for each of the first MAIL_LINES_TOLD_MAX messages, and how many more
 * there are; with `has_snippets` the beginning of each text is on a second line. */
enum { MAIL_LINES_TOLD_MAX = 10 };
void mail_lines_tell(const json_t *messages, gboolean has_snippets);

/* "FROM -> TO", with "(+2)" for further recipients, as it may be shown, cut to so many columns. The caller frees. */
char *mail_line_people(const json_t *mail, guint width);

/* Its subject as it may be shown, "(no subject)" where it has none, cut to so many columns. The caller frees. */
char *mail_line_subject(const json_t *mail, guint width);
