#include "api/mail_stream.h"
#include "api/api_messages.h"
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
  GPtrArray *messages; /* InboxMail *, of the list in hand */
  guint n_taken;       /* of them */
  StoredMail *stored;  /* the message that is being sent; NULL: none */
  GBytes *piece;       /* of it, to be sent next */
  gboolean is_out_of_room;
  gboolean is_last; /* no list follows */
  guint64 n_sent;
  gboolean is_busy; /* the inbox has a question */
  gboolean is_full; /* the client reads first */
} MailStream;

static void stream_free(MailStream *messages) {
  messages->api->n_mail_streams--;
  search_query_free(messages->wanted.query);
  http_budget_unref(messages->budget);
  api_holding_unref(messages->holding);
  stored_mail_free(messages->stored);
  g_clear_pointer(&messages->piece, g_bytes_unref);
  g_clear_pointer(&messages->messages, g_ptr_array_unref);
  if (messages->format->free)
    messages->format->free(messages->data);
  g_free(messages);
}

/* Takes the bytes. */
static void send_bytes(MailStream *messages, GBytes *bytes) {
  if (bytes && messages->stream)
    messages->is_full = !http_stream_write(messages->stream, bytes);
  g_clear_pointer(&bytes, g_bytes_unref);
}

/* --- one message: its begin, then piece by piece */

static void go_on(MailStream *messages);

static gpointer begin_mail_cb(InboxReader *reader, gpointer user_data, GError **error) {
  MailStream *messages = user_data;
  const InboxMail *listed = g_ptr_array_index(messages->messages, messages->n_taken - 1);
  g_autoptr(InboxMail) mail = NULL;
  guint64 size_bytes = 0;
  int fd = inbox_reader_open(reader, listed->id, NULL, &mail, &size_bytes, error);

  if (fd < 0)
    return NULL;
  messages->stored = stored_mail_new(fd, size_bytes);
  messages->is_out_of_room =
      !messages->format->begin_mail(mail, messages->stored, messages->budget, messages->data, &messages->piece);
  return messages;
}

static void send_piece(MailStream *messages) {
  send_bytes(messages, g_steal_pointer(&messages->piece));
}

static void mail_begun_cb(gpointer answer, const GError *error, gpointer user_data) {
  MailStream *messages = user_data;
  gboolean is_gone = g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND);

  if (!messages->stream) {
    stream_free(messages);
    return;
  }
  messages->is_busy = FALSE;
  if ((!answer && !is_gone) || messages->is_out_of_room) {
    http_stream_abort(messages->stream);
    return;
  }
  if (answer && messages->n_sent > 0 && messages->format->between)
    send_bytes(messages, messages->format->between(messages->data));
  send_piece(messages);
  messages->n_sent += answer ? 1 : 0;
  if (!messages->format->next)
    g_clear_pointer(&messages->stored, stored_mail_free);
  go_on(messages);
}

static void piece_read_cb(gpointer data) {
  MailStream *messages = data;

  if (!messages->stream) {
    stream_free(messages);
    return;
  }
  messages->is_busy = FALSE;
  if (messages->piece)
    send_piece(messages);
  else
    g_clear_pointer(&messages->stored, stored_mail_free);
  go_on(messages);
}

static void read_piece_cb(gpointer data) {
  MailStream *messages = data;
  guint8 *bytes = g_malloc(HTTP_SOURCE_PIECE);
  gsize len = messages->format->next(messages->stored, bytes, messages->data);

  if (len > 0)
    messages->piece = g_bytes_new_take(bytes, len);
  else
    g_free(bytes);
  loop_queue_post(messages->api->queue, piece_read_cb, messages);
}

/* --- lists of messages */

static void page_free(InboxPage *page) {
  inbox_page_clear(page);
  g_free(page);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InboxPage, page_free)

static void take_list(MailStream *messages, InboxPage *page) {
  messages->n_taken = 0;
  messages->messages = g_steal_pointer(&page->messages);
  guint n_messages = messages->messages->len;
  messages->is_last = !messages->is_whole || n_messages < LIST_PIECE;
  if (n_messages > 0)
    messages->wanted.after = ((const InboxMail *)g_ptr_array_index(messages->messages, n_messages - 1))->cursor;
}

