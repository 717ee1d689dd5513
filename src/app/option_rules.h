#pragma once
/* What options demand of each other.
 *
 * Thread: any.
 * Errors: OPTIONS_ERROR_CONFLICT; the message names both options and says what to do.
 * Source: dsmtpd(1). */
#include "app/options.h"

gboolean option_rules_check(const Options *options, GError **error);
