#pragma once
/* What the parts of one store share, and how they tell what people should know.
 *
 * Owns: nothing; store/store.c owns what the fields point to.
 * Thread: any: set up before any thread starts and not changed after.
 * Source: docs/design.md, "Threads". */
#include "base/job.h"
#include "inbox/report.h"
#include "maildir/follow.h"
#include "maildir/io.h"
#include "maildir/maildir.h"
#include "maildir/uidlist.h"
#include "message/summary.h"

typedef struct StoreParts {
  const StoreIo *io;
  Maildir *maildir;
  UidList *uids;
  LoopQueue *queue;
  Strand *writers;
  Followers *followers;
  gboolean durable;          /* FALSE: no fsync */
  gboolean journal;          /* FALSE: each message is synced by itself */
  const char *const *places; /* of records that messages may bring, ending with NULL; NULL: none */
  SummaryIgnored ignored;
  InboxNoticed noticed; /* NULL: nobody wants to know */
  gpointer noticed_data;
} StoreParts;

/* Has `noticed` called on the loop thread with the text, which is taken; NULL: nothing is to be told. */
void store_parts_notice(const StoreParts *parts, char *text);