static gpointer list_cb(InboxReader *reader, gpointer user_data, GError **error) {
  const MailStream *messages = user_data;
  g_autoptr(InboxPage) page = g_new0(InboxPage, 1);
  InboxListRequest wanted = messages->wanted;

  wanted.hold = api_hold(messages->holding);
  return inbox_reader_list(reader, &wanted, page, error) ? g_steal_pointer(&page) : NULL;
}

static void listed_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autoptr(InboxPage) page = answer;
  MailStream *messages = user_data;

  messages->is_busy = FALSE;
  if (!messages->stream) {
    stream_free(messages);
  } else if (error) {
    http_stream_abort(messages->stream);
  } else {
    take_list(messages, page);
    go_on(messages);
  }
}

static void list(MailStream *messages, InboxAnswered listed) {
  g_clear_pointer(&messages->messages, g_ptr_array_unref);
  api_holding_unref(messages->holding);
  messages->holding = api_holding_new(messages->budget);
  messages->is_busy = TRUE;
  inbox_ask(messages->api->inbox, INBOX_LANE_LISTS, list_cb, listed, messages);
}

/* --- the whole */

static void go_on(MailStream *messages) {
  if (messages->is_busy || messages->is_full || !messages->stream)
    return;
  if (messages->stored) {
    messages->is_busy = TRUE;
    strand_run(messages->api->printers, read_piece_cb, messages);
  } else if (messages->n_taken < messages->messages->len) {
    messages->n_taken++;
    messages->is_busy = TRUE;
    inbox_ask(messages->api->inbox, INBOX_LANE_MESSAGES, begin_mail_cb, mail_begun_cb, messages);
  } else if (!messages->is_last) {
    list(messages, listed_cb);
  } else {
    send_bytes(messages, messages->format->end(messages->n_sent, messages->data));
    http_stream_end(messages->stream);
  }
}

static void writable_cb(HttpStream *stream, gpointer user_data) {
  MailStream *messages = user_data;

  messages->is_full = FALSE;
  go_on(messages);
}

static void closed_cb(HttpStream *stream, gpointer user_data) {
  MailStream *messages = user_data;

  messages->stream = NULL;
  if (!messages->is_busy)
    stream_free(messages);
}

static const HttpStreamEvents stream_events = {.writable = writable_cb, .closed = closed_cb};

/* NULL: the first list is fine. */
static HttpResponse *check_list(const MailStream *messages, const InboxPage *page, const GError *error) {
  guint64 max_messages = messages->format->max_messages;

  g_autoptr(GError) reason = error ? g_error_copy(error) : NULL;
  HttpResponse *rejection = error ? api_holding_rejection(messages->holding, &reason) : NULL;

  if (error)
    return rejection ? rejection : api_error_response(error);
  if (max_messages > 0 && page->n_matching > max_messages)
    return http_response_error(
        400, "%" G_GUINT64_FORMAT " messages are too many for this format; the limit is %" G_GUINT64_FORMAT,
        page->n_matching, max_messages);
  return NULL;
}

static void begun_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autoptr(InboxPage) page = answer;
  MailStream *messages = user_data;
  HttpResponse *rejection = check_list(messages, page, error);

  messages->is_busy = FALSE;
  if (rejection)
    http_request_answer(messages->request, rejection);
  else
    messages->stream =
        http_stream_open(messages->request, messages->format->begin(page, messages->data), &stream_events, messages);
  if (!messages->stream) {
    stream_free(messages);
    return;
  }
  take_list(messages, page);
  go_on(messages);
}

void mail_stream_start(Api *api, HttpRequest *request, const InboxListRequest *wanted, gboolean is_whole,
                       const MailStreamFormat *format, gpointer data) {
  MailStream *messages = g_new0(MailStream, 1);

  *messages = (MailStream){.api = api,
                           .request = request,
                           .budget = http_budget_ref(http_request_budget(request)),
                           .wanted = *wanted,
                           .is_whole = is_whole,
                           .format = format,
                           .data = data};
  if (is_whole) {
    messages->wanted.oldest_first = TRUE;
    messages->wanted.limit = LIST_PIECE;
    messages->wanted.before = inbox_now(api->inbox) + 1;
  }
  if (api->n_mail_streams++ >= MAIL_STREAMS_MAX) {
    http_request_answer(
        request, http_response_error(503, "%d exports are in progress already; try again later", MAIL_STREAMS_MAX));
    stream_free(messages);
    return;
  }
  list(messages, begun_cb);
}
