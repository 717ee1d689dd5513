#pragma once
/* The file of a stored message, read from its begin to its end as the message was received: without the block of
 * headers in front, with its own line ends.
 *
 * Owns: the file's descriptor.
 * Thread: any, one at a time.
 * Errors: a file that cannot be read, or that others cut, ends there.
 * Units and limits: no more than a piece of the file is in memory, unless all of it is asked for; a block of up to
 *         STORED_MAIL_BLOCK_MAX bytes is known as one. Files of more than STORED_MAIL_COUNTED_MAX, which may be
 * sparse, are not gone through to learn their length.
 * Source: docs/storage.md, "The received bytes again". */
#include "http/budget.h"
#include "http/source.h"
#include "inbox/inbox.h"
#include "syntax/envelope.h"

enum { STORED_MAIL_BLOCK_MAX = 4 * 1024 * 1024, STORED_MAIL_COUNTED_MAX = 1024 * 1024 * 1024 };

typedef struct StoredMail StoredMail;

/* Takes the descriptor of a file that has so many bytes. */
StoredMail *stored_mail_new(int fd, guint64 size_bytes);
void stored_mail_free(StoredMail *mail);

/* An empty one when there is no block. Lent. */
const Envelope *stored_mail_envelope(const StoredMail *mail);

/* Of the file. */
guint64 stored_mail_size(const StoredMail *mail);

/* How many bytes were received: reads the whole file. */
guint64 stored_mail_length(StoredMail *mail);

/* From its begin. Writes the next bytes, HTTP_SOURCE_PIECE at most, and says how many; 0: that was all. */
gsize stored_mail_next(StoredMail *mail, guint8 *bytes);

/* The same of what is stored, whose line ends are LF; `n_max` bytes at most. */
gsize stored_mail_next_stored(StoredMail *mail, guint8 *bytes, gsize n_max);

/* Begins again, after the block or, for what is stored, with it. */
void stored_mail_rewind(StoredMail *mail, gboolean with_block);

/* All that were received, counted in the budget. The caller unrefs. NULL: there is no room, or the file has more than
 * INBOX_WHOLE_BYTES_MAX. */
GBytes *stored_mail_read(StoredMail *mail, HttpBudget *budget);

/* All that were received, as the body of an answer. Takes the message. */
HttpSource stored_mail_source(StoredMail *mail);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoredMail, stored_mail_free)
