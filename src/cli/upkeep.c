#include "cli/upkeep.h"
#include "cli/guest.h"
#include "cli/progress.h"
#include "store/rebuild.h"

typedef struct Upkeep {
  struct event_base *base;
  LoopQueue *queue;
  Inbox *inbox;
} Upkeep;

static gboolean open_inbox(Upkeep *upkeep, const char *place, GError **error) {
  *upkeep = (Upkeep){.base = event_base_new()};
  upkeep->queue = loop_queue_new(upkeep->base, error);
  upkeep->inbox = upkeep->queue ? guest_open(place, upkeep->queue, error) : NULL;
  return upkeep->inbox != NULL;
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

typedef struct Shown {
  Progress *progress;
  guint64 n_files;
} Shown;

static void turned_cb(const InboxStats *stats, gpointer user_data) {
  const Shown *shown = user_data;

  progress_show(shown->progress, MIN(stats->n_messages, shown->n_files), shown->n_files, stats->n_messages);
}

static gboolean take_all_in(const Upkeep *upkeep, GError **error) {
  g_autoptr(Progress) progress = progress_new(g_getenv);
  Shown shown = {progress, count_files(inbox_place(upkeep->inbox))};

  return guest_take_all_in(upkeep->inbox, upkeep->queue, turned_cb, &shown, error);
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
