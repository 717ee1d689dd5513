#pragma once
/* Whether the disk the messages are on has the room that --min-free asks for.
 *
 * Owns: a timer. The inbox does the asking, on one of its threads.
 * Thread: the loop thread.
 * Errors: a disk that does not tell counts as having room; storing finds out.
 * Units and limits: asked every SPACE_WATCH_MS, not for every message, so an answer may be that old.
 * Source: docs/smtp.md, "Limits". */
#include "base/log.h"
#include "inbox/inbox.h"
#include "intake/verdict.h"

enum { SPACE_WATCH_MS = 1000 };

typedef struct SpaceWatch SpaceWatch;

/* All are lent. Says in the log when room gets short, and when there is enough again. */
SpaceWatch *space_watch_new(struct event_base *base, Inbox *inbox, Log *log, guint64 min_free_bytes);

/* An IntakeJudge: rejects for now while there is too little. All is accepted until the first answer has come, some
 * milliseconds after the start. */
IntakeVerdict space_watch_judge(const IntakeQuestion *question, gpointer watch);

/* Asks no more, and judges no more either. To be called before the inbox is closed. NULL is fine. */
void space_watch_close(SpaceWatch *watch);
