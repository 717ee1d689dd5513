#include "inbox/reader.h"

gboolean inbox_reader_list(InboxReader *reader, const InboxListRequest *request, InboxPage *out_page, GError **error) {
  InboxListRequest bounded = *request;

  bounded.limit = MIN(request->limit, INBOX_PAGE_MAX);
  return reader->table->list(reader, &bounded, out_page, error);
}

InboxMail *inbox_reader_find(InboxReader *reader, const char *id, const SearchQuery *query, GError **error) {
  return reader->table->find(reader, id, query, error);
}

int inbox_reader_open(InboxReader *reader, const char *id, const SearchQuery *query, InboxMail **out_mail,
                      guint64 *out_size_bytes, GError **error) {
  return reader->table->open(reader, id, query, out_mail, out_size_bytes, error);
}

GPtrArray *inbox_reader_tags(InboxReader *reader, GError **error) {
  return reader->table->tags(reader, error);
}

gboolean inbox_reader_recipients(InboxReader *reader, const char *text, guint64 start, guint64 limit,
                                 InboxRecipientPage *out_page, GError **error) {
  return reader->table->recipients(reader, text, start, MIN(limit, INBOX_RECIPIENTS_MAX), out_page, error);
}

gboolean inbox_reader_transcript(InboxReader *reader, const char *id, char **out_transcript, GError **error) {
  return reader->table->transcript(reader, id, out_transcript, error);
}

gboolean inbox_reader_attempts(InboxReader *reader, const char *code, guint64 before, guint limit,
                               InboxAttemptPage *out_page, GError **error) {
  return reader->table->attempts(reader, code, before, limit, out_page, error);
}

gboolean inbox_reader_totals(InboxReader *reader, InboxTotals *out_totals, GError **error) {
  return reader->table->totals(reader, out_totals, error);
}

gboolean inbox_reader_history(InboxReader *reader, guint64 after, guint limit, InboxHistoryPage *out_page,
                              GError **error) {
  return reader->table->history(reader, after, limit, out_page, error);
}
