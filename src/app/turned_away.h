#pragma once
/* Connections that a server could not take, in two lines of the log however many there are: when it begins, and when
 * it is over.
 *
 * Owns: a timer.
 * Thread: the loop thread.
 * Errors: none.
 * Units and limits: it is over when none was turned away for TURNED_AWAY_QUIET_S.
 * Source: docs/log.md. */
#include "base/log.h"
#include <event2/event.h>

enum { TURNED_AWAY_QUIET_S = 5 };

typedef struct TurnedAway TurnedAway;

/* `what` is for the log: "SMTP". Both are lent. */
TurnedAway *turned_away_new(struct event_base *base, Log *log, const char *what);

/* One was; `why`, a clause, is logged if it is the first. */
void turned_away_add(TurnedAway *turned, const char *peer, const char *why);

/* NULL is fine. */
void turned_away_free(TurnedAway *turned);
