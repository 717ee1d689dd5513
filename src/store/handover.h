#pragma once
/* The hand-over from the committer to the index. A message that is stored gets its number, is given to the index and
 * reported; all that at once, or when the backlog has room.
 *
 * Owns: the messages held.
 * Thread: the loop thread.
 * Errors: none; a message that the index does not get is found in the Maildir later.
 * Units and limits: those of store/pacing.h. The backlog goes by limits of retention that can be kept: those asked for,
 *         more where flagged messages stay, none before the index has all messages.
 * Source: docs/storage.md, "The backlog". */
#include "inbox/keeper.h"
#include "maildir/parts.h"
#include "store/delivery.h"

typedef struct Index Index;
typedef struct Handover Handover;

Handover *handover_new(const StoreParts *parts, Index *index, InboxSlowed slowed, gpointer user_data);
void handover_free(Handover *handover);

/* After index_close(), from which on what is stored is reported and no more: messages held are reported by the queue.
 * NULL is fine. */
void handover_stop(Handover *handover);

/* Takes what comes from the committer. What is not stored, or has no hand-over, is reported and no more. */
void handover_take(Delivery *delivery);

/* What the index says: see UpdaterOptions. */
void handover_advance(Handover *handover, guint64 ticket);
void handover_note_report(Handover *handover, const InboxReport *report);

/* Somebody reads; or waits for messages, until told otherwise: others' messages are let in only as fast as readers need
 * not wait for them. While nobody does, nor follows events, the index rests between its turns. */
void handover_note_reader(Handover *handover);
void handover_set_awaited(Handover *handover, InboxAwaited awaited);

/* How much is to be kept. */
void handover_set_limits(Handover *handover, const InboxLimits *limits);

/* Removes what is over the limits, in one step; see index/index_retention.h. */
void handover_retention_step(Handover *handover, InboxRetentionDone done, gpointer user_data);

InboxIntake handover_stats(const Handover *handover);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Handover, handover_free)
