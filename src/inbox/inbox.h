#pragma once
/* The only access to the messages. Everything that delivers, reads or changes messages goes through here; how messages
 * are kept is store/'s.
 *
 * Owns: the store behind it and its helper threads; a draft owns the bytes of a message under way.
 * Thread: the loop thread. Callbacks come on the loop thread, each exactly once, and never before the call that takes
 *         them has returned.
 * Errors: INBOX_ERROR; inbox_open() also names what to do in its message.
 * Units and limits: a draft keeps at most about 64 KiB in memory; what is longer goes to disk as it arrives, and
 *         inbox_draft_append() then asks the caller to wait when the disk is slower than the client. Lists have at most
 *         INBOX_PAGE_MAX messages; INBOX_EVENTS_KEPT events, fewer when their messages take more
 *         than INBOX_EVENTS_BYTES_MAX of memory, can be asked for again; at most INBOX_WAITS_MAX wait at a
 *         time.
 * Source: docs/design.md, docs/storage.md. */
#include "base/histogram.h"
#include "base/job.h"
#include "inbox/attempt.h"
#include "inbox/change.h"
#include "inbox/error.h"
#include "inbox/page.h"
#include "inbox/report.h"
#include "inbox/retention.h"
#include "maildir/maildir.h"
#include "syntax/envelope.h"
#include <glib.h>

enum { INBOX_EVENTS_KEPT = 10000, INBOX_EVENTS_BYTES_MAX = 32 * 1024 * 1024, INBOX_WAITS_MAX = 1000 };

typedef struct Inbox Inbox;
typedef struct InboxDraft InboxDraft;

typedef enum {
  INBOX_SYNC_ALWAYS, /* a message is on disk before its delivery is reported */
  INBOX_SYNC_NONE    /* a message is with the operating system; a power cut may lose it */
} InboxSync;

/* Which directories that are not a mail store may become one. */
typedef enum {
  INBOX_MAKE_NOTHING = MAILDIR_MAKE_NOTHING,
  INBOX_MAKE_IN_EMPTY = MAILDIR_MAKE_IN_EMPTY,
  INBOX_MAKE_ANYWHERE = MAILDIR_MAKE_ANYWHERE
} InboxMaking;

/* Lists cannot be kept on disk, or stay behind; NULL: they are well again. Messages are stored all the same. */
typedef void (*InboxTroubled)(const char *trouble, gpointer user_data);

/* One word for programs: "full", "reading" or "limits"; NULL: intake is not slowed by that. */
const char *inbox_slow_reason_name(InboxSlowReason reason);

/* What tags a message by itself when it arrives. */
typedef enum {
  INBOX_AUTO_TAGS_ALL,
  INBOX_AUTO_TAGS_X_TAGS, /* the field X-Tags */
  INBOX_AUTO_TAGS_PLUS,   /* the addresses it went to: bob+tag@example.com */
  INBOX_AUTO_TAGS_OFF
} InboxAutoTags;

typedef struct InboxOptions {
  const char *place; /* a directory; NULL: the current one, which is made a mail store if it is none */
  InboxMaking making;
  gboolean visits; /* see inbox_open() */
  InboxSync sync;
  InboxAutoTags auto_tags;
  guint file_mode; /* of all files, as chmod() takes it; 0: the rights to read and write of new/, less the umask */
  InboxTroubled troubled; /* NULL: not wanted */
  gpointer troubled_data;
  InboxNoticed noticed; /* NULL: not wanted */
  gpointer noticed_data;
  InboxStorageChanged storage_changed; /* NULL: not wanted */
  gpointer storage_changed_data;
  InboxSlowed slowed; /* NULL: not wanted */
  gpointer slowed_data;
} InboxOptions;

/* Opens the inbox, makes it when `place` does not exist, and recovers what a crash left half done. `*out_recovered`
 * is the number of messages put back. `queue` must outlive the inbox.
 *
 * Who visits is a guest: the place has to be there, may be one that cannot be written, and others may have it open,
 * a server too. Nothing is written there but what is asked for, and what lists need where that is possible and nobody
 * else does. Answers are about all messages that are there, however long it takes to look through them. */
Inbox *inbox_open(const InboxOptions *options, LoopQueue *queue, guint *out_recovered, GError **error);

/* How many files of messages that are stored an inbox keeps open at most, where the process may open `limit` files. */
guint inbox_held_descriptors(guint64 limit);

/* Says that inbox_close() comes soon: whoever opens the same place in the meantime waits for it. */
void inbox_leave(Inbox *inbox);

/* Waits until what was committed is stored, makes it lasting and closes. Every callback has been posted to the queue by
 * then, and comes when that is freed, after this: it must not use the inbox. Drafts must be gone or committed. NULL is
 * fine. */
