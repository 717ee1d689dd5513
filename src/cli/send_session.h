#pragma once
/* SMTP on standard input and output, as `sendmail -bs` speaks it: for programs that send in no other way.
 *
 * Thread: the main thread, until the input ends or the client says QUIT.
 * Errors: CLI_ERROR when standard input or output fail; messages are accepted or rejected by replies.
 * Units and limits: those of smtp/session.h and cli/send_mail.h.
 * Source: RFC 5321; sendmail(1). */
#include "cli/client.h"

gboolean send_session_run(Client *client, GError **error);
