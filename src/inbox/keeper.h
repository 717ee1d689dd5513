#pragma once
/* Whoever keeps the messages of an inbox: a table of functions, which store/ fills for a Maildir with an index.
 *
 * Owns: nothing; a keeper embeds an InboxKeeper as the first member of its own, and an InboxDraft as that of its
 * drafts. It is opened by a function of its own, belongs to the inbox from inbox_new() on, and ends with close().
 * Thread: the loop thread calls and is called; InboxWork runs on a thread of the keeper's. Callbacks come on the loop
 *         thread, each exactly once, never before the call that takes them has returned, and before `closed`.
 * Errors: INBOX_ERROR, but not DAMAGED.
 * Units and limits: as in inbox/inbox.h. */
#include "base/job.h"
#include "inbox/change.h"
#include "inbox/reader.h"
#include "inbox/report.h"
#include "inbox/retention.h"
#include "syntax/envelope.h"

/* Which thread work runs on, so that what is quick need not wait for what may take long. */
typedef enum {
  INBOX_LANE_LISTS,   /* what is asked of lists alone */
  INBOX_LANE_MESSAGES /* what opens messages */
} InboxLane;

/* Makes the whole answer, on a reader's thread. It returns NULL with *error set, always where a function of the reader
 * failed; it may then be run again. */
typedef gpointer (*InboxWork)(InboxReader *reader, gpointer user_data, GError **error);

/* Takes the answer; NULL with `error`, which is borrowed. */
typedef void (*InboxAnswered)(gpointer answer, const GError *error, gpointer user_data);

/* `id` is that of the stored message, or NULL with `error` set; both are borrowed. */
typedef void (*InboxDelivered)(const char *id, const GError *error, gpointer user_data);

/* Takes a record of others; both are borrowed. */
typedef void (*InboxRecordFound)(const char *name, GBytes *bytes, gpointer user_data);

typedef void (*InboxCounted)(guint64 n_messages, gpointer user_data);
typedef void (*InboxSpaceMeasured)(guint64 free_bytes, gpointer user_data);

typedef enum { INBOX_NOTHING_AWAITED, INBOX_EVENTS_AWAITED, INBOX_MESSAGES_AWAITED } InboxAwaited;

typedef struct InboxKeeperTable InboxKeeperTable;
typedef struct Inbox Inbox;

/* What the keeper tells its inbox. NULL: not wanted. */
typedef struct InboxKeeperCallbacks {
  InboxReported reported;
  InboxStorageChanged storage_changed;
  InboxNoticed noticed;
  InboxSlowed slowed;
  gpointer user_data; /* of all */
} InboxKeeperCallbacks;

typedef struct InboxKeeper {
  const InboxKeeperTable *table;
  InboxKeeperCallbacks callbacks; /* set by inbox_new(), cleared when the inbox closes */
} InboxKeeper;

/* A message under way. */
typedef struct InboxDraft {
  InboxKeeper *keeper;
  Inbox *inbox; /* set by the inbox */
} InboxDraft;

/* What the keeper knows of its pace. */
typedef struct InboxPace {
  guint64 n_waiting; /* delivered or changed, and not in the lists yet */
  InboxIntake intake;
} InboxPace;

struct InboxKeeperTable {
  /* Starts a message; never fails. The envelope is borrowed until the draft is committed or discarded. `resume` is
   * called when appending may continue after append() returned FALSE. */
  InboxDraft *(*begin)(InboxKeeper *keeper, const Envelope *envelope, JobFunc resume, gpointer resume_data);
  gboolean (*append)(InboxDraft *draft, const guint8 *bytes, gsize n_bytes);
  /* Both free the draft. */
  void (*commit)(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data);
  void (*discard)(InboxDraft *draft);

  /* Records of others: become durable with the message or not at all. add_record() fails for names and sizes that
   * are not allowed. The other two are called on any thread that may block. NULL, all three: such a keeper has none. */
  gboolean (*add_record)(InboxDraft *draft, const char *place, const char *name, GBytes *bytes, GError **error);
  gboolean (*read_records)(InboxKeeper *keeper, const char *place, InboxRecordFound found, gpointer user_data,
                           GError **error);
  gboolean (*delete_record)(InboxKeeper *keeper, const char *place, const char *name, GError **error);

  /* `work` sees what was delivered, and changed, before it was asked; unless that takes too long. */
  void (*ask)(InboxKeeper *keeper, InboxLane lane, InboxWork work, InboxAnswered answered, gpointer user_data);

  /* Takes the change. */
  void (*change)(InboxKeeper *keeper, InboxChange *change, InboxChanged changed, gpointer user_data);
  void (*set_limits)(InboxKeeper *keeper, const InboxLimits *limits);
  void (*retention_step)(InboxKeeper *keeper, InboxRetentionDone done, gpointer user_data);

  /* Both take what they are given, and may drop it when very much waits. */
  void (*keep_transcript)(InboxKeeper *keeper, const char *id, char *transcript);
  void (*keep_attempt)(InboxKeeper *keeper, InboxAttempt *attempt);

  /* What somebody waits for. Messages are then to be listed at once, and events told without a rest. */
  void (*set_awaited)(InboxKeeper *keeper, InboxAwaited awaited);
  InboxCursor (*now)(InboxKeeper *keeper);
  void (*count)(InboxKeeper *keeper, InboxCounted counted, gpointer user_data);
  void (*measure_space)(InboxKeeper *keeper, InboxSpaceMeasured measured, gpointer user_data);
  InboxPace (*pace)(InboxKeeper *keeper);
  /* Where the messages are, for people. Borrowed. */
  const char *(*location)(const InboxKeeper *keeper);

  /* Says that close() comes soon: whoever opens the same location in the meantime waits for it. */
  void (*leave)(InboxKeeper *keeper);

  /* Stores what was committed, makes it lasting, ends and frees the keeper. Never blocks the loop. Drafts must be gone
   * or committed. `closed` is the last callback. */
  void (*close)(InboxKeeper *keeper, JobFunc closed, gpointer user_data);
};
