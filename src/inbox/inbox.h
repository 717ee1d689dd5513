#pragma once
/* The only access to the messages. Everything that delivers, reads or changes messages goes through here; how messages
 * are kept is its keeper's.
 *
 * Owns: its keeper; a draft owns the bytes of a message under way.
 * Thread: the loop thread, but for InboxWork and InboxMake. Callbacks come on the loop thread, each exactly once, and
 *         never before the call that takes them has returned.
 * Errors: INBOX_ERROR.
 * Units and limits: a draft keeps at most about 64 KiB in memory; what is longer goes to disk as it arrives, and
 *         inbox_draft_append() then asks the caller to wait when the disk is slower than the client. Lists have at most
 *         INBOX_PAGE_MAX messages; INBOX_EVENTS_KEPT events, fewer when their messages take more
 *         than INBOX_EVENTS_BYTES_MAX of memory, can be asked for again; at most INBOX_WAITS_MAX wait at a
 *         time.
 * Source: docs/design.md, docs/storage.md. */
#include "base/histogram.h"
#include "base/job.h"
#include "inbox/error.h"
#include "inbox/keeper.h"
#include <glib.h>

enum { INBOX_EVENTS_KEPT = 10000, INBOX_EVENTS_BYTES_MAX = 32 * 1024 * 1024, INBOX_WAITS_MAX = 1000 };

/* Lists cannot be kept on disk, or stay behind; NULL: they are well again. Messages are stored all the same. */
typedef void (*InboxTroubled)(const char *trouble, gpointer user_data);

/* One word for programs: "full", "reading" or "limits"; NULL: intake is not slowed by that. */
const char *inbox_slow_reason_name(InboxSlowReason reason);

/* What the inbox tells. NULL: not wanted. */
typedef struct InboxOptions {
  InboxTroubled troubled;
  InboxNoticed noticed;
  InboxStorageChanged storage_changed;
  InboxSlowed slowed;
  gpointer user_data; /* of all */
} InboxOptions;

/* Takes the keeper. `options` NULL: nothing is to be told. `queue` must outlive the inbox. */
Inbox *inbox_new(InboxKeeper *keeper, LoopQueue *queue, const InboxOptions *options);

/* Says that inbox_close() comes soon: whoever opens the same location in the meantime waits for it. */
void inbox_leave(Inbox *inbox);

/* Answers those who wait, and ends and frees the inbox when what was committed is stored and lasting. The loop is not
 * blocked; every other callback comes before `closed`. Until that, nothing may be asked of it any more. Drafts must be
 * gone or committed, and subscriptions ended. */
void inbox_close(Inbox *inbox, JobFunc closed, gpointer user_data);

/* For whoever waits for answers of the inbox: `closed` runs when the last callback has come, before that of
 * inbox_close(). */
void inbox_add_farewell(Inbox *inbox, JobFunc closed, gpointer user_data);

/* Closes it, and runs the loop until it is closed: for the end of a process. NULL is fine. */
void inbox_end(Inbox *inbox);

/* Where the messages are, for people. Borrowed until inbox_close(). */
const char *inbox_place(const Inbox *inbox);

/* Counts the messages in the background, and clears what others left unfinished for 36 hours (maildir(5)). */
void inbox_count(Inbox *inbox, InboxCounted counted, gpointer user_data);

/* Asks in the background how much room there is for messages; G_MAXUINT64 when that is not known. */
void inbox_measure_space(Inbox *inbox, InboxSpaceMeasured measured, gpointer user_data);

/* Starts a message; never fails, what goes wrong is told at commit. The envelope is lent until the draft is committed
 * or discarded. `resume` is called when appending may go on after inbox_draft_append() asked to wait. */
InboxDraft *inbox_draft_new(Inbox *inbox, const Envelope *envelope, JobFunc resume, gpointer resume_data);

/* Appends bytes in the stored form (LF line ends). FALSE asks the caller to append no more until `resume`. */
gboolean inbox_draft_append(InboxDraft *draft, const guint8 *bytes, gsize n_bytes);

/* Ends the message and frees the draft. `bare_lf`: see smtp_data_bare_lf(), NULL for none. `id` is the name of the
 * stored message, or NULL with `error` set; both are lent for the call. */
void inbox_draft_commit(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data);

/* Adds a record of others, which becomes durable with the message or not at all, such as a job that is to leave. Its
 * owner names the place when the keeper is opened. INVALID: the place, the name or the size is not allowed, or the
 * keeper has no records. The bytes are borrowed. */
