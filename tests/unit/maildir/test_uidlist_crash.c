/* The promise "no UID and no number is given out twice, and set tags stay" against every moment of a crash. */
#include "maildir/uidlist.h"

#include "../store/fault_io.h"
#include <glib/gstdio.h>

enum { N_ROUNDS = 12, REWRITE_EVERY = 5, CALLS_MAX = 1000 };

/* --- a disk that can lose power */

/* What is on the platter: the data of each file when it was last synced, and which file had the name. */
typedef struct Disk {
  char *scratch;
  char *maildir;
  char *path;
  char *report;
} Disk;

static const char *the_scratch; /* of the child, for the calls of its StoreIo */

static char *platter_path(const char *scratch, guint64 inode) {
  return g_strdup_printf("%s/platter-%" G_GUINT64_FORMAT, scratch, inode);
}

static void copy_file(const char *from, const char *to) {
  g_autofree char *data = NULL;
  gsize len;

  g_assert_true(g_file_get_contents(from, &data, &len, NULL));
  g_assert_true(g_file_set_contents(to, data, (gssize)len, NULL));
}

static int sync_file(const StoreIo *io, int fd) {
  struct stat status;

  if (fault_sync(io, fd) != 0)
    return -1;
  g_assert_cmpint(fstat(fd, &status), ==, 0);
  g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
  g_autofree char *platter = platter_path(the_scratch, status.st_ino);
  copy_file(link, platter);
  return 0;
}

static int sync_directory(const StoreIo *io, int fd) {
  struct stat status;

  if (fault_sync(io, fd) != 0)
    return -1;
  if (fstatat(fd, UIDLIST_NAME, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    g_autofree char *path = g_build_filename(the_scratch, "name", NULL);
    g_autofree char *inode = g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)status.st_ino);
    g_assert_true(g_file_set_contents(path, inode, -1, NULL));
  }
  return 0;
}

/* What was written after the last sync: lost, half there, or room without data. */
typedef enum { TAIL_LOST, TAIL_HALF, TAIL_ZEROS, N_TAILS } Tail;

static void cut_power(const Disk *disk, Tail tail, gboolean keeps_rename) {
  g_autofree char *name_path = g_build_filename(disk->scratch, "name", NULL);
  g_autofree char *inode = NULL;
  struct stat status;
  gboolean is_there = stat(disk->path, &status) == 0;
  gboolean is_named = g_file_get_contents(name_path, &inode, NULL, NULL);

  if (!is_named && !(is_there && keeps_rename)) {
    (void)g_remove(disk->path);
    return;
  }
  guint64 named = is_named ? g_ascii_strtoull(inode, NULL, 10) : 0;
  guint64 chosen = is_there && keeps_rename ? status.st_ino : named;
  g_autofree char *platter = platter_path(disk->scratch, chosen);
  g_autofree char *data = NULL;
  gsize len;
  g_assert_true(g_file_get_contents(platter, &data, &len, NULL));
  g_autoptr(GString) left = g_string_new_len(data, (gssize)len);
  if (is_there && status.st_ino == chosen && (gsize)status.st_size > len) {
    g_autofree char *now = NULL;
    g_assert_true(g_file_get_contents(disk->path, &now, NULL, NULL));
    gsize n_more = (gsize)status.st_size - len;
    if (tail == TAIL_HALF)
      g_string_append_len(left, now + len, (gssize)(n_more / 2));
    for (gsize i = 0; tail == TAIL_ZEROS && i < n_more; i++)
      g_string_append_c(left, '\0');
  }
  g_assert_true(g_file_set_contents(disk->path, left->str, (gssize)left->len, NULL));
}

/* --- what is done before the crash */

typedef struct Scene {
  Maildir *maildir;
  UidList *list;
  GString *index; /* all lines, as the index has them */
  GString *late;  /* reports of what could not be written at first */
  int report_fd;
} Scene;

static gboolean fill_all(GString *out, gpointer user_data, GError **error) {
  const Scene *scene = user_data;

  g_string_append_len(out, scene->index->str, (gssize)scene->index->len);
  return FALSE;
}

/* As the index does it after each transaction. FALSE: something was not written; it is tried again. */
static gboolean write_all(Scene *scene, gboolean syncs) {
  g_autoptr(GError) error = NULL;

  if (uidlist_flush(scene->list, syncs, &error) && uidlist_wants_rewrite(scene->list, 1))
    (void)uidlist_rewrite(scene->list, fill_all, scene, &error);
  g_assert_true(!error || strstr(error->message, "cannot write "));
  return !error;
}

