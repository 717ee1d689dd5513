#pragma once
/* Between the SMTP server and the inbox: messages go in, what happened goes into the log.
 *
 * Owns: nothing; what it points to is lent and must outlive the server that uses the handler.
 * Thread: the loop thread.
 * Errors: inbox errors become SMTP replies here, by one table, and log lines.
 * Source: docs/design.md, docs/log.md. */
#include "app/space_watch.h"
#include "auth/checker.h"
#include "base/log.h"
#include "inbox/inbox.h"
#include "rules/recipients.h"
#include "smtp/counters.h"
#include "smtp/handler.h"

typedef struct MailHandler {
  Inbox *inbox;
  Log *log;
  RulesRecipients recipients;
  const SpaceWatch *space; /* NULL: nobody cares */
  AuthChecker *checker;    /* NULL: logins are not offered */
  SmtpCounters counters;
} MailHandler;

/* For an SmtpServer with a MailHandler as its data. With `with_trace`, protocol lines are logged. */
SmtpHandler mail_handler_table(gboolean with_trace);

/* Counts a rejection that is not logged by itself. */
void mail_handler_count_rejection(MailHandler *handler, const SmtpReply *reply);

/* Logs and counts a rejected command, or with `command` NULL a rejected connection. */
void mail_handler_log_rejection(MailHandler *handler, const char *peer, const char *command, const SmtpReply *reply);
