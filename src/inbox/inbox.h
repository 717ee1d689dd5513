#pragma once
/* The one door to the mails. Everything that delivers or reads goes through here; how mails are kept is store/'s.
 *
 * Owns: the store behind it and its helper threads; a draft owns the octets of a mail under way.
 * Thread: the loop thread. Callbacks come on the loop thread, each exactly once, and never before the call that
 *         takes them has returned.
 * Errors: INBOX_ERROR; inbox_open() also names what to do in its message.
 * Units and limits: a draft keeps at most about 64 KiB in memory; what is longer goes to disk as it arrives, and
 *         inbox_draft_append() then asks the caller to wait when the disk is slower than the client.
 * Source: docs/design.md, docs/storage.md. */
#include "base/job.h"
#include "syntax/envelope.h"
#include <glib.h>

#define INBOX_ERROR (inbox_error_quark())
GQuark inbox_error_quark(void);

typedef enum {
  INBOX_ERROR_INVALID, /* the place exists and is no mail store */
  INBOX_ERROR_FAILED,  /* could not be opened, read or written */
  INBOX_ERROR_NO_SPACE /* a mail could not be stored: disk or quota is full; there may be room later */
} InboxError;

typedef struct Inbox Inbox;
typedef struct InboxDraft InboxDraft;

typedef enum {
  INBOX_SYNC_ALWAYS, /* a mail is on disk before its delivery is reported */
  INBOX_SYNC_NONE    /* a mail is with the operating system; a power cut may lose it */
} InboxSync;

typedef struct InboxOptions {
  const char *place; /* a directory; NULL: the current one, which is made a mail store if it is none */
  InboxSync sync;
} InboxOptions;

/* Opens the inbox, makes it when `place` does not exist, and recovers what a crash left half done. `*out_recovered`
 * is the number of mails put back. `queue` must outlive the inbox. */
Inbox *inbox_open(const InboxOptions *options, LoopQueue *queue, guint *out_recovered, GError **error);

/* Waits until what was committed is stored, makes it lasting and closes. Every callback has been posted to the queue by
 * then, and comes when that is freed, after this: it must not use the inbox. Drafts must be gone or committed. NULL is
 * fine. */
void inbox_close(Inbox *inbox);

/* The absolute place, for people. Lent until inbox_close(). */
const char *inbox_place(const Inbox *inbox);

/* Counts the mails in the background, and clears what others left unfinished for 36 hours (maildir(5)). */
typedef void (*InboxCounted)(guint64 n_mails, gpointer user_data);
void inbox_count(Inbox *inbox, InboxCounted counted, gpointer user_data);

/* Asks in the background how much room there is for mails; G_MAXUINT64 when that is not known. */
typedef void (*InboxSpaceMeasured)(guint64 free_bytes, gpointer user_data);
void inbox_measure_space(Inbox *inbox, InboxSpaceMeasured measured, gpointer user_data);

/* Starts a mail; never fails, what goes wrong is told at commit. The envelope is lent until the draft is committed or
 * discarded. `resume` is called when appending may go on after inbox_draft_append() asked to wait. */
InboxDraft *inbox_draft_new(Inbox *inbox, const Envelope *envelope, JobFunc resume, gpointer resume_data);

/* Appends octets in the stored form (LF line ends). FALSE asks the caller to append no more until `resume`. */
gboolean inbox_draft_append(InboxDraft *draft, const guint8 *octets, gsize n_octets);

/* Ends the mail and frees the draft. `bare_lf`: see smtp_data_bare_lf(), NULL for none. `id` is the name of the
 * stored mail, or NULL with `error` set; both are lent for the call. */
typedef void (*InboxDelivered)(const char *id, const GError *error, gpointer user_data);
void inbox_draft_commit(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data);

/* Drops the mail; nothing of it stays. `resume` is not called any more. NULL is fine. */
void inbox_draft_discard(InboxDraft *draft);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inbox, inbox_close)
