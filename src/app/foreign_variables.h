#pragma once
/* Settings in the variables of other servers, so that a server configured for them starts unchanged: MP_* of Mailpit,
 * and then MH_* of MailHog. At last DSMTPD_DEFAULT_*, by which an image gives options a default that all others
 * override.
 *
 * Owns: nothing; what it reads are fields of the Options.
 * Thread: the main thread.
 * Errors: OPTIONS_ERROR; messages name the variable.
 * Units and limits: those of the options.
 * Source: Mailpit 1.30, cmd/root.go and config/; MailHog 1.0.1, docs/CONFIG.md; docs/containers.md lists both. */
#include "app/option_read.h"
#include "app/options.h"

/* Reads what was not given. Logins, and also TLS, are taken from one source as a whole. */
gboolean foreign_variables_read(OptionsGetenv get_variable, OptionGiven *given, Options *options, GError **error);

/* Frees the fields that no option of the command line sets. */
void foreign_variables_clear(Options *options);