void inbox_close(Inbox *inbox);

/* The absolute place, for people. Lent until inbox_close(). */
const char *inbox_place(const Inbox *inbox);

/* Counts the messages in the background, and clears what others left unfinished for 36 hours (maildir(5)). */
typedef void (*InboxCounted)(guint64 n_messages, gpointer user_data);
void inbox_count(Inbox *inbox, InboxCounted counted, gpointer user_data);

/* Asks in the background how much room there is for messages; G_MAXUINT64 when that is not known. */
typedef void (*InboxSpaceMeasured)(guint64 free_bytes, gpointer user_data);
void inbox_measure_space(Inbox *inbox, InboxSpaceMeasured measured, gpointer user_data);

/* Starts a message; never fails, what goes wrong is told at commit. The envelope is lent until the draft is committed
 * or discarded. `resume` is called when appending may go on after inbox_draft_append() asked to wait. */
InboxDraft *inbox_draft_new(Inbox *inbox, const Envelope *envelope, JobFunc resume, gpointer resume_data);

/* Appends bytes in the stored form (LF line ends). FALSE asks the caller to append no more until `resume`. */
gboolean inbox_draft_append(InboxDraft *draft, const guint8 *bytes, gsize n_bytes);

/* Ends the message and frees the draft. `bare_lf`: see smtp_data_bare_lf(), NULL for none. `id` is the name of the
 * stored message, or NULL with `error` set; both are lent for the call. */
typedef void (*InboxDelivered)(const char *id, const GError *error, gpointer user_data);
void inbox_draft_commit(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data);

/* Drops the message; nothing of it stays. `resume` is not called any more. NULL is fine. */
void inbox_draft_discard(InboxDraft *draft);

/* Reading. What is asked for sees all messages delivered, and all changes made, before; unless taking them in lasts
 * longer than 2 seconds. */

/* `page` is lent, and NULL when `error` is set. */
typedef void (*InboxListed)(const InboxPage *page, const GError *error, gpointer user_data);
void inbox_list(Inbox *inbox, const InboxListRequest *request, InboxListed listed, gpointer user_data);

/* Reads one message: `id` NULL is the one that came last of those `query`, which is taken, finds; NULL: of all.
 * `reader` is called on another thread, with the message's file open for reading, and makes an answer of it, which goes
 * to `done` on the loop thread; NULL with `error` set: NOT_FOUND, FAILED. `reader` owns `fd`: it, or the answer it
 * makes, closes that. The file is a regular one inside the Maildir, and holds what is stored: the block of headers
 * (syntax/envelope.h) in front of the message, LF line ends. `size_bytes` is how long it was when it was opened; other
 * programs may cut it, so reading can end before. */
typedef gpointer (*InboxFileReader)(const InboxMail *mail, int fd, guint64 size_bytes, gpointer user_data);
typedef void (*InboxRead)(gpointer answer, const GError *error, gpointer user_data);
void inbox_read_file(Inbox *inbox, const char *id, SearchQuery *query, InboxFileReader reader, InboxRead done,
                     gpointer user_data);

/* `tags` (InboxTag *) are sorted by name, and NULL when `error` is set. */
typedef void (*InboxTagsListed)(const GPtrArray *tags, const GError *error, gpointer user_data);
void inbox_tags(Inbox *inbox, InboxTagsListed listed, gpointer user_data);

/* `page` is borrowed, and NULL when `error` is set. */
typedef void (*InboxRecipientsListed)(const InboxRecipientPage *page, const GError *error, gpointer user_data);

/* Whose address has `text` in it, NULL for all; INBOX_RECIPIENTS_MAX at most. */
void inbox_recipients(Inbox *inbox, const char *text, guint64 start, guint64 limit, InboxRecipientsListed listed,
                      gpointer user_data);

/* What was said. */

/* Keeps what was said when a message came (syntax/transcript.h), or was rejected. Both are taken. With very many
 * messages waiting to be taken in they are dropped. */
void inbox_keep_transcript(Inbox *inbox, const char *id, char *transcript);
void inbox_keep_attempt(Inbox *inbox, InboxAttempt *attempt);

/* `id` and `query` (taken) as in inbox_read_file(). `transcript` is NULL when it was not kept, or with `error`:
 * NOT_FOUND, FAILED. */
typedef void (*InboxTranscriptRead)(const char *transcript, const GError *error, gpointer user_data);
void inbox_transcript(Inbox *inbox, const char *id, SearchQuery *query, InboxTranscriptRead done, gpointer user_data);

