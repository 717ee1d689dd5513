#include "cli/upkeep.h"
#include "cli/progress.h"
#include "inbox/inbox.h"
#include "store/rebuild.h"
#include "store/store.h"

typedef struct Upkeep {
  struct event_base *base;
  LoopQueue *queue;
  Inbox *inbox;
  guint n_under_way;
  GError *error;
} Upkeep;

static gboolean open_inbox(Upkeep *upkeep, const char *place, GError **error) {
  const StoreOptions options = {.directory = place, .visits = TRUE};
  guint n_recovered = 0;

  *upkeep = (Upkeep){.base = event_base_new()};
  upkeep->queue = loop_queue_new(upkeep->base, error);
  InboxKeeper *keeper = upkeep->queue ? store_open(&options, upkeep->queue, &n_recovered, error) : NULL;
  if (keeper)
    upkeep->inbox = inbox_new(keeper, upkeep->queue, NULL);
  return keeper != NULL;
}

static void close_inbox(Upkeep *upkeep) {
  inbox_end(upkeep->inbox);
  g_clear_pointer(&upkeep->queue, loop_queue_free);
  event_base_free(upkeep->base);
  g_clear_error(&upkeep->error);
}

/* Files that may be messages. */
static guint64 count_files(const char *place) {
  static const char *const directories[] = {"new", "cur"};
  guint64 n_files = 0;

  for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
    g_autofree char *path = g_build_filename(place, directories[i], NULL);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    while (directory && g_dir_read_name(directory))
      n_files++;
  }
  return n_files;
}

/* Reports of the updater turn the loop. */
static gboolean take_all_in(Upkeep *upkeep, GError **error) {
  g_autoptr(Progress) progress = progress_new(g_getenv);
  guint64 n_files = count_files(inbox_place(upkeep->inbox));
  InboxStats stats = inbox_stats(upkeep->inbox);

  while (!stats.is_whole && !stats.trouble) {
    event_base_loop(upkeep->base, EVLOOP_ONCE);
    stats = inbox_stats(upkeep->inbox);
    progress_show(progress, MIN(stats.n_messages, n_files), n_files, stats.n_messages);
  }
  return stats.is_whole || cli_fail(error, EXIT_CODE_FAILED, "%s: %s", inbox_place(upkeep->inbox), stats.trouble);
}

gboolean upkeep_compare(const char *place, GError **error) {
  Upkeep upkeep;
  gboolean is_done = open_inbox(&upkeep, place, error) && take_all_in(&upkeep, error);

  close_inbox(&upkeep);
  return is_done;
}

/* --- tags */

static void tagged_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  Upkeep *upkeep = user_data;

  upkeep->n_under_way--;
  if (error && !upkeep->error)
    upkeep->error = g_error_copy(error);
}

static gpointer copy_text(gconstpointer text, gpointer user_data) {
  return g_strdup(text);
}

/* Messages with the same tags together, for there may be many: the names, joined -> ids, and the names of each. */
static GHashTable *group(GHashTable *tags) {
  GHashTable *groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  GHashTableIter iter;
  gpointer id, names;

  g_hash_table_iter_init(&iter, tags);
  while (g_hash_table_iter_next(&iter, &id, &names)) {
    g_autoptr(GPtrArray) ended = g_ptr_array_copy(names, copy_text, NULL);
    g_ptr_array_set_free_func(ended, g_free);
    g_ptr_array_add(ended, NULL);
    char *joined = g_strjoinv("\n", (char **)ended->pdata);
    GPtrArray *ids = g_hash_table_lookup(groups, joined);
    if (ids) {
      g_free(joined);
    } else {
      ids = g_ptr_array_new_with_free_func(g_free);
      g_hash_table_insert(groups, joined, ids);
    }
    g_ptr_array_add(ids, g_strdup(id));
  }
  return groups;
}

static gboolean set_tags(Upkeep *upkeep, GHashTable *tags, GError **error) {
  g_autoptr(GHashTable) groups = group(tags);
  GHashTableIter iter;
  gpointer joined, ids;

  g_hash_table_iter_init(&iter, groups);
  while (g_hash_table_iter_next(&iter, &joined, &ids)) {
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) split = g_strsplit(joined, "\n", -1);
    for (char **name = split; *name; name++)
      g_ptr_array_add(names, g_strdup(*name));
    upkeep->n_under_way++;
    inbox_tag_set(upkeep->inbox, (InboxSelection){.ids = g_ptr_array_ref(ids)}, names, tagged_cb, upkeep);
  }
  while (upkeep->n_under_way > 0)
    event_base_loop(upkeep->base, EVLOOP_ONCE);
  if (!upkeep->error)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&upkeep->error));
  return FALSE;
}

gboolean upkeep_rebuild(const char *place, guint64 *out_n_messages, gboolean *out_lost_tags, GError **error) {
  Upkeep upkeep;

  if (!store_put_index_aside(place, error))
    return FALSE;
  gboolean is_done = open_inbox(&upkeep, place, error) && take_all_in(&upkeep, error);
  g_autoptr(GHashTable) tags = is_done ? store_read_tags_aside(place, NULL) : NULL;
  *out_lost_tags = tags == NULL;
  is_done = is_done && (!tags || set_tags(&upkeep, tags, error));
  *out_n_messages = is_done ? inbox_stats(upkeep.inbox).n_messages : 0;
  close_inbox(&upkeep);
  return is_done && store_drop_index_aside(place, error);
}
