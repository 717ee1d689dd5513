#pragma once
/* Messages that are stored, on their way to the index and to whoever waits for their 250: passed on at once, or held
 * back while the backlog is full.
 *
 * A message that is held is lasting and in new/. It is numbered when it is passed on, so that its place in the order of
 * messages is the time of its 250.
 *
 * Owns: the messages held, the backlog, a timer.
 * Thread: the loop thread.
 * Errors: none.
 * Units and limits: a sender waits for its 250, so no more are held than there are senders; the octets of those beyond
 *         INDEXER_BACKLOG_OCTETS are dropped, and read from the file later. Intake counts as slowed when it has been
 * held back for INTAKE_BEGIN_US, until nothing has been held for INTAKE_END_US. Source: docs/storage.md, "The backlog".
 */
#include "store/backlog.h"
#include "store/delivery.h"

enum { INTAKE_BEGIN_US = 1000 * 1000, INTAKE_END_US = 5 * 1000 * 1000 };

typedef struct Intake Intake;

/* Numbers the message and gives it to the index. */
typedef guint64 (*IntakeAdmit)(Delivery *delivery, gpointer user_data);

Intake *intake_new(struct event_base *base, IntakeAdmit admit, gpointer user_data);
void intake_free(Intake *intake);

void intake_set_slowed(Intake *intake, IntakeSlowed slowed, gpointer user_data);

/* Takes a message that was stored; it is reported now or later. */
void intake_offer(Intake *intake, Delivery *delivery);

/* Whether messages may be held at all. */
void intake_set_bounded(Intake *intake, gboolean is_bounded);

/* The backlog changed, by backlog_advance() and the like: passes on what may be. */
Backlog *intake_backlog(Intake *intake);
void intake_look(Intake *intake);

/* Takes all that are held from it, in their order, not numbered. */
Delivery *intake_steal(Intake *intake);

IntakeStats intake_stats(const Intake *intake);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Intake, intake_free)
