#pragma once
/* What SMTP says for a verdict of intake.
 *
 * Owns: nothing; the text is the verdict's.
 * Thread: any.
 * Source: RFC 5321 4.2, RFC 3463. */
#include "intake/verdict.h"
#include "smtp/reply.h"

/* For one that does not accept. */
SmtpReply smtp_reply_for(const IntakeVerdict *verdict);
