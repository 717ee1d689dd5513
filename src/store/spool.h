#pragma once
/* A long message on its way into tmp/ while it arrives.
 *
 * Owns: its file in tmp/ until it is committed; up to three chunks of the message in memory.
 * Thread: the loop thread; the writers do the work, at most one of them at a time for one spool.
 * Errors: a failed write is remembered, what follows is dropped, and the delivery reports it.
 * Units and limits: chunks of SPOOL_CHUNK_BYTES, or as much as one append brings.
 * Source: docs/storage.md, "Long messages". */
#include "maildir/parts.h"
#include "store/committer.h"
#include "store/delivery.h"

enum { SPOOL_CHUNK_BYTES = 64 * 1024 };

typedef struct Spool Spool;

/* `id` names the file in tmp/. `resume` is called on the loop thread when appending may go on. */
Spool *spool_new(const StoreParts *parts, const char *id, JobFunc resume, gpointer resume_data);

/* FALSE asks the caller to append no more until `resume`; the bytes were taken all the same. */
gboolean spool_append(Spool *spool, const guint8 *bytes, gsize n_bytes);

/* Ends the message, frees the spool and takes the delivery, which goes on to the committer. `new_block`, taken as well,
 * stands in the stored file for the first `old_block_len` bytes; NULL: they stay. */
void spool_commit(Spool *spool, Committer *committer, Delivery *delivery, GString *new_block, gsize old_block_len);

/* Removes the file and frees. NULL is fine. */
void spool_discard(Spool *spool);
