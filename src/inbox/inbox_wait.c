#include "inbox/inbox_private.h"

/* A wait looks at the list from its place on, again each time messages came, until it has enough. What it has seen it
 * need not look at again. While it looks it belongs to the job, which frees it when it was ended meanwhile. */
struct InboxWait {
  Inbox *inbox;
  SearchQuery *query;
  InboxCursor after; /* what was looked at */
  guint count;
  GPtrArray *messages; /* InboxMail *, found */
  InboxHold hold;
  struct event *timer;
  gboolean is_looking;
  gboolean looks_again; /* messages came meanwhile */
  gboolean is_over;     /* the time; the look under way is the last, so that each wait tells what is there */
  gboolean is_ended;
  InboxWaited waited;
  gpointer user_data;
};

static void hold_clear(const InboxHold *hold) {
  if (hold->free)
    hold->free(hold->data);
}

static void wait_free(InboxWait *wait) {
  hold_clear(&wait->hold);
  search_query_free(wait->query);
  g_ptr_array_unref(wait->messages);
  g_free(wait);
}

/* Takes it out of everything but a job that may be under way. */
static void end(InboxWait *wait) {
  wait->is_ended = TRUE;
  event_free(wait->timer);
  g_ptr_array_remove_fast(wait->inbox->waits, wait);
  index_set_awaited(store_index(wait->inbox->store), wait->inbox->waits->len > 0);
  if (!wait->is_looking)
    wait_free(wait);
}

static void answer(InboxWait *wait, const GError *error) {
  wait->waited(wait->messages, wait->after, error, wait->user_data);
  end(wait);
}

static void look(InboxWait *wait);

static void listed_cb(const InboxPage *page, const GError *error, gpointer user_data) {
  InboxWait *wait = user_data;
  wait->is_looking = FALSE;
  if (wait->is_ended) {
    wait_free(wait);
    return;
  }
  for (guint i = 0; page && i < page->messages->len; i++)
    g_ptr_array_add(wait->messages, inbox_mail_ref(g_ptr_array_index(page->messages, i)));
  gboolean is_full = wait->messages->len >= wait->count;
  if (page) /* with enough, what follows is for the next wait */
    wait->after = is_full ? ((InboxMail *)g_ptr_array_index(wait->messages, wait->messages->len - 1))->cursor
                          : MAX(wait->after, page->cursor);
  if (is_full || error || wait->is_over)
    answer(wait, error);
  else if (wait->looks_again)
    look(wait);
}

static void look(InboxWait *wait) {
  const InboxListRequest request = {
      .query = search_query_ref(wait->query),
      .limit = wait->count - wait->messages->len,
      .after = wait->after,
      .hold = wait->hold,
      .oldest_first = TRUE,
  };
  wait->is_looking = TRUE;
  wait->looks_again = FALSE;
  inbox_list(wait->inbox, &request, listed_cb, wait);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  InboxWait *wait = user_data;

  if (wait->is_looking)
    wait->is_over = TRUE;
  else
    answer(wait, NULL);
}

InboxWait *inbox_wait(Inbox *inbox, SearchQuery *query, InboxCursor after, guint count, guint timeout_ms,
                      InboxHold hold, InboxWaited waited, gpointer user_data) {
  if (inbox->waits->len >= INBOX_WAITS_MAX) {
    search_query_free(query);
    hold_clear(&hold);
    return NULL;
  }
  InboxWait *wait = g_new0(InboxWait, 1);
  wait->inbox = inbox;
  wait->query = query;
  wait->after = after;
  wait->count = CLAMP(count, 1, INBOX_PAGE_MAX);
  wait->messages = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_mail_unref);
  wait->hold = hold;
  wait->waited = waited;
  wait->user_data = user_data;
  wait->timer = evtimer_new(store_loop(inbox->store), timer_cb, wait);
  const struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
  event_add(wait->timer, &timeout);
  g_ptr_array_add(inbox->waits, wait);
  index_set_awaited(store_index(inbox->store), TRUE);
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

void inbox_waits_clear(Inbox *inbox) {
  while (inbox->waits->len > 0)
    answer(g_ptr_array_index(inbox->waits, 0), NULL);
}