gboolean inbox_draft_add_record(InboxDraft *draft, const char *place, const char *name, GBytes *bytes, GError **error);

/* For its owner, on any thread that may block: all records of a place, and one that is done with. */
gboolean inbox_read_records(Inbox *inbox, const char *place, InboxRecordFound found, gpointer user_data,
                            GError **error);
gboolean inbox_delete_record(Inbox *inbox, const char *place, const char *name, GError **error);

/* Drops the message; nothing of it stays. `resume` is not called any more. NULL is fine. */
void inbox_draft_discard(InboxDraft *draft);

/* Reading. What is asked for sees all messages delivered, and all changes made, before; unless taking them in lasts
 * longer than 2 seconds. */

/* Runs `work` on a reader's thread, perhaps again where something could be mended; `answered` takes what it made. */
void inbox_ask(Inbox *inbox, InboxLane lane, InboxWork work, InboxAnswered answered, gpointer user_data);

/* Keeps what was said when a message came (syntax/transcript.h), or was rejected. Both are taken. With very many
 * messages waiting to be listed they are dropped. */
void inbox_keep_transcript(Inbox *inbox, const char *id, char *transcript);
void inbox_keep_attempt(Inbox *inbox, InboxAttempt *attempt);

/* The place that is now: messages delivered from now on come behind it. */
InboxCursor inbox_now(Inbox *inbox);

/* --- changing */

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

/* --- events */

typedef void (*InboxEventFunc)(const InboxEvent *event, gpointer user_data);
typedef struct InboxSubscription InboxSubscription;

/* Calls `func` for each event from now on; it must not unsubscribe. With `after`, the number of an event, those that
 * came after it are told at once, inside this call; if they are not remembered, as one INBOX_EVENT_MANY. */
InboxSubscription *inbox_subscribe(Inbox *inbox, guint64 after, InboxEventFunc func, gpointer user_data);
void inbox_unsubscribe(InboxSubscription *subscription);

/* Somebody outside follows the events as they come, or has ended: while one does, the keeper reports events without a
 * rest, also while very many messages come. */
void inbox_follow(Inbox *inbox);
void inbox_unfollow(Inbox *inbox);

/* Whether all events after that number are in memory, and since which number they are. */
gboolean inbox_remembers(const Inbox *inbox, guint64 after);
guint64 inbox_events_known_since(const Inbox *inbox);

/* Reads what happened after a number that is not in memory, at most `limit` events at a time. `page` is borrowed; NULL
 * with an error. */
typedef void (*InboxHistoryRead)(const InboxHistoryPage *page, const GError *error, gpointer user_data);
void inbox_read_history(Inbox *inbox, guint64 after, guint limit, InboxHistoryRead done, gpointer user_data);

/* The number of the last event, or, for `after` as well, 1 when there was none yet. */
guint64 inbox_last_event(const Inbox *inbox);

/* --- waiting */

typedef struct InboxWait InboxWait;

/* Makes an answer of what was found (InboxMail *, the oldest first), on a reader's thread. `cursor` is where a next
 * wait continues. */
typedef gpointer (*InboxMake)(const GPtrArray *messages, InboxCursor cursor, gpointer make_data);

typedef struct InboxWaitRequest {
  SearchQuery *query; /* NULL: every message */
  InboxCursor after;
  guint count;
  guint timeout_ms;
  InboxHold hold;
  InboxMake make;
  gpointer make_data; /* belongs to the wait, which may end after it was cancelled */
  GDestroyNotify make_data_free;
  GDestroyNotify answer_free; /* for an answer that is not wanted any more */
} InboxWaitRequest;

/* Takes the answer; NULL with an error. */
typedef void (*InboxWaited)(gpointer answer, const GError *error, gpointer user_data);

/* Waits until `count` messages are there that `query` finds and that came after `after`, or `timeout_ms` is over. No
 * message is missed that is delivered after the cursor was given, and none is listed that came before. Takes what the
 * request has. NULL: INBOX_WAITS_MAX wait already. */
InboxWait *inbox_wait(Inbox *inbox, const InboxWaitRequest *request, InboxWaited waited, gpointer user_data);

/* Not after `waited` was called; which it then is not. */
void inbox_wait_cancel(InboxWait *wait);

/* --- how it is going */

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
