#include "inbox/inbox_private.h"

/* A wait looks at the list from its cursor on, again each time messages came, until it has enough. What it has seen it
 * need not look at again. While it looks it belongs to the job, which frees it when it was ended in the meantime; what
 * the job reads and writes is not touched by the loop until then. */
struct InboxWait {
  Inbox *inbox;
  InboxWaitRequest request; /* `after`: what was looked at */
  GPtrArray *messages;      /* InboxMail *, found */
  struct event *timer;
  gboolean is_looking;
  gboolean is_last;     /* the look under way makes an answer of what there is */
  gboolean looks_again; /* messages came in the meantime */
  gboolean is_over;     /* the time */
  gboolean is_ended;
  InboxWaited waited;
  gpointer user_data;
};

static void request_clear(const InboxWaitRequest *request) {
  if (request->hold.free)
    request->hold.free(request->hold.data);
  if (request->make_data_free)
    request->make_data_free(request->make_data);
  search_query_free(request->query);
}

static void wait_free(InboxWait *wait) {
  request_clear(&wait->request);
  g_ptr_array_unref(wait->messages);
  g_free(wait);
}

void inbox_tell_awaited(Inbox *inbox) {
  InboxAwaited awaited = inbox->waits->len > 0           ? INBOX_MESSAGES_AWAITED
                         : inbox->events.n_followers > 0 ? INBOX_EVENTS_AWAITED
                                                         : INBOX_NOTHING_AWAITED;

  inbox->keeper->table->set_awaited(inbox->keeper, awaited);
}

/* Takes it out of everything but a job that may be under way. */
static void end(InboxWait *wait) {
  Inbox *inbox = wait->inbox;

  wait->is_ended = TRUE;
  event_free(wait->timer);
  g_ptr_array_remove_fast(inbox->waits, wait);
  inbox_tell_awaited(inbox);
  if (!wait->is_looking)
    wait_free(wait);
}

static void answer(InboxWait *wait, gpointer made, const GError *error) {
  wait->waited(made, error, wait->user_data);
  end(wait);
}

static void look(InboxWait *wait);

/* The answer, where there is one: else the wait itself, which waits on. */
static gpointer look_cb(InboxReader *reader, gpointer user_data, GError **error) {
  InboxWait *wait = user_data;
  InboxWaitRequest *request = &wait->request;
  const InboxListRequest wanted = {
      .query = request->query,
      .limit = request->count - wait->messages->len,
      .after = request->after,
      .hold = request->hold,
      .oldest_first = TRUE,
  };
  g_auto(InboxPage) page = {0};

  if (!inbox_reader_list(reader, &wanted, &page, error))
    return NULL;
  for (guint i = 0; i < page.messages->len; i++)
    g_ptr_array_add(wait->messages, inbox_mail_ref(g_ptr_array_index(page.messages, i)));
  gboolean is_full = wait->messages->len >= request->count;
  /* With enough, what follows is for the next wait. */
  request->after = is_full ? ((const InboxMail *)g_ptr_array_index(wait->messages, wait->messages->len - 1))->cursor
                           : MAX(request->after, page.cursor);
  return is_full || wait->is_last ? request->make(wait->messages, request->after, request->make_data) : wait;
}

static void looked_cb(gpointer made, const GError *error, gpointer user_data) {
  InboxWait *wait = user_data;
  gboolean is_made = made && made != wait;

  wait->is_looking = FALSE;
  if (wait->is_ended) {
    if (is_made)
      wait->request.answer_free(made);
    wait_free(wait);
  } else if (is_made || error) {
    answer(wait, made, error);
  } else if (wait->looks_again || wait->is_over) {
    look(wait);
  }
}

static void look(InboxWait *wait) {
  wait->is_looking = TRUE;
  wait->is_last = wait->is_over;
  wait->looks_again = FALSE;
  inbox_ask(wait->inbox, INBOX_LANE_LISTS, look_cb, looked_cb, wait);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  InboxWait *wait = user_data;

  wait->is_over = TRUE;
  if (!wait->is_looking)
    look(wait);
}

InboxWait *inbox_wait(Inbox *inbox, const InboxWaitRequest *request, InboxWaited waited, gpointer user_data) {
  if (inbox->waits->len >= INBOX_WAITS_MAX) {
    request_clear(request);
    return NULL;
  }
  InboxWait *wait = g_new0(InboxWait, 1);
  wait->inbox = inbox;
  wait->request = *request;
  wait->request.count = CLAMP(request->count, 1, INBOX_PAGE_MAX);
  wait->messages = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_mail_unref);
  wait->waited = waited;
  wait->user_data = user_data;
  wait->timer = evtimer_new(loop_queue_base(inbox->queue), timer_cb, wait);
  const struct timeval timeout = {.tv_sec = request->timeout_ms / 1000, .tv_usec = request->timeout_ms % 1000 * 1000};
  event_add(wait->timer, &timeout);
  g_ptr_array_add(inbox->waits, wait);
  inbox_tell_awaited(inbox);
  look(wait);
  return wait;
}

void inbox_wait_cancel(InboxWait *wait) {
  if (wait)
    end(wait);
}

void inbox_waits_look(Inbox *inbox) {
  for (guint i = 0; i < inbox->waits->len; i++) {
    InboxWait *wait = g_ptr_array_index(inbox->waits, i);
    if (wait->is_looking)
      wait->looks_again = TRUE;
    else
      look(wait);
  }
}

void inbox_waits_end(Inbox *inbox) {
  g_autoptr(GError) error = g_error_new_literal(INBOX_ERROR, INBOX_ERROR_FAILED, "the server is stopping");

  while (inbox->waits->len > 0)
    answer(g_ptr_array_index(inbox->waits, 0), NULL, error);
}
