#pragma once
/* What can be asked of the messages on a reader's thread: see inbox_ask().
 *
 * Owns: nothing; a keeper embeds an InboxReader as the first member of its own.
 * Thread: the reader's, and only inside an InboxWork.
 * Errors: INBOX_ERROR; NOT_FOUND for single messages. Work that gets an error from one of these returns NULL with that
 *         error: its keeper may mend what was wrong, and run it again.
 * Units and limits: see inbox/page.h, inbox/attempt.h. */
#include "inbox/attempt.h"
#include "inbox/history.h"
#include "inbox/page.h"
#include "inbox/report.h"

typedef struct InboxReaderTable InboxReaderTable;

typedef struct InboxReader {
  const InboxReaderTable *table;
} InboxReader;

/* What a keeper fills; the functions below say what each does. */
struct InboxReaderTable {
  gboolean (*list)(InboxReader *reader, const InboxListRequest *request, InboxPage *out_page, GError **error);
  InboxMail *(*find)(InboxReader *reader, const char *id, const SearchQuery *query, GError **error);
  int (*open)(InboxReader *reader, const char *id, const SearchQuery *query, InboxMail **out_mail,
              guint64 *out_size_bytes, GError **error);
  GPtrArray *(*tags)(InboxReader *reader, GError **error);
  gboolean (*recipients)(InboxReader *reader, const char *text, guint64 start, guint64 limit,
                         InboxRecipientPage *out_page, GError **error);
  gboolean (*transcript)(InboxReader *reader, const char *id, char **out_transcript, GError **error);
  gboolean (*attempts)(InboxReader *reader, const char *code, guint64 before, guint limit, InboxAttemptPage *out_page,
                       GError **error);
  gboolean (*totals)(InboxReader *reader, InboxTotals *out_totals, GError **error);
  gboolean (*history)(InboxReader *reader, guint64 after, guint limit, InboxHistoryPage *out_page, GError **error);
};

/* The caller clears the page. */
gboolean inbox_reader_list(InboxReader *reader, const InboxListRequest *request, InboxPage *out_page, GError **error);

/* By its ID; NULL: the one that came last of those the query finds, NULL: of all. The caller unrefs. */
InboxMail *inbox_reader_find(InboxReader *reader, const char *id, const SearchQuery *query, GError **error);

/* Finds a message and opens it for reading: -1 with an error, or a descriptor that the caller owns, of a regular file
 * or one in memory that holds what is stored: the block of headers (syntax/envelope.h) in front of the message, LF line
 * ends. `*out_size_bytes` is how long it was when it was opened; other programs may cut it, so reading can end before.
 * `out_mail` may be NULL; else the caller unrefs it. */
int inbox_reader_open(InboxReader *reader, const char *id, const SearchQuery *query, InboxMail **out_mail,
                      guint64 *out_size_bytes, GError **error);

/* InboxTag *, sorted by name. */
GPtrArray *inbox_reader_tags(InboxReader *reader, GError **error);

/* Whose address has `text` in it, NULL for all; INBOX_RECIPIENTS_MAX at most. The caller clears the page. */
gboolean inbox_reader_recipients(InboxReader *reader, const char *text, guint64 start, guint64 limit,
                                 InboxRecipientPage *out_page, GError **error);

/* What was said when the message of this ID came: NULL when that was not kept. The caller frees. */
gboolean inbox_reader_transcript(InboxReader *reader, const char *id, char **out_transcript, GError **error);

/* At most `limit` of those with a number below `before`, 0: of all, whose reply begins with `code`, NULL: any. The
 * caller clears the page. */
gboolean inbox_reader_attempts(InboxReader *reader, const char *code, guint64 before, guint limit,
                               InboxAttemptPage *out_page, GError **error);

gboolean inbox_reader_totals(InboxReader *reader, InboxTotals *out_totals, GError **error);

/* What happened after a number of a change, at most `limit` events. The caller clears the page. */
gboolean inbox_reader_history(InboxReader *reader, guint64 after, guint limit, InboxHistoryPage *out_page,
                              GError **error);
