#pragma once
/* The messages of an inbox without a disk, and all that is known of them.
 *
 * Owns: all of it.
 * Thread: one at a time.
 * Errors: INBOX_ERROR.
 * Units and limits: MemoryLimits, for stored bytes and what is kept for lists and searches together; the last
 *         INBOX_ATTEMPTS_MAX attempts. Lists and searches look at each message.
 * Source: docs/design.md, "Keepers". */
#include "inbox/attempt.h"
#include "inbox/change.h"
#include "inbox/page.h"
#include "inbox/report.h"
#include "inbox/retention.h"

typedef struct MemoryLimits {
  guint64 max_messages;
  guint64 max_bytes;
} MemoryLimits;

typedef struct MemoryMails MemoryMails;

MemoryMails *memory_mails_new(const MemoryLimits *limits);
void memory_mails_free(MemoryMails *mails);

/* Adds a message as stored, with its block; the ID is made of `cursor`, which must be above all before. Returns what
 * lists show. NULL: NO_SPACE. */
const InboxMail *memory_mails_add(MemoryMails *mails, InboxCursor cursor, GBytes *bytes, SummaryIgnored ignored,
                                  GError **error);

/* What a message is called. The caller frees. */
char *memory_mails_print_id(InboxCursor cursor);

const InboxTotals *memory_mails_totals(const MemoryMails *mails);
guint64 memory_mails_free_bytes(const MemoryMails *mails);

/* Reading. The caller clears pages, and frees or unrefs everything else. */
gboolean memory_mails_list(const MemoryMails *mails, const InboxListRequest *request, InboxPage *out_page,
                           GError **error);

/* `id` NULL: the newest that `query` finds, NULL: of all. */
InboxMail *memory_mails_find(const MemoryMails *mails, const char *id, const SearchQuery *query, GBytes **out_bytes,
                             GError **error);
GPtrArray *memory_mails_tags(const MemoryMails *mails);
void memory_mails_recipients(const MemoryMails *mails, const char *text, guint64 start, guint64 limit,
                             InboxRecipientPage *out_page);
void memory_mails_attempts(const MemoryMails *mails, const char *code, guint64 before, guint limit,
                           InboxAttemptPage *out_page);
char *memory_mails_transcript(const MemoryMails *mails, const char *id);

/* --- changing. What happened is added to `events` (InboxEvent *) */

/* Both take what they keep. A transcript of no message is dropped. */
void memory_mails_keep_transcript(MemoryMails *mails, const char *id, char *transcript);
void memory_mails_keep_attempt(MemoryMails *mails, InboxAttempt *attempt, GPtrArray *events);

gboolean memory_mails_change(MemoryMails *mails, const InboxChange *change, GPtrArray *events, guint64 *out_changed,
                             GError **error);
void memory_mails_trim(MemoryMails *mails, const InboxLimits *limits, GPtrArray *events, InboxRemoved *out_removed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MemoryMails, memory_mails_free)
