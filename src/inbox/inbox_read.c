#include "inbox/inbox_private.h"

#include "store/error.h"

enum { TRIES_MAX = 3 /* a mail may be renamed again and again between looking it up and opening it */ };

typedef struct Reading {
  Index *index;
  const Maildir *maildir;
  char *id; /* NULL: the one that came last */
  SearchQuery *query;
  guint n_tries;
  gboolean was_moved;
  gpointer answer;
  GError *error;
  InboxFileReader reader;
  InboxRead done;
  gpointer user_data;
} Reading;

static void read_file(Reading *reading, const IndexMail *mail, const MailFile *file) {
  guint64 size_octets;
  int fd = mail_file_open(reading->maildir, file, &size_octets, &reading->error);
  if (fd >= 0)
    reading->answer = reading->reader(mail, fd, size_octets, reading->user_data);
}

static void read_work(IndexReader *reader, const GError *error, gpointer user_data) {
  Reading *reading = user_data;
  reading->was_moved = FALSE;
  g_clear_error(&reading->error);
  if (!reader) {
    reading->error = g_error_copy(error);
    return;
  }
  g_auto(MailFile) file = {0};
  g_autoptr(IndexMail) mail = index_reader_find(reader, reading->id, reading->query, &file, &reading->error);
  if (mail)
    read_file(reading, mail, &file);
  reading->was_moved = mail && g_error_matches(reading->error, STORE_ERROR, STORE_ERROR_NOT_FOUND);
}

static void read_done_cb(gpointer data) {
  Reading *reading = data;
  if (reading->was_moved && ++reading->n_tries < TRIES_MAX && !index_is_stopped(reading->index)) {
    index_refresh(reading->index);
    index_read_file(reading->index, read_work, read_done_cb, reading);
    return;
  }
  g_autoptr(GError) error = inbox_error_from_store(reading->error);
  reading->done(reading->answer, error, reading->user_data);
  g_clear_error(&reading->error);
  search_query_free(reading->query);
  g_free(reading->id);
  g_free(reading);
}

void inbox_read_file(Inbox *inbox, const char *id, SearchQuery *query, InboxFileReader reader, InboxRead done,
                     gpointer user_data) {
  Reading *reading = g_new0(Reading, 1);
  *reading = (Reading){.index = store_index(inbox->store),
                       .maildir = store_maildir(inbox->store),
                       .id = g_strdup(id),
                       .query = query,
                       .reader = reader,
                       .done = done,
                       .user_data = user_data};
  index_read_file(reading->index, read_work, read_done_cb, reading);
}
