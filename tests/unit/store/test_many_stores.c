/* Many stores in one process, on one crew and one descriptor for what other programs do. */
#include "store/store_private.h"

#include "index/index.h"
#include <string.h>
#include <sys/resource.h>

enum { N_STORES = 200 };

typedef struct Many {
  char *root;
  struct event_base *base;
  LoopQueue *queue;
  Followers *followers;
  Store *stores[N_STORES];
  guint n_closed;
} Many;

static void allow_many_files(void) {
  struct rlimit limit;

  g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
}

static void turn(Many *many) {
  static const struct timeval pause = {.tv_usec = 10 * 1000};

  event_base_loopexit(many->base, &pause);
  event_base_dispatch(many->base);
}

static gboolean is_whole(const Many *many) {
  for (guint i = 0; i < N_STORES; i++)
    if (!index_report(store_index(many->stores[i]))->is_whole)
      return FALSE;
  return TRUE;
}

/* What this process has in memory that is not of a file; -1: not told. */
static gint64 resident_kib(void) {
  g_autofree char *status = NULL;

  if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
    return -1;
  const char *line = strstr(status, "RssAnon:");
  return line ? g_ascii_strtoll(line + strlen("RssAnon:"), NULL, 10) : -1;
}

static guint count_entries(const char *directory, const char *target) {
  g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
  guint n = 0;

  for (const char *name; entries && (name = g_dir_read_name(entries));) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *link = target ? g_file_read_link(path, NULL) : NULL;
    n += !target || (link && strstr(link, target));
  }
  return n;
}

static void closed_cb(gpointer data) {
  ((Many *)data)->n_closed++;
}

static void set_up(Many *many, gconstpointer unused) {
  allow_many_files();
  many->root = g_dir_make_tmp("dsmtpd-many-XXXXXX", NULL);
  many->base = event_base_new();
  many->queue = loop_queue_new(many->base, NULL);
  many->followers = followers_new(many->queue);
}

static void tear_down(Many *many, gconstpointer unused) {
  const char *const argv[] = {"rm", "-rf", many->root, NULL};

  followers_free(many->followers);
  loop_queue_free(many->queue);
  event_base_free(many->base);
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free(many->root);
}

static void open_all(Many *many) {
  for (guint i = 0; i < N_STORES; i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_strdup_printf("%s/%u", many->root, i);
    const StoreOptions options = {.directory = directory, .followers = many->followers};
    guint n_recovered;
    many->stores[i] = store_new(&options, store_io_system(), TRUE, many->queue, &n_recovered, &error);
    g_assert_no_error(error);
  }
}

static void idle_stores_share_threads_and_the_descriptor(Many *many, gconstpointer unused) {
  gint64 before_kib = resident_kib();
  guint n_before = count_entries("/proc/self/fd", NULL);

  open_all(many);
  while (!is_whole(many))
    turn(many);
  g_assert_cmpuint(crew_n_threads(loop_queue_crew(many->queue)), <=, CREW_THREADS_MAX);
  g_assert_cmpuint(count_entries("/proc/self/fd", "inotify"), <=, 1);
  g_test_message("%d stores: %" G_GINT64_FORMAT " KiB, %u descriptors, %u threads", N_STORES,
                 resident_kib() - before_kib, count_entries("/proc/self/fd", NULL) - n_before,
                 crew_n_threads(loop_queue_crew(many->queue)));
  for (guint i = 0; i < N_STORES; i++)
    store_close(many->stores[i], closed_cb, many);
  while (many->n_closed < N_STORES)
    turn(many);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/many_stores/" #name, Many, NULL, set_up, name, tear_down)
  ADD(idle_stores_share_threads_and_the_descriptor);
#undef ADD
  return g_test_run();
}
