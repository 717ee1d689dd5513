#include "api/mail_stream.h"
#include "api/api_mails.h"
#include "http/stream.h"

enum { LIST_PIECE = 50 };

typedef struct MailStream {
  Api *api;
  HttpRequest *request; /* until it is answered */
  InboxListRequest wanted;
  gboolean is_whole;
  const MailStreamFormat *format;
  gpointer data;
  HttpBudget *budget;
  ApiHolding *holding; /* of the list in hand */
  HttpStream *stream;  /* NULL: not begun, or the client has gone */
  GPtrArray *mails;    /* InboxMail *, of the list in hand */
  guint n_taken;       /* of them */
  StoredMail *stored;  /* the mail that is being sent; NULL: none */
  GBytes *piece;       /* of it, to be sent next */
  gboolean is_out_of_room;
  gboolean is_last; /* no list follows */
  guint64 n_sent;
  gboolean is_busy; /* the inbox has a question */
  gboolean is_full; /* the client reads first */
} MailStream;

static void stream_free(MailStream *mails) {
  mails->api->n_mail_streams--;
  search_query_free(mails->wanted.query);
  http_budget_unref(mails->budget);
  api_holding_unref(mails->holding);
  stored_mail_free(mails->stored);
  g_clear_pointer(&mails->piece, g_bytes_unref);
  g_clear_pointer(&mails->mails, g_ptr_array_unref);
  if (mails->format->free)
    mails->format->free(mails->data);
  g_free(mails);
}

/* Takes the octets. */
static void send_octets(MailStream *mails, GBytes *octets) {
  if (octets && mails->stream)
    mails->is_full = !http_stream_write(mails->stream, octets);
  g_clear_pointer(&octets, g_bytes_unref);
}

/* --- one mail: its begin, then piece by piece */

static void go_on(MailStream *mails);

static gpointer begin_mail_cb(const InboxMail *mail, int fd, guint64 size_octets, gpointer user_data) {
  MailStream *mails = user_data;

  mails->stored = stored_mail_new(fd, size_octets);
  mails->is_out_of_room = !mails->format->begin_mail(mail, mails->stored, mails->budget, mails->data, &mails->piece);
  return mails;
}

static void send_piece(MailStream *mails) {
  send_octets(mails, g_steal_pointer(&mails->piece));
}

static void mail_begun_cb(gpointer answer, const GError *error, gpointer user_data) {
  MailStream *mails = user_data;
  gboolean is_gone = g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND);

  if (!mails->stream) {
    stream_free(mails);
    return;
  }
  mails->is_busy = FALSE;
  if ((!answer && !is_gone) || mails->is_out_of_room) {
    http_stream_abort(mails->stream);
    return;
  }
  if (answer && mails->n_sent > 0 && mails->format->between)
    send_octets(mails, mails->format->between(mails->data));
  send_piece(mails);
  mails->n_sent += answer ? 1 : 0;
  if (!mails->format->next)
    g_clear_pointer(&mails->stored, stored_mail_free);
  go_on(mails);
}

static void piece_read_cb(gpointer data) {
  MailStream *mails = data;

  if (!mails->stream) {
    stream_free(mails);
    return;
  }
  mails->is_busy = FALSE;
  if (mails->piece)
    send_piece(mails);
  else
    g_clear_pointer(&mails->stored, stored_mail_free);
  go_on(mails);
}

static void read_piece_cb(gpointer data) {
  MailStream *mails = data;
  guint8 *octets = g_malloc(HTTP_SOURCE_PIECE);
  gsize len = mails->format->next(mails->stored, octets, mails->data);

  if (len > 0)
    mails->piece = g_bytes_new_take(octets, len);
  else
    g_free(octets);
  loop_queue_post(mails->api->queue, piece_read_cb, mails);
}

/* --- lists of mails */

static void take_list(MailStream *mails, const InboxPage *page) {
  mails->n_taken = 0;
  mails->mails = g_ptr_array_new_full(page->mails->len, (GDestroyNotify)index_mail_unref);
  for (guint i = 0; i < page->mails->len; i++)
    g_ptr_array_add(mails->mails, index_mail_ref(g_ptr_array_index(page->mails, i)));
  mails->is_last = !mails->is_whole || page->mails->len < LIST_PIECE;
  if (page->mails->len > 0)
    mails->wanted.after = ((const InboxMail *)g_ptr_array_index(page->mails, page->mails->len - 1))->cursor;
}

