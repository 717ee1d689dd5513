#pragma once
/* The table of the server's options.
 *
 * Owns: nothing; all is constant.
 * Thread: any.
 * Units and limits: a number's range is in its row.
 * Source: dsmtpd(1). */
#include "app/options.h"

/* Of fields of Options, in the order of --help; the row after the last has no name. */
const Option *option_table(void);