/* At most `limit` of those with a number below `before`, 0: of all, whose reply begins with `code`, NULL: any. `page`
 * is lent, and NULL with `error`. */
typedef void (*InboxAttemptsListed)(const InboxAttemptPage *page, const GError *error, gpointer user_data);
void inbox_attempts(Inbox *inbox, const char *code, guint64 before, guint limit, InboxAttemptsListed done,
                    gpointer user_data);

/* The place that is now: messages delivered from now on come behind it. */
InboxCursor inbox_now(Inbox *inbox);

/* Changing. */

void inbox_mark(Inbox *inbox, InboxSelection selection, InboxMarks set, InboxMarks clear, InboxChanged changed,
                gpointer user_data);
void inbox_delete(Inbox *inbox, InboxSelection selection, InboxChanged changed, gpointer user_data);

/* Puts tags (char *), which are taken, in place of those the messages have. Characters outside [A-Za-z0-9 ._@-] become
 * spaces. */
void inbox_tag_set(Inbox *inbox, InboxSelection selection, GPtrArray *tags, InboxChanged changed, gpointer user_data);

/* Takes some tags (char *) off those the messages have and adds others; both lists are taken. */
void inbox_tag_change(Inbox *inbox, InboxSelection selection, GPtrArray *added, GPtrArray *taken_off,
                      InboxChanged changed, gpointer user_data);

/* NOT_FOUND, EXISTS; INVALID: the new name has other characters. */
void inbox_tag_rename(Inbox *inbox, const char *old_name, const char *new_name, InboxChanged changed,
                      gpointer user_data);
void inbox_tag_remove(Inbox *inbox, const char *name, InboxChanged changed, gpointer user_data);

/* Removes all attempts. The numbers of later ones go on. */
void inbox_clear_attempts(Inbox *inbox, InboxChanged changed, gpointer user_data);

/* From now on. Deliveries are reported later while more than a tenth of a limit is over it. */
void inbox_set_limits(Inbox *inbox, const InboxLimits *limits);

/* Removes the oldest messages over the limits, but none that is flagged, in a step of some hundred messages. With
 * `error`, some could not be removed. The events come before it. */
void inbox_retention_step(Inbox *inbox, InboxRetentionDone done, gpointer user_data);

/* Events. */

typedef void (*InboxEventFunc)(const InboxEvent *event, gpointer user_data);
typedef struct InboxSubscription InboxSubscription;

/* Calls `func` for each event from now on; it must not unsubscribe. With `after`, the number of an event, those that
 * came after it are told at once, inside this call; if they are not all known any more, as one INBOX_EVENT_MANY. */
InboxSubscription *inbox_subscribe(Inbox *inbox, guint64 after, InboxEventFunc func, gpointer user_data);
void inbox_unsubscribe(InboxSubscription *subscription);

/* The number of the last event, or, for `after` as well, 1 when there was none yet. */
guint64 inbox_last_event(const Inbox *inbox);

/* Waiting. */

typedef struct InboxWait InboxWait;

/* Waits until `count` messages are there that `query` (taken; NULL: all) finds and that came after `after`, or
 * `timeout_ms` is over. No message is missed that is delivered after the place was given, and none is taken that came
 * before. `hold` is taken. `messages` (InboxMail *) are lent, the oldest first; `cursor` is where a next wait goes on.
 * NULL: INBOX_WAITS_MAX wait already. */
typedef void (*InboxWaited)(const GPtrArray *messages, InboxCursor cursor, const GError *error, gpointer user_data);
InboxWait *inbox_wait(Inbox *inbox, SearchQuery *query, InboxCursor after, guint count, guint timeout_ms,
                      InboxHold hold, InboxWaited waited, gpointer user_data);

/* Not after `waited` was called; which it then is not. */
void inbox_wait_cancel(InboxWait *wait);

/* How it is going. */

typedef struct InboxStats {
  guint64 n_messages;
  guint64 n_unread;
  guint64 n_flagged;
  guint64 n_bytes;
  guint64 n_waiting;           /* delivered or changed, and not in the lists yet */
  gboolean is_whole;           /* all messages there are have been taken in */
  gboolean is_in_memory;       /* what lists need cannot be kept on disk */
  InboxIntake intake;          /* whether messages come faster than that */
  const char *storage_trouble; /* why messages cannot be stored; NULL: they can. Lent until the loop goes on */
  const char *trouble;         /* why lists stay behind; NULL: they don't. Lent until the loop goes on */
  Histogram commit;            /* how long messages took from their end until they were stored */
  Histogram indexing;          /* and from then until lists showed them */
} InboxStats;

InboxStats inbox_stats(Inbox *inbox);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inbox, inbox_close)