static void listed_cb(const InboxPage *page, const GError *error, gpointer user_data) {
  MailStream *mails = user_data;

  mails->is_busy = FALSE;
  if (!mails->stream) {
    stream_free(mails);
  } else if (error) {
    http_stream_abort(mails->stream);
  } else {
    take_list(mails, page);
    go_on(mails);
  }
}

static void list(MailStream *mails, InboxListed listed) {
  InboxListRequest wanted = mails->wanted;

  g_clear_pointer(&mails->mails, g_ptr_array_unref);
  api_holding_unref(mails->holding);
  mails->holding = api_holding_new(mails->budget);
  wanted.hold = api_hold(mails->holding);
  wanted.query = mails->is_whole ? search_query_ref(wanted.query) : g_steal_pointer(&mails->wanted.query);
  mails->is_busy = TRUE;
  inbox_list(mails->api->inbox, &wanted, listed, mails);
}

/* --- the whole */

static void go_on(MailStream *mails) {
  if (mails->is_busy || mails->is_full || !mails->stream)
    return;
  if (mails->stored) {
    mails->is_busy = TRUE;
    job_pool_run(mails->api->printers, read_piece_cb, mails);
  } else if (mails->n_taken < mails->mails->len) {
    const InboxMail *mail = g_ptr_array_index(mails->mails, mails->n_taken++);
    mails->is_busy = TRUE;
    inbox_read_file(mails->api->inbox, mail->id, NULL, begin_mail_cb, mail_begun_cb, mails);
  } else if (!mails->is_last) {
    list(mails, listed_cb);
  } else {
    send_octets(mails, mails->format->end(mails->n_sent, mails->data));
    http_stream_end(mails->stream);
  }
}

static void writable_cb(HttpStream *stream, gpointer user_data) {
  MailStream *mails = user_data;

  mails->is_full = FALSE;
  go_on(mails);
}

static void closed_cb(HttpStream *stream, gpointer user_data) {
  MailStream *mails = user_data;

  mails->stream = NULL;
  if (!mails->is_busy)
    stream_free(mails);
}

static const HttpStreamEvents stream_events = {.writable = writable_cb, .closed = closed_cb};

/* NULL: the first list is fine. */
static HttpResponse *check_list(const MailStream *mails, const InboxPage *page, const GError *error) {
  guint64 max_mails = mails->format->max_mails;

  if (error)
    return api_holding_error(mails->holding, error);
  if (max_mails > 0 && page->n_matching > max_mails)
    return http_response_error(
        400, "%" G_GUINT64_FORMAT " messages are too many for this format; the limit is %" G_GUINT64_FORMAT,
        page->n_matching, max_mails);
  return NULL;
}

static void begun_cb(const InboxPage *page, const GError *error, gpointer user_data) {
  MailStream *mails = user_data;
  HttpResponse *refusal = check_list(mails, page, error);

  mails->is_busy = FALSE;
  if (refusal)
    http_request_answer(mails->request, refusal);
  else
    mails->stream = http_stream_open(mails->request, mails->format->begin(page, mails->data), &stream_events, mails);
  if (!mails->stream) {
    stream_free(mails);
    return;
  }
  take_list(mails, page);
  go_on(mails);
}

void mail_stream_start(Api *api, HttpRequest *request, const InboxListRequest *wanted, gboolean is_whole,
                       const MailStreamFormat *format, gpointer data) {
  MailStream *mails = g_new0(MailStream, 1);

  *mails = (MailStream){.api = api,
                        .request = request,
                        .budget = http_budget_ref(http_request_budget(request)),
                        .wanted = *wanted,
                        .is_whole = is_whole,
                        .format = format,
                        .data = data};
  if (is_whole) {
    mails->wanted.oldest_first = TRUE;
    mails->wanted.limit = LIST_PIECE;
    mails->wanted.before = inbox_now(api->inbox) + 1;
  }
  if (api->n_mail_streams++ >= MAIL_STREAMS_MAX) {
    http_request_answer(
        request, http_response_error(503, "%d exports are in progress already; try again later", MAIL_STREAMS_MAX));
    stream_free(mails);
    return;
  }
  list(mails, begun_cb);
}
