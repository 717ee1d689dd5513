#pragma once
/* The values options take: from text into a field of a record.
 *
 * Owns: nothing; what a field points to is the record's.
 * Thread: any.
 * Errors: OPTIONS_ERROR_VALUE.
 * Units and limits: a size's suffixes are powers of 1024.
 * Source: dsmtpd(1). */
#include "app/option.h"

/* Sets the option's field; a list grows by the value. `label` is what the user gave the value to: "--port" or
 * "DSMTPD_PORT". On the command line a switch has the value NULL. */
gboolean option_set(const Option *option, const char *label, const char *value, gpointer record, GError **error);

/* Frees what the field owns, so that the values to come replace those it has. Nothing for types that own nothing. */
void option_clear(const Option *option, gpointer record);

/* What stands between several values in a variable; NULL: a variable holds one value. Lent. */
const char *option_separators(const Option *option);

/* TRUE when each value given is added to those before. */
gboolean option_is_list(const Option *option);

/* What a value is called. */
const char *option_noun(const Option *option);

/* What may be given, in words. The caller frees. */
char *option_allowed(const Option *option);
