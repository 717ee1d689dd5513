#pragma once
/* One SMTP reply.
 *
 * Owns: nothing; texts are lent for the call a reply is passed to.
 * Thread: any.
 * Errors: none: a reply is a value.
 * Units and limits: texts are ASCII; a line end in a text starts another line of a multi-line reply.
 * Source: RFC 5321 4.2, RFC 3463 and 2034 (enhanced codes). */
#include <glib.h>

typedef struct SmtpReply {
  guint code;
  const char *enhanced; /* "2.1.0"; NULL in the greeting, in 354 and where HELO or EHLO succeed (RFC 2034 4) */
  const char *text;
} SmtpReply;
