#pragma once
/* What the log says when messages come faster than lists take them in: one line when intake is slowed, one when it is
 * not any more.
 *
 * Owns: nothing; the log is lent.
 * Thread: the loop thread.
 * Source: docs/storage.md, "The backlog". */
#include "base/log.h"
#include "inbox/inbox.h"

void intake_log(Log *log, const InboxIntake *intake);
