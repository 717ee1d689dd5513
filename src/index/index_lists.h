#pragma once
/* The lists of a summary as JSON, which the index keeps in one column.
 *
 * Thread: any.
 * Source: docs/storage.md, "The index". */
#include "message/summary.h"

/* The caller frees. */
char *index_lists_print(const MailSummary *summary);

/* What is not such JSON gives empty lists. */
void index_lists_parse(const char *json, MailSummary *summary);
