#pragma once
/* What an indexer is made of, for its own files: indexer.c, indexer_write.c, indexer_watch.c, indexer_deliver.c.
 *
 * Owns: see store/indexer.h.
 * Thread: the indexer's, but for what says that it is atomic.
 * Errors: see store/indexer.h.
 * Units and limits: times are monotonic microseconds.
 * Source: see store/indexer.h. */
#include "store/follow.h"
#include "store/index_scan.h"
#include "store/indexer_private.h"
#include <pthread.h>

enum { INDEXER_NEVER = -1 };

/* A file that is gone, as far as was told. */
typedef struct Vanished {
  MailFile file;
  gint64 due_us;
} Vanished;

typedef enum { SCAN_NONE, SCAN_WANTED, SCAN_WANTED_ALL /* also mails of ours in new/ */ } ScanWish;

struct Indexer {
  const StoreParts *parts;
  IndexFile *file;
  IndexerOptions options;
  pthread_t thread;
  struct event_base *base;
  LoopQueue *tasks;
  gint backlog_octets; /* atomic: of mails that wait in memory */
  gint n_waiting;      /* atomic: tasks */
  gint overflowed;     /* atomic: a scan for mails not handed over is among the tasks */
  gint closing;        /* atomic */
  /* The thread's: */
  IndexWork work;
  Follow *follow;
  struct event *follow_event; /* NULL: it is asked from time to time */
  struct event *timer;
  gint64 follow_due_us;
  gint64 followed_us;
  GQueue vanished; /* Vanished * */
  IndexScan *scan;
  ScanWish scan_wish;
  GQueue parked; /* IndexTask *, for when all is compared */
  gint64 scan_due_us;
  gint64 retry_due_us;   /* INDEXER_NEVER: it can be written */
  gint64 retry_after_us; /* how long it was waited the last time */
  char *trouble;
  gint64 begun_us;      /* the transaction under way */
  gint64 commit_due_us; /* INDEXER_NEVER: nothing is to be committed or reported */
  gint64 committed_us;
  gint64 tend_due_us;   /* INDEXER_NEVER: all is tended */
  gint64 aside_due_us;  /* INDEXER_NEVER: nobody may come who wants the index */
  guint n_changes;      /* in it */
  int trimmed_changes;  /* sqlite3_total_changes() when memory was last given back */
  gboolean has_scanned; /* since then */
  gint64 read_us;       /* when somebody last waited for it */
  guint n_not_told;     /* mails taken in since the loop last heard of them */
  guint64 done_ticket;
  guint64 reported_ticket;
  gboolean is_behind; /* what was given is not in; who reads waits for the scan that brings it */
  gboolean is_whole;
  gint64 closing_us; /* when what waits is no longer done; 0: not closing */
  gboolean ended;
};

/* Of two times, either of which may be INDEXER_NEVER. */
gint64 indexer_earlier(gint64 a_us, gint64 b_us);

/* A task without data of its own; to be freed by `run`. */
IndexTask *indexer_plain_task(void (*run)(Indexer *indexer, IndexTask *task));

/* indexer_write.c: opens the index, or makes it anew; indexer->trouble says why that failed. */
void indexer_reopen(Indexer *indexer);

/* Other directories took the place of those of the Maildir. */
void indexer_move(Indexer *indexer);

/* Tries whether there is room again. */
void indexer_retry(Indexer *indexer);

/* Does what can be done while nothing else is to do; soon: when no mail comes meanwhile. */
void indexer_tend(Indexer *indexer);
void indexer_tend_soon(Indexer *indexer);

/* A visitor leaves the index to a server that comes, and has a copy in memory from then on. */
void indexer_step_aside(Indexer *indexer);

/* TRUE: the Maildir is a visitor's, see maildir_visit(). */
gboolean indexer_is_visiting(const Indexer *indexer);

GPtrArray *indexer_new_events(void);

/* Tells the loop how things stand. */
void indexer_report(Indexer *indexer);

/* Tells the loop that a mail was taken in, though not committed yet; not of each. */
void indexer_tell_progress(Indexer *indexer);

/* Alone, a mail is shown at once; many are written together. */
void indexer_commit_soon(Indexer *indexer);

void indexer_want_scan(Indexer *indexer, ScanWish wish);

/* indexer_watch.c */
void indexer_watch_open(Indexer *indexer);
void indexer_watch_close(Indexer *indexer);

/* When there is something to do; INDEXER_NEVER. */
gint64 indexer_watch_due_us(const Indexer *indexer);

/* Asks the system what others did before that is too much for it to keep: many tasks may follow each other. */
void indexer_watch_in_between(Indexer *indexer);

/* Takes in what others did by now, and goes on with a scan. */
void indexer_watch_follow_due(Indexer *indexer, gint64 now_us);
void indexer_watch_scan_due(Indexer *indexer, gint64 now_us);
