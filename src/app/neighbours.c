#include "app/neighbours.h"
#include <string.h>

struct Neighbours {
  ServerFacts *facts;
  const char *state_directory;
};

Neighbours *neighbours_new(ServerFacts *facts, const char *state_directory) {
  Neighbours *neighbours = g_new0(Neighbours, 1);

  neighbours->facts = facts;
  neighbours->state_directory = state_directory;
  return neighbours;
}

/* A page leads there, so it has to be what a browser opens: no unix socket. NULL: it is not. */
static char *page_of(const ServerFacts *facts) {
  const char *http = facts->http;

  if (!http || !(g_str_has_prefix(http, "http://") || g_str_has_prefix(http, "https://")))
    return NULL;
  return g_strconcat(http, "/", NULL);
}

static void add(GPtrArray *inboxes, const ServerFacts *facts, gboolean is_current) {
  char *url = page_of(facts);

  if (!url && !is_current)
    return;
  ApiInbox *inbox = g_new0(ApiInbox, 1);
  *inbox = (ApiInbox){.maildir = g_strdup(facts->maildir), .url = url, .is_current = is_current};
  g_ptr_array_add(inboxes, inbox);
}

static gboolean is_same(const ServerFacts *one, const ServerFacts *other) {
  return one->pid == other->pid && strcmp(one->maildir, other->maildir) == 0;
}

static void add_others(GPtrArray *inboxes, const Neighbours *neighbours) {
  g_autoptr(GPtrArray) servers = server_files_read(neighbours->state_directory);

  for (guint i = 0; i < servers->len; i++) {
    const ServerFacts *facts = g_ptr_array_index(servers, i);
    if (!is_same(facts, neighbours->facts))
      add(inboxes, facts, FALSE);
  }
}

GPtrArray *neighbours_list(gboolean with_others, gpointer user_data) {
  const Neighbours *neighbours = user_data;
  GPtrArray *inboxes = g_ptr_array_new_with_free_func((GDestroyNotify)api_inbox_free);

  add(inboxes, neighbours->facts, TRUE); /* which others find only if its file could be written */
  if (with_others)
    add_others(inboxes, neighbours);
  return inboxes;
}

void neighbours_free(Neighbours *neighbours) {
  if (!neighbours)
    return;
  server_facts_free(neighbours->facts);
  g_free(neighbours);
}
