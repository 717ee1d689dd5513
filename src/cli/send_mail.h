#pragma once
/* Puts a mail into the target's inbox.
 *
 * Owns: nothing.
 * Thread: the main thread, which waits.
 * Errors: CLI_ERROR: SEND_CODE_DATA for what is wrong with the mail or its addresses, SEND_CODE_LATER for what could
 *         not be done now, EXIT_CODE_NO_SERVER when nobody answers.
 * Units and limits: SEND_OCTETS_MAX octets; as many recipients as fit into a URL, some hundreds.
 * Source: docs/api.md, "Mails in and out"; sysexits(3). */
#include "cli/client.h"

enum { SEND_OCTETS_MAX = 64 * 1024 * 1024 };

enum { SEND_CODE_DATA = 65, SEND_CODE_LATER = 75 }; /* EX_DATAERR, EX_TEMPFAIL */

/* `octets` with either kind of line ends; `recipients` of char *. `*out_id`, unless NULL, is what the mail is called;
 * the caller frees. */
gboolean send_mail(Client *client, const char *sender, const GPtrArray *recipients, GBytes *octets, char **out_id,
                   GError **error);
