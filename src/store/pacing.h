#pragma once
/* Messages that are stored, on their way to the index and to whoever waits for their 250: passed on at once, or held
 * back while the backlog is full.
 *
 * A message that is held is lasting and in new/. It is numbered when it is passed on, so that its place in the order of
 * messages is the time of its 250.
 *
 * Owns: the messages held, the backlog, a timer.
 * Thread: the loop thread.
 * Units and limits: a sender waits for its 250, so no more are held than there are senders; the bytes of those beyond
 *         UPDATER_BACKLOG_BYTES are dropped, and read from the file later. Pacing counts as slowed when something
 *         has been held for PACING_BEGIN_US, until nothing has been for PACING_END_US.
 * Source: docs/storage.md, "The backlog". */
#include "store/backlog.h"
#include "store/delivery.h"
#include <event2/event.h>

enum { PACING_BEGIN_US = 1000 * 1000, PACING_END_US = 5 * 1000 * 1000 };

typedef struct Pacing Pacing;

/* Numbers the message and gives it to the index; returns its ticket. */
typedef guint64 (*PacingAdmit)(Delivery *delivery, gpointer user_data);

Pacing *pacing_new(struct event_base *base, PacingAdmit admit, gpointer user_data);
void pacing_free(Pacing *pacing);

void pacing_set_slowed(Pacing *pacing, InboxSlowed slowed, gpointer user_data);

/* Takes a message that was stored; it is reported now or later. */
void pacing_offer(Pacing *pacing, Delivery *delivery);

/* Whether messages may be held at all. */
void pacing_set_bounded(Pacing *pacing, gboolean is_bounded);

/* The backlog changed, by backlog_advance() and the like: passes on what may be. */
Backlog *pacing_backlog(Pacing *pacing);
void pacing_look(Pacing *pacing);

/* Takes all that are held from it, in their order, not numbered. */
Delivery *pacing_steal(Pacing *pacing);

InboxIntake pacing_stats(const Pacing *pacing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pacing, pacing_free)
