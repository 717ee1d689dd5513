#include "inbox/inbox_private.h"

#include "inbox/error.h"
#include <unistd.h>

enum {
  TRIES_MAX = 3,            /* a message may be renamed again and again between looking it up and opening it */
  LARGE_BYTES = 1024 * 1024 /* reading so many may take a tenth of a second */
};

typedef struct Reading {
  Index *index;
  const Maildir *maildir;
  char *id; /* NULL: the one that came last */
  SearchQuery *query;
  guint n_tries;
  gboolean was_moved;
  gboolean is_large; /* to be read on the threads for large files */
  gboolean is_put_off;
  gpointer answer;
  GError *error;
  InboxFileReader reader;
  InboxRead done;
  gpointer user_data;
} Reading;

static void set_stopping(Reading *reading) {
  g_set_error(&reading->error, INBOX_ERROR, INBOX_ERROR_FAILED, "the server is stopping");
}

/* A large file is put off, unless it has been already: others come first. */
static void read_file(Reading *reading, const InboxMail *mail, const MailFile *file) {
  guint64 size_bytes;
  int fd = mail_file_open(reading->maildir, file, &size_bytes, &reading->error);
  reading->is_put_off = fd >= 0 && size_bytes > LARGE_BYTES && !reading->is_large;
  if (reading->is_put_off)
    close(fd);
  else if (fd >= 0)
    reading->answer = reading->reader(mail, fd, size_bytes, reading->user_data);
}

static void read_work(IndexReader *reader, const GError *error, gpointer user_data) {
  Reading *reading = user_data;
  reading->was_moved = reading->is_put_off = FALSE;
  g_clear_error(&reading->error);
  if (index_is_stopped(reading->index)) { /* those that still wait must not hold up the end */
    set_stopping(reading);
    return;
  }
  if (!reader) {
    reading->error = g_error_copy(error);
    return;
  }
  g_auto(MailFile) file = {0};
  g_autoptr(InboxMail) mail = index_reader_find(reader, reading->id, reading->query, &file, &reading->error);
  if (mail)
    read_file(reading, mail, &file);
  reading->was_moved = mail && g_error_matches(reading->error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND);
}

static void read_done_cb(gpointer data) {
  Reading *reading = data;
  if (reading->is_put_off && !index_is_stopped(reading->index)) {
    reading->is_large = TRUE;
    index_read_file(reading->index, TRUE, read_work, read_done_cb, reading);
    return;
  }
  if (reading->was_moved && ++reading->n_tries < TRIES_MAX && !index_is_stopped(reading->index)) {
    index_refresh(reading->index);
    index_read_file(reading->index, reading->is_large, read_work, read_done_cb, reading);
    return;
  }
  if (reading->is_put_off)
    set_stopping(reading);
  const GError *error = reading->error;
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
  index_read_file(reading->index, FALSE, read_work, read_done_cb, reading);
}
