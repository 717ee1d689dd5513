#pragma once
/* A message made of options, as in `dsmtpd send --subject Hi --text Hello bob@example.com`.
 *
 * Thread: the main thread; reading files blocks.
 * Errors: CLI_ERROR: EXIT_CODE_USAGE for a wrong option, SEND_CODE_DATA for what cannot be sent, EXIT_CODE_NO_SERVER.
 * Units and limits: all texts and files together SEND_BYTES_MAX, counted in Base64 for attachments; those of
 *         api/send_request.h.
 * Source: docs/cli.md, "send"; docs/api.md, "Sending". */
#include "cli/send_mail.h"

/* NULL: not given. */
typedef struct SendCompose {
  char *subject;
  char *text; /* "@FILE": what is in it; "@-": standard input */
  char *html; /* the same */
  char *from; /* NULL: the user at this host */
  char **attachments;
  char **to;
  char **cc;
  char **bcc;
  char **reply_to;
  char **headers; /* "NAME: VALUE" */
} SendCompose;

/* TRUE: there is something that makes a message; else one is read from standard input. */
gboolean send_compose_is_wanted(const SendCompose *compose);

/* TRUE: something is said of such a message. */
gboolean send_compose_is_addressed(const SendCompose *compose);

/* Makes the message and stores it; `recipients` are added to those in To. `*out_id` is the caller's. */
gboolean send_compose_run(Client *client, const SendCompose *compose, char *const *recipients, char **out_id,
                          GError **error);
