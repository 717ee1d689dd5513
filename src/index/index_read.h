#pragma once
/* What is asked of the index: lists, single messages, tags.
 *
 * Owns: an IndexReader its connection.
 * Thread: one at a time.
 * Errors: STORE_ERROR; NOT_FOUND of a single message.
 * Units and limits: a read lasts INDEX_READ_MAX_US at most, and then fails: in a damaged index, pages may name each
 * other in a circle. A page has at most INDEX_PAGE_MAX messages; those of a conversation are counted up to
 *         INDEX_THREAD_COUNTED_MAX.
 * Source: docs/storage.md, "The index". */
#include "index/index_file.h"
#include "index/index_mail.h"
#include "index/index_recipient.h"
#include "index/index_transcript.h"
#include "maildir/mail_file.h"
#include "syntax/search_query.h"

enum { INDEX_PAGE_MAX = 10000, INDEX_THREAD_COUNTED_MAX = 1000, INDEX_READ_MAX_US = 30 * 1000 * 1000 };

typedef struct IndexReader IndexReader;

typedef struct IndexListRequest {
  const SearchQuery *query; /* lent; NULL: all messages match */
  guint64 start;            /* how many of the matching are left out */
  guint64 limit;
  guint64 after;  /* cursors the messages are between; 0: no bound */
  guint64 before; /* */
  gboolean oldest_first;
  IndexHold hold;          /* STORE_ERROR_NO_ROOM when it rejects */
  gboolean counts_threads; /* each message says how many are in its conversation */
} IndexListRequest;

typedef struct IndexPage {
  guint64 n_total;
  guint64 n_unread;
  guint64 n_matching;
  guint64 n_matching_unread;
  guint64 cursor;      /* all messages that came before are taken into account */
  GPtrArray *messages; /* IndexMail * */
} IndexPage;

typedef struct IndexTagCount {
  char *name;
  guint64 n_messages;
} IndexTagCount;

void index_page_clear(IndexPage *page);
void index_tag_count_free(IndexTagCount *tag);

IndexReader *index_reader_open(IndexFile *file, GError **error);
void index_reader_close(IndexReader *reader);

/* FALSE: the database is another one by now. */
gboolean index_reader_is_current(const IndexReader *reader);

/* TRUE: what was read is no good database. */
gboolean index_reader_is_damaged(const IndexReader *reader);

gboolean index_reader_list(IndexReader *reader, const IndexListRequest *request, IndexPage *out_page, GError **error);

/* By its id; NULL: the one that came last of those the query finds, NULL: of all. */
IndexMail *index_reader_find(IndexReader *reader, const char *id, const SearchQuery *query, MailFile *out_file,
                             GError **error);

/* What was said when the message came. NULL without an error: that was not kept. The caller frees. */
char *index_reader_transcript(IndexReader *reader, const char *id, GError **error);

/* What was rejected: see index_attempts_read(). */
gboolean index_reader_attempts(IndexReader *reader, const char *code, guint64 before, guint limit,
                               IndexAttemptPage *out_page, GError **error);

/* IndexTagCount *, sorted by name. */
GPtrArray *index_reader_tags(IndexReader *reader, GError **error);

/* Those with the most messages first: see index/index_recipient.h. */
gboolean index_reader_recipients(IndexReader *reader, const char *text, guint64 start, guint64 limit,
                                 IndexRecipientPage *out_page, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexReader, index_reader_close)
