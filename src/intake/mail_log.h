#pragma once
/* The lines of the log about messages on their way in.
 *
 * Thread: the loop thread.
 * Source: docs/log.md; docs/storage.md, "The backlog". */
#include "base/log.h"
#include "inbox/inbox.h"
#include "intake/arrival.h"

/* A message and, in a line of its own, what a real server would object to. */
void mail_log_stored(Log *log, IntakeWay way, const IntakeArrival *arrival, const char *id);

/* `reply` is all that the client was told. */
void mail_log_rejected(Log *log, const IntakeRejection *rejection, const char *reply);

/* Messages come faster than lists take them in, or no longer. */
void mail_log_slowed(Log *log, const InboxIntake *intake);
