#include "outward/link_check.h"

typedef struct Slot {
  LinkCheck *check;
  CheckedLink *link; /* that is being asked; NULL: none */
  LinkFetch *fetch;
} Slot;

struct LinkCheck {
  LinkFetcher *fetcher;
  GPtrArray *links; /* CheckedLink */
  gboolean follows;
  guint timeout_ms;
  LinksChecked checked;
  gpointer user_data;
  struct event *timer; /* for the whole; also when there is nothing to ask */
  guint n_begun;       /* of the links, in their order */
  guint n_asked;       /* of those that are not skipped */
  Slot slots[LINK_CHECK_AT_A_TIME];
};

/* --- links */

static void checked_link_free(gpointer data) {
  CheckedLink *link = data;

  g_free(link->url);
  g_free(link->text);
  g_free(link);
}

GPtrArray *checked_links_new(void) {
  return g_ptr_array_new_with_free_func(checked_link_free);
}

CheckedLink *checked_links_add(GPtrArray *links, const char *url) {
  CheckedLink *link = g_new0(CheckedLink, 1);

  link->url = g_strdup(url);
  g_ptr_array_add(links, link);
  return link;
}

void checked_link_skip(CheckedLink *link, const char *why) {
  link->is_skipped = TRUE;
  g_free(link->text);
  link->text = g_strconcat("not fetched: ", why, NULL);
}

/* --- asking them */

void link_check_cancel(LinkCheck *check) {
  if (!check)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(check->slots); i++)
    link_fetch_cancel(check->slots[i].fetch);
  event_free(check->timer);
  g_ptr_array_unref(check->links);
  g_free(check);
}

static void finish(LinkCheck *check) {
  check->checked(check->links, check->user_data);
  link_check_cancel(check);
}

static gboolean is_idle(const LinkCheck *check) {
  for (gsize i = 0; i < G_N_ELEMENTS(check->slots); i++)
    if (check->slots[i].fetch)
      return FALSE;
  return TRUE;
}

/* NULL: none is left. */
static CheckedLink *next_link(LinkCheck *check) {
  while (check->n_begun < check->links->len) {
    CheckedLink *link = g_ptr_array_index(check->links, check->n_begun++);
    if (!link->is_skipped && check->n_asked++ < LINK_CHECK_LINKS_MAX)
      return link;
    if (!link->is_skipped)
      checked_link_skip(link, "this message has too many links");
  }
  return NULL;
}

static void fetched_cb(guint status, const char *text, gpointer user_data);

static void fill(LinkCheck *check, Slot *slot) {
  slot->link = next_link(check);
  slot->fetch = slot->link ? link_fetch(check->fetcher, slot->link->url, check->follows, fetched_cb, slot) : NULL;
}

static void fetched_cb(guint status, const char *text, gpointer user_data) {
  Slot *slot = user_data;
  LinkCheck *check = slot->check;

  slot->link->status = status;
  slot->link->text = g_strdup(text);
  fill(check, slot);
  if (is_idle(check))
    finish(check);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  LinkCheck *check = user_data;
  g_autofree char *why =
      g_strdup_printf("the check of all links took longer than %u s", (check->timeout_ms + 999) / 1000);

  for (guint i = 0; i < check->links->len; i++) {
    CheckedLink *link = g_ptr_array_index(check->links, i);
    if (!link->text)
      checked_link_skip(link, why);
  }
  finish(check);
}

LinkCheck *link_check(LinkFetcher *fetcher, GPtrArray *links, gboolean follows, guint timeout_ms, LinksChecked checked,
                      gpointer user_data) {
  LinkCheck *check = g_new0(LinkCheck, 1);

  check->fetcher = fetcher;
  check->links = g_ptr_array_ref(links);
  check->follows = follows;
  check->timeout_ms = timeout_ms;
  check->checked = checked;
  check->user_data = user_data;
  check->timer = evtimer_new(link_fetcher_base(fetcher), timer_cb, check);
  for (gsize i = 0; i < G_N_ELEMENTS(check->slots); i++) {
    check->slots[i].check = check;
    fill(check, &check->slots[i]);
  }
  guint wait_ms = is_idle(check) ? 0 : timeout_ms;
  const struct timeval patience = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
  event_add(check->timer, &patience);
  return check;
}
