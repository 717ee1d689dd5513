#pragma once
/* What an updater is made of, for its own files: updater.c, updater_write.c, updater_watch.c,
 * updater_deliver.c, updater_idle.c.
 *
 * Thread: the updater's strand, but for what says otherwise.
 * Units and limits: times are monotonic microseconds. */
#include "index/index_scan.h"
#include "index/updater_task.h"
#include "maildir/follow.h"

enum { UPDATER_NEVER = -1 };

/* A file that is gone, as far as was told. */
typedef struct Vanished {
  MailFile file;
  gint64 due_us;
} Vanished;

typedef enum { SCAN_NONE, SCAN_WANTED, SCAN_WANTED_ALL /* also messages of ours in new/ */ } ScanWish;

struct Updater {
  const StoreParts *parts;
  IndexFile *file;
  UpdaterOptions options;
  JobFunc stopped; /* set when it ends */
  gpointer stopped_data;
  Strand *strand;
  pthread_mutex_t lock;
  /* Under the lock: */
  gboolean is_in_use; /* somebody read or wrote, and nothing was given back since */
  gint64 used_us;
  gboolean is_queued;  /* a pass is to come */
  gboolean is_running; /* it is there */
  gboolean is_resting; /* one is set for a time, which only what is urgent does not wait for */
  gboolean is_woken;   /* since the pass began */
  gboolean is_urgent;  /* by what ends a rest */
  gint64 arrived_us;   /* when the last task came */
  IndexTask *first_task;
  IndexTask *last_task;
  /* Atomic: */
  gint backlog_bytes; /* of messages that wait in memory */
  gint n_waiting;     /* tasks */
  gint overflowed;    /* a scan for messages not handed over is among the tasks */
  gint closing;
  gint is_awaited; /* somebody waits for messages, and should not for the index to be opened */
  gint is_closed;  /* nobody used it: opened again with the next change */
  gint may_rest;
  gint is_stirred; /* there is something to follow */
  /* The strand's: */
  IndexTask *taken; /* tasks that are next */
  IndexTask *held;  /* and those after them */
  IndexTask *held_last;
  IndexNotes *notes;    /* NULL: a visitor keeps none */
  guint n_saved;        /* tasks that are in the notes, too */
  gboolean reads_notes; /* they are to be read when all is compared */
  gint64 rest_until_us;
  gint64 turn_us; /* when the one under way began */
  IndexSync work;
  Follow *follow;
  gint64 follow_due_us;
  gint64 followed_us;
  GQueue vanished; /* Vanished * */
  IndexGone *gone;
  IndexScan *scan;
  ScanWish scan_wish;
  GQueue parked; /* IndexTask *, for when all is compared */
  gint64 scan_due_us;
  gint64 retry_due_us;   /* UPDATER_NEVER: it can be written */
  gint64 retry_after_us; /* how long it was waited the last time */
  char *trouble;
  InboxTotals totals; /* last reported, as is the next */
  guint64 last_number;
  gint64 begun_us;      /* the transaction under way */
  gint64 commit_due_us; /* UPDATER_NEVER: nothing is to be committed or reported */
  gint64 committed_us;
  gint64 tend_due_us;   /* UPDATER_NEVER: all is tended */
  gint64 aside_due_us;  /* UPDATER_NEVER: nobody may come who wants the index */
  guint n_changes;      /* in it */
  int trimmed_changes;  /* sqlite3_total_changes() when memory was last given back */
  gboolean has_scanned; /* since then */
  gint64 read_us;       /* when somebody last waited for it */
  guint n_not_told;     /* messages taken in since the loop last heard of them */
  guint64 done_ticket;
  guint64 reported_ticket;
  gboolean is_behind; /* what was given is not in; who reads waits for the scan that brings it */
  gboolean is_whole;
  gint64 closing_us; /* when what waits is no longer done; 0: not closing */
  gboolean ended;
};

/* Any thread. Has the strand look what there is to do. */
void updater_wake(Updater *updater);

/* What is in the file of transcripts is to be taken in, once all is compared. */
void updater_look_for_notes(Updater *updater);

/* Takes in the transcripts that an earlier process left, or that came before their messages, once all is compared. */
void updater_read_notes(Updater *updater);

/* Of two times, either of which may be UPDATER_NEVER. */
gint64 updater_earlier(gint64 a_us, gint64 b_us);

/* A task without data of its own; to be freed by `run`. */
IndexTask *updater_plain_task(void (*run)(Updater *updater, IndexTask *task));

/* updater_write.c: opens the index, or makes it again; updater->trouble says why that failed. */
void updater_reopen(Updater *updater);

/* Other directories took the place of those of the Maildir. */
void updater_move(Updater *updater);

/* Tries whether there is room again. */
void updater_retry(Updater *updater);

/* Does what can be done while nothing else is to do; soon: when no message comes meanwhile. */
void updater_tend(Updater *updater);
void updater_tend_soon(Updater *updater);

/* A visitor leaves the index to a server that comes, and has a copy in memory from then on. */
void updater_step_aside(Updater *updater);

/* TRUE: the Maildir is a visitor's, see maildir_visit(). */
gboolean updater_is_visiting(const Updater *updater);

/* TRUE: it can be written to, and is opened for that where it is closed. */
gboolean updater_has_index(const Updater *updater);

GPtrArray *updater_new_events(void);

/* Tells the loop how things stand. */
void updater_report(Updater *updater);

/* Tells the loop that a message was taken in, though not committed yet; not of each. */
void updater_tell_progress(Updater *updater);

/* Alone, a message is shown at once; many are written together. */
void updater_commit_soon(Updater *updater);

void updater_want_scan(Updater *updater, ScanWish wish);

/* Other messages may be in the index than before: all are compared, those found are news since the last commit. */
void updater_start_over(Updater *updater);

/* updater_idle.c: when nobody will have used the index for UPDATER_IDLE_US; UPDATER_NEVER. Gives back what it takes. */
gint64 updater_idle_due_us(Updater *updater);
void updater_idle_due(Updater *updater, gint64 now_us);

/* Opens again what was closed for that. */
void updater_open_again(Updater *updater);

/* updater_watch.c */
void updater_watch_open(Updater *updater);
void updater_watch_close(Updater *updater);

/* The same directories are others now: watches those, and takes in what was told of the ones before. */
void updater_watch_renew(Updater *updater);

/* When there is something to do; UPDATER_NEVER. */
gint64 updater_watch_due_us(const Updater *updater);

/* Asks the system what others did before that is too much for it to keep: many tasks may follow each other. */
void updater_watch_in_between(Updater *updater);

/* Takes in what others did by now, and goes on with a scan. */
void updater_watch_follow_due(Updater *updater, gint64 now_us);
void updater_watch_scan_due(Updater *updater, gint64 now_us);
