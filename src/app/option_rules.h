#pragma once
/* What options demand of each other.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: OPTIONS_ERROR_CONFLICT; the message names both options and says what to do.
 * Units and limits: none.
 * Source: dsmtpd(1). */
#include "app/options.h"

gboolean option_rules_check(const Options *options, GError **error);
