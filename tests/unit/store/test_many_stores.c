/* Many stores in one process, on one crew and one descriptor for what other programs do. */
#include "store/store_private.h"

#include "base/process_memory.h"
#include "index/index.h"
#include <string.h>
#include <sys/resource.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define MEMORY_IS_OURS FALSE
#elif defined __has_feature
#define MEMORY_IS_OURS !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define MEMORY_IS_OURS TRUE
#endif

enum { N_STORES = 200, IDLE_KIB_MAX = 40 * 1024, PATIENCE_S = MEMORY_IS_OURS ? 60 : 1 };

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

/* What this process has in memory, also of files; -1: the system does not say. */
static gint64 resident_kib(void) {
  g_autofree char *status = NULL;

  if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
    return -1;
  const char *line = strstr(status, "VmRSS:");
  return line ? g_ascii_strtoll(line + strlen("VmRSS:"), NULL, 10) : -1;
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

/* Until connections that nobody uses were closed, and what they had was given back. */
static gint64 await_idle_kib(Many *many) {
  gint64 end_us = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;

  while (resident_kib() > IDLE_KIB_MAX && g_get_monotonic_time() < end_us)
    turn(many);
  return resident_kib();
}

static void idle_stores_share_threads_and_use_little_memory(Many *many, gconstpointer unused) {
  guint n_before = count_entries("/proc/self/fd", NULL);

  open_all(many);
  while (!is_whole(many))
    turn(many);
  g_assert_cmpuint(crew_n_threads(loop_queue_crew(many->queue)), <=, CREW_THREADS_MAX);
  g_assert_cmpuint(count_entries("/proc/self/fd", "inotify"), <=, 1);
  gint64 used_kib = resident_kib();
  gint64 idle_kib = await_idle_kib(many);
  g_test_message("%d stores: %" G_GINT64_FORMAT " KiB, idle %" G_GINT64_FORMAT " KiB, %u descriptors, %u threads",
                 N_STORES, used_kib, idle_kib, count_entries("/proc/self/fd", NULL) - n_before,
                 crew_n_threads(loop_queue_crew(many->queue)));
  if (MEMORY_IS_OURS)
    g_assert_cmpint(idle_kib, <=, IDLE_KIB_MAX);
  else
    g_test_message("the memory of a sanitizer would be counted, so no limit is held");
  for (guint i = 0; i < N_STORES; i++)
    store_close(many->stores[i], closed_cb, many);
  while (many->n_closed < N_STORES)
    turn(many);
}

int main(int argc, char **argv) {
  process_memory_give_back(); /* as the program does */
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/many_stores/" #name, Many, NULL, set_up, name, tear_down)
  ADD(idle_stores_share_threads_and_use_little_memory);
#undef ADD
  return g_test_run();
}
