#pragma once
/* One message as lists show it, whoever asks: what the index keeps of it and its present marks.
 *
 * Owns: its strings and its summary.
 * Thread: does not change once it is made; may be shared between threads, and is freed with its last reference.
 * Units and limits: see message/summary.h; IDs have at most MAILDIR_NAME_MAX bytes.
 * Source: docs/storage.md, "The index". */
#include "message/summary.h"
#include <glib.h>

typedef struct IndexMail {
  guint64 cursor; /* grows from mail to mail in the order in which they came; microseconds since 1970 where it can be */
  char *id;       /* [A-Za-z0-9._~-]+ */
  gint64 received_us;
  gboolean is_read;
  gboolean is_flagged;
  guint64 thread;       /* the same for all messages of one conversation */
  guint n_in_thread;    /* how many those are, as far as they are counted; 0: that was not asked for */
  GPtrArray *tags;      /* char *, sorted, no two alike in any case */
  MailSummary *summary; /* without what only the search needs */
  /* private */
  gint n_refs; /* atomic */
} IndexMail;

/* Takes the summary and the tags. */
IndexMail *index_mail_new(const char *id, MailSummary *summary, GPtrArray *tags);
IndexMail *index_mail_ref(IndexMail *mail);
void index_mail_unref(IndexMail *mail);

/* Whoever has a list of messages made may bound how much of it is in memory: asked before each message for so many
 * bytes more, on the thread that makes the list. FALSE: no more. NULL: no bound. */
typedef struct IndexHold {
  gboolean (*func)(gsize n_bytes, gpointer data);
  gpointer data;
  GDestroyNotify free; /* for who takes it rather than borrows it; may be NULL */
} IndexHold;

/* How many bytes of memory it takes, about: never less than its texts have. */
gsize index_mail_bytes(const IndexMail *mail);

/* What the message of this Maildir name (maildir_id_length() bytes) is called: the same where it needs no escaping in
 * addresses of the web, else "x-" and 32 hexadecimal digits. The caller frees. */
char *index_mail_id(const char *file_name);

/* The lists of a summary as JSON, to be kept in one column, and back. The caller frees; what is no such JSON gives
 * empty lists. */
char *index_mail_print_lists(const MailSummary *summary);
void index_mail_parse_lists(const char *json, MailSummary *summary);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexMail, index_mail_unref)
