#pragma once
/* One message as lists show it, whoever asks: what is kept of it and its present marks.
 *
 * Owns: its strings and its summary.
 * Thread: does not change once it is made; may be shared between threads, and is freed with its last reference.
 * Units and limits: see message/summary.h. */
#include "message/summary.h"
#include <glib.h>

/* Messages up to this size are read whole, to be taken apart and shown; lists are made from so much of longer ones. */
enum { INBOX_WHOLE_BYTES_MAX = 64 * 1024 * 1024 };

/* Positions in the order of messages, which is the order in which their senders got their replies; microseconds since
 * 1970 where that can be. */
typedef guint64 InboxCursor;

typedef struct InboxMail {
  InboxCursor cursor;
  guint32 uid; /* its number in the directory, which no other message of it gets; 0: not known */
  char *id;    /* [A-Za-z0-9._~-]+ */
  gint64 received_us;
  gboolean is_read;
  gboolean is_flagged;
  guint64 thread;       /* the same for all messages of one conversation */
  guint n_in_thread;    /* how many those are, as far as they are counted; 0: that was not asked for */
  GPtrArray *tags;      /* char *, sorted, no two alike in any case */
  MailSummary *summary; /* without what only the search needs */
  /* private */
  gint n_refs; /* atomic */
} InboxMail;

/* Takes the summary and the tags. */
InboxMail *inbox_mail_new(const char *id, MailSummary *summary, GPtrArray *tags);
InboxMail *inbox_mail_ref(InboxMail *mail);
void inbox_mail_unref(InboxMail *mail);

/* How many bytes of memory it takes, about: never less than its texts have. */
gsize inbox_mail_bytes(const InboxMail *mail);

/* Whoever has a list of messages made may bound how much of it is in memory: asked before each message for so many
 * bytes more, on the thread that makes the list. FALSE: no more. NULL: no bound. */
typedef struct InboxHold {
  gboolean (*func)(gsize n_bytes, gpointer data);
  gpointer data;
  GDestroyNotify free; /* for who takes it rather than borrows it; may be NULL */
} InboxHold;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InboxMail, inbox_mail_unref)
