#pragma once
/* A keeper that asks another one, and fails where a test wants it to.
 *
 * Owns: the other keeper.
 * Thread: as inbox/keeper.h says; failing_keeper_fail() and failing_keeper_calls() only while nothing is asked.
 * Errors: those that the test names.
 * Source: our own. */
#include "inbox/keeper.h"

/* What can fail. Those after FAILING_ASK are asked of a reader. */
typedef enum {
  FAILING_COMMIT,
  FAILING_CHANGE,
  FAILING_RETENTION,
  FAILING_ASK, /* before any work: the keeper could not be opened */
  FAILING_LIST,
  FAILING_FIND,
  FAILING_OPEN,
  FAILING_TAGS,
  FAILING_RECIPIENTS,
  FAILING_TRANSCRIPT,
  FAILING_ATTEMPTS,
  FAILING_TOTALS,
  FAILING_CALLS_N
} FailingCall;

/* Takes the other keeper. `queue` must outlive it. */
InboxKeeper *failing_keeper_new(InboxKeeper *other, LoopQueue *queue);

/* Forgets what was to fail and what was called. From now on the call number `nth` of this kind fails, 1 being the next;
 * 0: none does. The message of the error is "made to fail". */
void failing_keeper_fail(InboxKeeper *keeper, FailingCall call, guint nth, int error_code);

/* How many calls of this kind there were since then. */
guint failing_keeper_calls(const InboxKeeper *keeper, FailingCall call);