static void put(Scene *scene, UidListKind kind, guint32 uid, const char *id, const char *tags) {
  const UidListLine line = {.kind = kind, .uid = uid, .id = id, .tags = tags};

  uidlist_put(scene->list, &line);
  uidlist_print(scene->index, &line);
}

/* What a client may be told once it is written, and what has to stay then. "S": also when the power is cut. */
static void report(Scene *scene, gboolean is_written, gboolean is_synced, guint32 uid, guint64 number) {
  g_string_append_printf(scene->late, "%c %u %" G_GUINT64_FORMAT " %u\n", is_written && is_synced ? 'S' : 'K', uid,
                         number, uidlist_validity(scene->list));
  if (!is_written)
    return;
  g_assert_cmpint(write(scene->report_fd, scene->late->str, scene->late->len), ==, (gssize)scene->late->len);
  g_string_truncate(scene->late, 0);
}

static void give_out_and_tag(Scene *scene) {
  if (!uidlist_look(scene->list))
    uidlist_renew(scene->list, 0);
  (void)write_all(scene, FALSE);
  for (guint round = 0; round < N_ROUNDS; round++) {
    gboolean is_tagged = round % 2 == 1;
    g_autofree char *id = NULL;
    guint32 uid = 0;
    for (guint i = 0; i <= round * UIDLIST_STEP_MIN / 4; i++) /* past what is reserved, now and then */
      uid = uidlist_next_uid(scene->list);
    id = g_strdup_printf("m%u", uid);
    put(scene, UIDLIST_ADDED, uid, id, NULL);
    if (is_tagged)
      put(scene, UIDLIST_TAGGED, uid, id, "kept");
    uidlist_raise_number(scene->list, uidlist_last_number(scene->list) + UIDLIST_AHEAD_US / 3);
    guint64 number = uidlist_next_number(scene->list);
    if (round % REWRITE_EVERY == REWRITE_EVERY - 1)
      uidlist_want_rewrite(scene->list);
    report(scene, write_all(scene, is_tagged), is_tagged, uid, number);
  }
  uidlist_sync(scene->list);
}

static void open_scene(Scene *scene, const Disk *disk, const StoreIo *io) {
  scene->maildir = maildir_open(disk->maildir, MAILDIR_MAKE_NOTHING, store_io_system(), NULL);
  g_assert_nonnull(scene->maildir);
  scene->list = uidlist_new(scene->maildir, io, TRUE);
  uidlist_set_owner(scene->list, TRUE);
  scene->index = g_string_new(NULL);
  scene->late = g_string_new(NULL);
}

static void close_scene(Scene *scene) {
  uidlist_free(scene->list);
  maildir_close(scene->maildir);
  g_string_free(scene->index, TRUE);
  g_string_free(scene->late, TRUE);
}

/* --- what is there afterwards */

typedef struct Lines {
  GHashTable *uids; /* UID -> how often it was given out */
  GHashTable *tagged;
} Lines;

static void count_line(const UidListLine *line, gpointer user_data) {
  Lines *lines = user_data;
  gpointer uid = GUINT_TO_POINTER(line->uid);

  if (line->kind == UIDLIST_ADDED)
    g_hash_table_insert(lines->uids, uid,
                        GUINT_TO_POINTER(1 + GPOINTER_TO_UINT(g_hash_table_lookup(lines->uids, uid))));
  if (line->kind == UIDLIST_TAGGED)
    g_hash_table_add(lines->tagged, uid);
}

static void check_reports(const Disk *disk, gboolean power) {
  g_autofree char *text = NULL;

  if (!g_file_get_contents(disk->report, &text, NULL, NULL) || *text == '\0')
    return;
  Scene scene;
  open_scene(&scene, disk, store_io_system());
  g_assert_true(uidlist_look(scene.list));
  g_autoptr(GHashTable) uids = g_hash_table_new(NULL, NULL);
  g_autoptr(GHashTable) tagged = g_hash_table_new(NULL, NULL);
  Lines lines = {uids, tagged};
  UidListMark mark;
  guint64 n_damaged;
  uidlist_read_all(scene.list, &mark, count_line, &lines, &n_damaged);
  guint32 next_uid = uidlist_next_uid(scene.list);
  guint64 next_number = uidlist_next_number(scene.list);
  g_auto(GStrv) told = g_strsplit(text, "\n", -1);
  for (char **line = told; **line != '\0'; line++) {
    g_auto(GStrv) words = g_strsplit(*line, " ", -1);
    guint32 uid = (guint32)atoi(words[1]);
    g_assert_cmpuint(next_uid, >, uid);
    g_assert_cmpuint(next_number, >, g_ascii_strtoull(words[2], NULL, 10));
    g_assert_cmpuint(uidlist_validity(scene.list), ==, g_ascii_strtoull(words[3], NULL, 10));
    gboolean is_synced = *words[0] == 'S';
    if (!power || is_synced)
      g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(uids, GUINT_TO_POINTER(uid))), ==, 1);
    if (is_synced)
      g_assert_true(g_hash_table_contains(tagged, GUINT_TO_POINTER(uid)));
  }
  close_scene(&scene);
}

