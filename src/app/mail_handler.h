#pragma once
/* Between the SMTP server and intake: messages and questions go on to intake, what else happened goes into the log.
 *
 * Owns: nothing; what it points to is lent and must outlive the server that uses the handler.
 * Thread: the loop thread.
 * Source: docs/design.md, docs/log.md. */
#include "auth/checker.h"
#include "intake/intake.h"
#include "smtp/handler.h"

typedef struct MailHandler {
  Intake *intake;
  Log *log;
  AuthChecker *checker; /* NULL: logins are not offered */
} MailHandler;

/* For an SmtpServer with a MailHandler as its data. With `with_trace`, protocol lines are logged. */
SmtpHandler mail_handler_table(gboolean with_trace);
