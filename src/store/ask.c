/* What is asked of the messages, on a thread of the index that reads. Work is run again where its answer fails by what
 * can be mended: a file that was renamed since it was looked up, a large file that is put off to threads for such. A
 * damaged index is what index_read() runs work again for. */
#include "inbox/error.h"
#include "maildir/mail_file.h"
#include "store/store_private.h"
#include <unistd.h>

enum {
  TRIES_MAX = 3,            /* a message may be renamed again and again between looking it up and opening it */
  LARGE_BYTES = 1024 * 1024 /* reading so many may take a tenth of a second */
};

typedef struct Asking {
  InboxReader reader; /* first */
  Store *store;
  IndexReader *index; /* while work runs */
  InboxLane lane;
  InboxWork work;
  InboxAnswered answered;
  gpointer user_data;
  guint n_tries;
  gboolean is_large; /* on the threads for large files */
  gboolean was_moved;
  gboolean is_put_off;
  gpointer answer;
  GError *error;
} Asking;

/* --- what a reader does */

static IndexReader *index_reader(InboxReader *reader) {
  return ((Asking *)reader)->index;
}

static gboolean list(InboxReader *reader, const InboxListRequest *request, InboxPage *out_page, GError **error) {
  return index_reader_list(index_reader(reader), request, out_page, error);
}

static InboxMail *find(InboxReader *reader, const char *id, const SearchQuery *query, GError **error) {
  g_auto(MailFile) file = {0};

  return index_reader_find(index_reader(reader), id, query, &file, error);
}

/* A large file is put off, unless it has been already: others come first. */
static int open_message(InboxReader *reader, const char *id, const SearchQuery *query, InboxMail **out_mail,
                        guint64 *out_size_bytes, GError **error) {
  Asking *asking = (Asking *)reader;
  g_auto(MailFile) file = {0};
  g_autoptr(InboxMail) mail = index_reader_find(asking->index, id, query, &file, error);

  if (!mail)
    return -1;
  g_autoptr(GError) reason = NULL;
  int fd = mail_file_open(asking->store->parts.maildir, &file, out_size_bytes, &reason);
  asking->was_moved = g_error_matches(reason, INBOX_ERROR, INBOX_ERROR_NOT_FOUND);
  asking->is_put_off = fd >= 0 && *out_size_bytes > LARGE_BYTES && !asking->is_large;
  if (asking->is_put_off) {
    close(fd);
    fd = -1;
    g_set_error(&reason, INBOX_ERROR, INBOX_ERROR_FAILED, "large files are read later");
  }
  if (fd < 0)
    g_propagate_error(error, g_steal_pointer(&reason));
  else if (out_mail)
    *out_mail = g_steal_pointer(&mail);
  return fd;
}

static GPtrArray *tags(InboxReader *reader, GError **error) {
  return index_reader_tags(index_reader(reader), error);
}

static gboolean recipients(InboxReader *reader, const char *text, guint64 start, guint64 limit,
                           InboxRecipientPage *out_page, GError **error) {
  return index_reader_recipients(index_reader(reader), text, start, limit, out_page, error);
}

static gboolean transcript(InboxReader *reader, const char *id, char **out_transcript, GError **error) {
  *out_transcript = NULL;
  return index_reader_transcript(index_reader(reader), id, out_transcript, error) != FOUND_FAILED;
}

static gboolean attempts(InboxReader *reader, const char *code, guint64 before, guint limit, InboxAttemptPage *out_page,
                         GError **error) {
  return index_reader_attempts(index_reader(reader), code, before, limit, out_page, error);
}

static gboolean totals(InboxReader *reader, InboxTotals *out_totals, GError **error) {
  return index_reader_totals(index_reader(reader), out_totals, error);
}

static gboolean history(InboxReader *reader, guint64 after, guint limit, InboxHistoryPage *out_page, GError **error) {
  return index_reader_history(index_reader(reader), after, limit, out_page, error);
}

static const InboxReaderTable reader_table = {
    .list = list,
    .find = find,
    .open = open_message,
    .tags = tags,
    .recipients = recipients,
    .transcript = transcript,
    .attempts = attempts,
    .totals = totals,
    .history = history,
};

/* --- asking */

static void set_stopping(Asking *asking) {
  g_clear_error(&asking->error);
  g_set_error(&asking->error, INBOX_ERROR, INBOX_ERROR_FAILED, "the server is stopping");
}

static void work_cb(IndexReader *reader, const GError *error, gpointer user_data) {
  Asking *asking = user_data;

  if (asking->answer) /* though the index was found to be damaged */
    return;
  asking->was_moved = asking->is_put_off = FALSE;
  g_clear_error(&asking->error);
  if (index_is_stopped(asking->store->index)) { /* those that still wait must not hold up the end */
    set_stopping(asking);
    return;
  }
  if (!reader) {
    asking->error = g_error_copy(error);
    return;
  }
  asking->index = reader;
  asking->answer = asking->work(&asking->reader, asking->user_data, &asking->error);
}

static void run(Asking *asking);

static void done_cb(gpointer data) {
  Asking *asking = data;
  gboolean may_retry = !asking->answer && !index_is_stopped(asking->store->index);

  if (asking->is_put_off && may_retry) {
    asking->is_large = TRUE;
    run(asking);
    return;
  }
  if (asking->was_moved && may_retry && ++asking->n_tries < TRIES_MAX) {
    index_refresh(asking->store->index);
    run(asking);
    return;
  }
  if (asking->is_put_off && !asking->answer)
    set_stopping(asking);
  asking->answered(asking->answer, asking->error, asking->user_data);
  g_clear_error(&asking->error);
  g_free(asking);
}

static void run(Asking *asking) {
  Index *index = asking->store->index;

  handover_note_reader(asking->store->handover);
  if (asking->lane == INBOX_LANE_LISTS)
    index_read(index, work_cb, done_cb, asking);
  else
    index_read_file(index, asking->is_large, work_cb, done_cb, asking);
}

void store_ask(InboxKeeper *keeper, InboxLane lane, InboxWork work, InboxAnswered answered, gpointer user_data) {
  Asking *asking = g_new0(Asking, 1);

  *asking = (Asking){
      .reader.table = &reader_table,
      .store = (Store *)keeper,
      .lane = lane,
      .work = work,
      .answered = answered,
      .user_data = user_data,
  };
  run(asking);
}
