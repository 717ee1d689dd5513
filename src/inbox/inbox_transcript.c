#include "inbox/inbox_private.h"

#include "inbox/error.h"

void inbox_keep_transcript(Inbox *inbox, const char *id, char *transcript) {
  index_keep_transcript(store_index(inbox->store), id, transcript);
}

void inbox_keep_attempt(Inbox *inbox, InboxAttempt *attempt) {
  index_keep_attempt(store_index(inbox->store), attempt);
}

/* One message's */

typedef struct TranscriptReading {
  char *id;
  SearchQuery *query;
  char *said;
  GError *error;
  InboxTranscriptRead done;
  gpointer user_data;
} TranscriptReading;

static void transcript_work(IndexReader *reader, const GError *error, gpointer user_data) {
  TranscriptReading *reading = user_data;
  g_auto(MailFile) file = {0};
  g_autoptr(InboxMail) mail =
      reader ? index_reader_find(reader, reading->id, reading->query, &file, &reading->error) : NULL;
  if (mail)
    reading->said = index_reader_transcript(reader, mail->id, &reading->error);
  else if (!reader)
    reading->error = g_error_copy(error);
}

static void transcript_done_cb(gpointer data) {
  TranscriptReading *reading = data;
  const GError *error = reading->error;
  reading->done(reading->said, error, reading->user_data);
  g_clear_error(&reading->error);
  g_free(reading->said);
  search_query_free(reading->query);
  g_free(reading->id);
  g_free(reading);
}

void inbox_transcript(Inbox *inbox, const char *id, SearchQuery *query, InboxTranscriptRead done, gpointer user_data) {
  TranscriptReading *reading = g_new0(TranscriptReading, 1);
  reading->id = g_strdup(id);
  reading->query = query;
  reading->done = done;
  reading->user_data = user_data;
  index_read(store_index(inbox->store), transcript_work, transcript_done_cb, reading);
}

/* What was rejected */

typedef struct AttemptsReading {
  char *code;
  guint64 before;
  guint limit;
  InboxAttemptPage page;
  GError *error;
  InboxAttemptsListed done;
  gpointer user_data;
} AttemptsReading;

static void attempts_work(IndexReader *reader, const GError *error, gpointer user_data) {
  AttemptsReading *reading = user_data;
  inbox_attempt_page_clear(&reading->page);
  g_clear_error(&reading->error);
  if (reader)
    (void)index_reader_attempts(reader, reading->code, reading->before, reading->limit, &reading->page,
                                &reading->error);
  else
    reading->error = g_error_copy(error);
}

static void attempts_done_cb(gpointer data) {
  AttemptsReading *reading = data;
  const GError *error = reading->error;
  reading->done(error ? NULL : &reading->page, error, reading->user_data);
  inbox_attempt_page_clear(&reading->page);
  g_clear_error(&reading->error);
  g_free(reading->code);
  g_free(reading);
}

void inbox_attempts(Inbox *inbox, const char *code, guint64 before, guint limit, InboxAttemptsListed done,
                    gpointer user_data) {
  AttemptsReading *reading = g_new0(AttemptsReading, 1);
  reading->code = g_strdup(code);
  reading->before = before;
  reading->limit = limit;
  reading->done = done;
  reading->user_data = user_data;
  index_read(store_index(inbox->store), attempts_work, attempts_done_cb, reading);
}
