#pragma once
/* What is asked of the index: lists, single messages, tags.
 *
 * Owns: an IndexReader its connection.
 * Thread: one at a time.
 * Errors: INBOX_ERROR; NOT_FOUND of a single message.
 * Units and limits: a read lasts INDEX_READ_MAX_US at most, and then fails: in a damaged index, pages may name each
 * other in a circle. A page has at most INBOX_PAGE_MAX messages; those of a conversation are counted up to
 *         INDEX_THREAD_COUNTED_MAX.
 * Source: docs/storage.md, "The index". */
#include "base/found.h"
#include "inbox/attempt.h"
#include "inbox/history.h"
#include "inbox/page.h"
#include "inbox/report.h"
#include "index/index_file.h"
#include "index/index_recipient.h"
#include "index/index_transcript.h"
#include "maildir/mail_file.h"
#include "syntax/search_query.h"

enum { INDEX_THREAD_COUNTED_MAX = 1000, INDEX_READ_MAX_US = 30 * 1000 * 1000 };

typedef struct IndexReader IndexReader;

IndexReader *index_reader_open(IndexFile *file, GError **error);
void index_reader_close(IndexReader *reader);

/* FALSE: the database is another one by now. */
gboolean index_reader_is_current(const IndexReader *reader);

/* TRUE: what was read is no good database. */
gboolean index_reader_is_damaged(const IndexReader *reader);

/* What happened after a number, at most `limit` events. The caller clears the page. */
gboolean index_reader_history(IndexReader *reader, guint64 after, guint limit, InboxHistoryPage *out_page,
                              GError **error);

gboolean index_reader_list(IndexReader *reader, const InboxListRequest *request, InboxPage *out_page, GError **error);

/* By its id; NULL: the one that came last of those the query finds, NULL: of all. */
InboxMail *index_reader_find(IndexReader *reader, const char *id, const SearchQuery *query, MailFile *out_file,
                             GError **error);

/* What was said when the message came. FOUND_NOTHING: that was not kept. The caller frees. */
Found index_reader_transcript(IndexReader *reader, const char *id, char **out_said, GError **error);

/* What was rejected: see index_attempts_read(). */
gboolean index_reader_attempts(IndexReader *reader, const char *code, guint64 before, guint limit,
                               InboxAttemptPage *out_page, GError **error);

gboolean index_reader_totals(IndexReader *reader, InboxTotals *out_totals, GError **error);

/* InboxTag *, sorted by name. */
GPtrArray *index_reader_tags(IndexReader *reader, GError **error);

/* Those with the most messages first: see index/index_recipient.h. */
gboolean index_reader_recipients(IndexReader *reader, const char *text, guint64 start, guint64 limit,
                                 InboxRecipientPage *out_page, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexReader, index_reader_close)
