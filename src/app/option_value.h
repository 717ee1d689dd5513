#pragma once
/* The values options take: from text into a field of Options.
 *
 * Owns: nothing; what a field points to is the Options'.
 * Thread: any.
 * Errors: OPTIONS_ERROR_VALUE.
 * Units and limits: a size's suffixes are powers of 1024.
 * Source: dsmtpd(1). */
#include "app/option_table.h"

/* Sets the option's field; a list grows by the value. `label` is what the user wrote the value behind: "--port" or
 * "DSMTPD_PORT". On the command line a switch has the value NULL. */
gboolean option_set(const Option *option, const char *label, const char *value, Options *options, GError **error);

/* What may be given, in words. The caller frees. */
char *option_allowed(const Option *option);
