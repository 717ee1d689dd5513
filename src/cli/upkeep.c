#include "cli/upkeep.h"
#include "cli/progress.h"
#include "inbox/inbox.h"
#include "store/rebuild.h"
#include "store/store.h"

typedef struct Upkeep {
  struct event_base *base;
  LoopQueue *queue;
  Inbox *inbox;
} Upkeep;

static gboolean open_inbox(Upkeep *upkeep, const char *place, GError **error) {
  const StoreOptions options = {.directory = place, .visits = TRUE};

  *upkeep = (Upkeep){.base = event_base_new()};
  upkeep->queue = loop_queue_new(upkeep->base, error);
  InboxKeeper *keeper = upkeep->queue ? store_open_now(&options, upkeep->queue, NULL, error) : NULL;
  if (keeper)
    upkeep->inbox = inbox_new(keeper, upkeep->queue, NULL);
  return keeper != NULL;
}

static void close_inbox(Upkeep *upkeep) {
  inbox_end(upkeep->inbox);
  g_clear_pointer(&upkeep->queue, loop_queue_free);
  event_base_free(upkeep->base);
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

/* What the file of UIDs and tags lacks, it gets from the index before that goes. */
static gboolean remove_index(const char *place, GError **error) {
  gboolean is_there = FALSE;

  if (!store_find_index(place, &is_there, error))
    return FALSE;
  return !is_there || (upkeep_compare(place, error) && store_remove_index(place, error));
}

gboolean upkeep_rebuild(const char *place, guint64 *out_n_messages, GError **error) {
  Upkeep upkeep;

  if (!remove_index(place, error))
    return FALSE;
  gboolean is_done = open_inbox(&upkeep, place, error) && take_all_in(&upkeep, error);
  *out_n_messages = is_done ? inbox_stats(upkeep.inbox).n_messages : 0;
  close_inbox(&upkeep);
  return is_done;
}
