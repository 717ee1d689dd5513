#pragma once
/* Keeps the index: messages we deliver, changes asked for, and what other programs do, one after the other. It is the
 * only one that writes to it.
 *
 * Owns: its strand, the database's connection for writing, what watches the directories.
 * Thread: started, fed and stopped by the loop thread, which also gets the reports.
 * Errors: none ends it. Where the index cannot be written (no room), what comes is left out, and the Maildir
 *         compared with the index as soon as it can; a damaged one is made again. Reports say so.
 * Units and limits: UPDATER_BACKLOG_BYTES of messages wait in memory, what is beyond is read from its file;
 *         a transaction is UPDATER_BATCH_US long, with many messages waiting or while all are gone through up to
 *         UPDATER_LONG_BATCH_US, and has at most UPDATER_BATCH_MAX messages. The connection is closed when nobody has
 *         used the index for UPDATER_IDLE_US, and opened again, in some 2 ms, with the next change.
 * Source: docs/design.md, "Threads"; docs/storage.md, "The index". */
#include "index/index_file.h"
#include "index/index_notes.h"
#include "index/index_sync.h"
#include "maildir/parts.h"

enum {
  UPDATER_BACKLOG_BYTES = 4 * 1024 * 1024,
  UPDATER_BATCH_MAX = 2000,
  UPDATER_BATCH_US = 50 * 1000,
  UPDATER_LONG_BATCH_US = 500 * 1000,
  UPDATER_IDLE_US = 5 * 1000 * 1000,
  UPDATER_REST_TURNS = 9,
  UPDATER_REST_MAX_US = 1000 * 1000,
  UPDATER_REST_QUIET_US = 50 * 1000
};

typedef struct Updater Updater;

/* What has become of the tasks, after each transaction; all of them up to `done_ticket` are done. */
typedef void (*UpdaterReported)(const InboxReport *report, guint64 done_ticket, gpointer user_data);

/* All tasks up to this one are done, though not committed yet. */
typedef void (*UpdaterAdvanced)(guint64 ticket, gpointer user_data);

/* Makes these names void in the journal; with `waits` that is lasting when it returns. */
typedef void (*UpdaterForget)(const char *const *names, guint n_names, gboolean waits, gpointer user_data);

/* Runs `work(data)` while nobody stores messages and none can come back out of the journal. FALSE: it did not run. */
typedef gboolean (*UpdaterBetween)(JobFunc work, gpointer data, gpointer user_data);

typedef struct UpdaterOptions {
  UpdaterReported reported; /* on the loop thread, by the queue of `parts` */
  gpointer reported_data;
  UpdaterAdvanced advanced; /* likewise, with `reported_data`; NULL: not wanted */
  UpdaterForget forget;     /* called on the updater's strand, as is the next */
  UpdaterBetween between;
  gpointer forget_data;   /* of both */
  guint64 aside_messages; /* from so many on, all messages are deleted by putting their directories aside */
  JobFunc idle;           /* called on the updater's strand: nobody has used the index for UPDATER_IDLE_US */
  gpointer idle_data;
} UpdaterOptions;

Updater *updater_start(const StoreParts *parts, IndexFile *file, const UpdaterOptions *options);

/* Ends: what waits is done if that is quick, and else found in the Maildir at the next start. `stopped` then runs on a
 * thread of the crew. */
void updater_stop(Updater *updater, JobFunc stopped, gpointer user_data);

/* A task is done on the updater's strand, in the order of the calls. `run` frees it. */
typedef struct IndexTask IndexTask;
struct IndexTask {
  void (*run)(Updater *updater, IndexTask *task);
  void (*save)(const IndexTask *task, IndexNotes *notes); /* what would be lost with the process; NULL: nothing */
  gboolean is_saved;
  IndexTask *next;
  Updater *updater;
  guint64 ticket;
};

/* Takes the task; tickets grow. It ends a rest, and patiently it does not. */
void updater_push(Updater *updater, IndexTask *task, guint64 ticket);
void updater_push_patiently(Updater *updater, IndexTask *task, guint64 ticket);

/* Loop thread. With a rest it uses at most a tenth of a processor while messages come: after each turn it does nothing
 * for UPDATER_REST_TURNS times as long. When no message has come for UPDATER_REST_QUIET_US there is time for all. */
void updater_set_rest(Updater *updater, gboolean may_rest);

/* Any thread: somebody reads. */
void updater_use(Updater *updater);

/* Loop thread. While somebody waits for messages the index stays open. */
void updater_set_awaited(Updater *updater, gboolean is_awaited);

/* A message has been stored as new/`file_name` and is about to be reported. Takes block and body, which may be NULL.
 * Where too much waits, the message will be found in the Maildir. */
void updater_push_delivered(Updater *updater, const char *file_name, GString *block, GByteArray *body, guint64 cursor,
                            guint64 ticket, guint64 n_waiting);

/* Makes visible to readers what was asked for before, and takes in what other programs did. */
void updater_push_flush(Updater *updater, guint64 ticket);

/* Other directories took the place of those of the Maildir: they are compared with the index that is there. */
void updater_push_moved(Updater *updater, guint64 ticket);

/* The database was found to be damaged by who read it when it was of this generation. */
void updater_push_damaged(Updater *updater, guint generation, guint64 ticket);