static void init_disk(Disk *disk) {
  disk->scratch = g_dir_make_tmp("dsmtpd-uidlist-XXXXXX", NULL);
  disk->maildir = g_build_filename(disk->scratch, "mail", NULL);
  disk->path = g_build_filename(disk->maildir, UIDLIST_NAME, NULL);
  disk->report = g_build_filename(disk->scratch, "report", NULL);
}

static void clear_disk(Disk *disk) {
  const char *const argv[] = {"rm", "-rf", disk->scratch, NULL};

  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free(disk->scratch);
  g_free(disk->maildir);
  g_free(disk->path);
  g_free(disk->report);
}

/* In a process of its own, with its errors set by `fault`. TRUE: it came to its end. */
static gboolean run(const Disk *disk, FaultIo *fault) {
  pid_t child = fork();

  if (child == 0) {
    Scene scene;
    the_scratch = disk->scratch;
    fault->io.sync_data = sync_file;
    fault->io.sync = sync_directory;
    scene.report_fd = open(disk->report, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    open_scene(&scene, disk, &fault->io);
    give_out_and_tag(&scene);
    close_scene(&scene);
    _exit(0);
  }
  return fault_child_ended(child);
}

/* --- tests */

/* What happens to the disk after the crash. */
typedef struct Cut {
  gboolean power; /* it is cut, too */
  Tail tail;
  gboolean keeps_rename;
} Cut;

static void crash_before_each_call(const Cut *cut) {
  gboolean ended = FALSE;

  for (gint at = 1; !ended; at++) {
    g_assert_cmpint(at, <, CALLS_MAX);
    Disk disk;
    FaultIo fault;
    init_disk(&disk);
    fault_io_init(&fault, 1);
    fault.crash_at = at;
    ended = run(&disk, &fault);
    if (cut->power)
      cut_power(&disk, cut->tail, cut->keeps_rename);
    check_reports(&disk, cut->power);
    clear_disk(&disk);
  }
}

static void killed_before_each_call(void) {
  const Cut none = {0};

  crash_before_each_call(&none);
}

static void power_cut_before_each_call(void) {
  for (Tail tail = TAIL_LOST; tail < N_TAILS; tail++)
    for (guint keeps = 0; keeps < 2; keeps++)
      crash_before_each_call(&(Cut){.power = TRUE, .tail = tail, .keeps_rename = keeps == 1});
}

/* Of any length, beginning anywhere: a disk that is full for a while. */
static void full_disk_at_each_call(void) {
  static const gint lengths[] = {1, 2, 5, CALLS_MAX};

  for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
    for (gint from = 1; from < 60; from++) {
      Disk disk;
      FaultIo fault;
      init_disk(&disk);
      fault_io_init(&fault, 1);
      fault.fail_from = from;
      fault.fail_to = from + lengths[i] - 1;
      fault.fail_kinds = FAULT_OPEN | FAULT_WRITE | FAULT_RENAME | FAULT_SYNC;
      fault.fail_errno = ENOSPC;
      g_assert_true(run(&disk, &fault));
      check_reports(&disk, FALSE);
      clear_disk(&disk);
    }
  }
}

static void short_writes_are_gone_on_with(void) {
  Disk disk;
  FaultIo fault;

  init_disk(&disk);
  fault_io_init(&fault, 1);
  fault.short_writes = TRUE;
  g_assert_true(run(&disk, &fault));
  check_reports(&disk, FALSE);
  clear_disk(&disk);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/uidlist_crash/" #name, name)
  ADD(killed_before_each_call);
  ADD(power_cut_before_each_call);
  ADD(full_disk_at_each_call);
  ADD(short_writes_are_gone_on_with);
  return g_test_run();
}
