#include "api/mail_stream.h"
#include "http/stream.h"

enum { LIST_PIECE = 200 };

typedef struct MailStream {
  Api *api;
  HttpRequest *request; /* until it is answered */
  InboxListRequest wanted;
  gboolean is_whole;
  const MailStreamFormat *format;
  gpointer data;
  HttpBudget *budget;
  HttpStream *stream; /* NULL: not begun, or the client has gone */
  GPtrArray *mails;   /* InboxMail *, of the list in hand */
  guint n_taken;      /* of them */
  gboolean is_last;   /* no list follows */
  guint64 n_sent;
  gboolean is_busy; /* the inbox has a question */
  gboolean is_full; /* the client reads first */
} MailStream;

static void stream_free(MailStream *mails) {
  mails->api->n_mail_streams--;
  search_query_free(mails->wanted.query);
  http_budget_unref(mails->budget);
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

/* --- one mail */

static void go_on(MailStream *mails);

static gpointer print_cb(const InboxMail *mail, GBytes *stored_octets, gpointer user_data) {
  MailStream *mails = user_data;

  return mails->format->print(mail, stored_octets, mails->budget, mails->data);
}

static void printed_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autoptr(GPtrArray) pieces = answer;
  MailStream *mails = user_data;
  gboolean is_gone = g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND);

  mails->is_busy = FALSE;
  if (!mails->stream) {
    stream_free(mails);
    return;
  }
  if (!pieces && !is_gone) {
    http_stream_abort(mails->stream);
    return;
  }
  if (pieces && mails->n_sent > 0 && mails->format->between)
    send_octets(mails, mails->format->between(mails->data));
  for (guint i = 0; pieces && i < pieces->len; i++)
    send_octets(mails, g_bytes_ref(g_ptr_array_index(pieces, i)));
  mails->n_sent += pieces ? 1 : 0;
  go_on(mails);
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
  wanted.query = mails->is_whole ? search_query_ref(wanted.query) : g_steal_pointer(&mails->wanted.query);
  mails->is_busy = TRUE;
  inbox_list(mails->api->inbox, &wanted, listed, mails);
}

/* --- the whole */

static void go_on(MailStream *mails) {
  if (mails->is_busy || mails->is_full || !mails->stream)
    return;
  if (mails->n_taken < mails->mails->len) {
    const InboxMail *mail = g_ptr_array_index(mails->mails, mails->n_taken++);
    mails->is_busy = TRUE;
    inbox_read(mails->api->inbox, mail->id, NULL, print_cb, printed_cb, mails);
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
    return api_error_response(error);
  if (max_mails > 0 && page->n_matching > max_mails)
    return http_response_error(
        400, "%" G_GUINT64_FORMAT " mails are too many for this format, which takes %" G_GUINT64_FORMAT,
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
    http_request_answer(request, http_response_error(503, "%d such answers are under way already", MAIL_STREAMS_MAX));
    stream_free(mails);
    return;
  }
  list(mails, begun_cb);
}
