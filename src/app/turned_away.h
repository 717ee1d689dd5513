#pragma once
/* Connections that a server did not accept, in two lines of the log however many there are: one when it begins, one
 * when it is over.
 *
 * Owns: a timer.
 * Thread: the loop thread.
 * Units and limits: it is over when no connection was added for TURNED_AWAY_QUIET_S.
 * Source: docs/log.md. */
#include "base/log.h"
#include <event2/event.h>

enum { TURNED_AWAY_QUIET_S = 5 };

typedef struct TurnedAway TurnedAway;

/* `what` is for the log: "SMTP". Both are lent. */
TurnedAway *turned_away_new(struct event_base *base, Log *log, const char *what);

/* Adds one. `why`, a clause, is logged for the first. */
void turned_away_add(TurnedAway *turned, const char *peer, const char *why);

/* NULL is fine. */
void turned_away_free(TurnedAway *turned);
