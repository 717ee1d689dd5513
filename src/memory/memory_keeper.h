#pragma once
/* A keeper without a disk: messages live as long as the process, or less. For tests of what is above an inbox, and for
 * checking what other keepers answer.
 *
 * Owns: the messages, and a strand, which does everything in the order in which it is asked.
 * Thread: as inbox/keeper.h says.
 * Errors: INBOX_ERROR; NO_SPACE for a message beyond the limits.
 * Units and limits: those of MemoryLimits; messages that are still coming may have max_bytes again.
 * Source: docs/design.md, "Keepers". */
#include "base/crew.h"
#include "inbox/keeper.h"
#include "memory/memory_mails.h"

/* `crew` and `queue` must outlive it. `ignored`: what messages ask for tags with. */
InboxKeeper *memory_keeper_new(const MemoryLimits *limits, SummaryIgnored ignored, Crew *crew, LoopQueue *queue);
