#pragma once
/* Stores a message in the target's inbox.
 *
 * Thread: the main thread, which waits.
 * Errors: CLI_ERROR: SEND_CODE_DATA for what is wrong with the message or its addresses, SEND_CODE_LATER for what could
 *         not be done now, EXIT_CODE_NO_SERVER when no server answers.
 * Units and limits: SEND_BYTES_MAX bytes; as many recipients as fit into a URL, some hundreds.
 * Source: docs/api.md, "Messages in and out"; sysexits(3). */
#include "cli/client.h"

enum { SEND_BYTES_MAX = 64 * 1024 * 1024 };

enum { SEND_CODE_DATA = 65, SEND_CODE_NO_INPUT = 66, SEND_CODE_LATER = 75 }; /* EX_DATAERR, EX_NOINPUT, EX_TEMPFAIL */

/* All that can be read from `fd`, which `name` names for people; at most SEND_BYTES_MAX. The caller frees; NULL with
 * *error set. */
GString *send_read_all(int fd, const char *name, GError **error);

/* Asks for a message to be stored. `*out_id`, unless out_id is NULL, is its ID; the caller frees. */
gboolean send_question(Client *client, const ClientQuestion *question, char **out_id, GError **error);

/* `bytes` with either kind of line ends; `recipients` of char *. See send_question() for `out_id`. */
gboolean send_mail(Client *client, const char *sender, const GPtrArray *recipients, GBytes *bytes, char **out_id,
                   GError **error);
