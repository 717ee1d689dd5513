#pragma once
/* What happened to the messages of an inbox.
 *
 * Owns: an InboxEvent its message and its ID.
 * Thread: whoever has it. */
#include "inbox/mail.h"

typedef enum {
  INBOX_EVENT_NEW,
  INBOX_EVENT_CHANGED, /* marks or tags */
  INBOX_EVENT_DELETED,
  INBOX_EVENT_CLEARED,  /* all messages are gone */
  INBOX_EVENT_MANY,     /* more changed at once than is reported one by one, or than is still known: list again */
  INBOX_EVENT_REJECTED, /* a client was rejected; the attempt is listed */
  INBOX_EVENT_ATTEMPTS_CLEARED /* all attempts are gone */
} InboxEventKind;

typedef struct InboxEvent {
  guint64 number; /* of the change: it grows from event to event, also over restarts */
  InboxEventKind kind;
  InboxMail *mail; /* NEW, CHANGED */
  char *id;        /* NEW, CHANGED, DELETED */
} InboxEvent;

/* Takes the message, and its ID where `id` is NULL. */
InboxEvent *inbox_event_new(InboxEventKind kind, InboxMail *mail, const char *id);
void inbox_event_free(InboxEvent *event);
