#pragma once
/* What the files of the inbox share.
 *
 * Thread: the loop thread. */
#include "inbox/inbox.h"

/* Events and those who listen (inbox_events.c). */
typedef struct InboxEvents {
  GQueue kept;         /* InboxEvent *, the last ones */
  gsize kept_bytes;    /* of their messages */
  guint64 known_since; /* all after it are kept; 0: nothing was reported yet */
  guint64 last_number;
  GPtrArray *subscriptions; /* InboxSubscription * */
  guint n_followers;
} InboxEvents;

struct Inbox {
  InboxKeeper *keeper;
  LoopQueue *queue;
  InboxOptions options;
  InboxReport report;    /* the last one, without events and problem */
  char *trouble;         /* the last one told; NULL: none */
  char *storage_trouble; /* NULL: none */
  InboxEvents events;
  GPtrArray *waits;     /* InboxWait * */
  guint64 first_cursor; /* of messages that came since it was opened */
  Histogram commit;
  Histogram indexing;
  GArray *farewells; /* Farewell, of inbox.c */
  JobFunc closed;
  gpointer closed_data;
};

void inbox_events_init(Inbox *inbox);
void inbox_events_clear(Inbox *inbox);

/* Takes the events of a report. */
void inbox_events_tell(Inbox *inbox, const InboxReport *report);

/* Messages came: those who wait look again. */
void inbox_waits_look(Inbox *inbox);

/* The keeper learns what somebody waits for, after that has changed. */
void inbox_tell_awaited(Inbox *inbox);

/* Answers all of them. */
void inbox_waits_end(Inbox *inbox);
