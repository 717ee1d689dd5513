#pragma once
/* What the parts of one store share.
 *
 * Owns: nothing; store/store.c owns what the fields point to.
 * Thread: any: set up before any thread starts and not changed after.
 * Errors: none.
 * Units and limits: none.
 * Source: docs/design.md, "Threads". */
#include "base/job.h"
#include "store/io.h"
#include "store/maildir.h"

typedef struct StoreParts {
  const StoreIo *io;
  Maildir *maildir;
  LoopQueue *queue;
  JobPool *writers;
  gboolean durable; /* FALSE: no fsync */
  gboolean journal; /* FALSE: each mail is synced by itself */
} StoreParts;
