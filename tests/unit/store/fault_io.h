#pragma once
/* A StoreIo whose calls fail, fall short, or are the last before a crash, and which keeps a ledger of what a power cut
 * would leave. Syncing is only noted in the ledger, not done: so the tests run at the speed of memory.
 *
 * Owns: the ledger's descriptor.
 * Thread: any, as the calls of a StoreIo.
 * Errors: those asked for.
 * Units and limits: calls are counted from 1.
 * Source: docs/storage.md, "Crash states". */
#include "maildir/io.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAULT_CRASH_STATUS = 99, FAULT_SHORT_BYTES = 777 };

typedef enum {
  FAULT_OPEN = 1 << 0,
  FAULT_CLOSE = 1 << 1,
  FAULT_WRITE = 1 << 2,
  FAULT_RENAME = 1 << 3,
  FAULT_REMOVE = 1 << 4,
  FAULT_SYNC = 1 << 5,
  FAULT_PREALLOCATE = 1 << 6,
  FAULT_DIRECTORY = 1 << 7,
  FAULT_EXCHANGE = 1 << 8,
  FAULT_ANY = (1 << 9) - 1
} FaultKind;

typedef struct FaultIo {
  StoreIo io; /* first: a StoreIo pointer is one to this */
  gint n_calls;
  gint n_syncs;
  gint fail_from; /* calls with these numbers fail; 0: none */
  gint fail_to;
  FaultKind fail_kinds;
  int fail_errno;
  gint crash_at; /* the process ends instead of this call; 0: never */
  gboolean short_writes;
  gint holds_removals; /* of messages: they wait */
  StoreIdentity identity;
  int ledger_fd;           /* -1: none */
  const char *ledger_path; /* beside it the journal is kept as it was when last synced */
  pthread_mutex_t journal_lock;
} FaultIo;

static gboolean fault_hits(const StoreIo *io, FaultKind kind) {
  FaultIo *fault = (FaultIo *)io;
  gint number = g_atomic_int_add(&fault->n_calls, 1) + 1;

  if (number == fault->crash_at)
    _exit(FAULT_CRASH_STATUS);
  if ((kind & fault->fail_kinds) && number >= g_atomic_int_get(&fault->fail_from) && number <= fault->fail_to) {
    errno = fault->fail_errno;
    return TRUE;
  }
  return FALSE;
}

/* Where records of others are, next to the journal. */
static const char *const fault_places[] = {"queue", "hooks", NULL};

/* Ledger lines: "C id" a file was created, "D id" its data is safe, "N id" its name is, "J name" that of something next
 * to the journal is. */
static void ledger_add(const FaultIo *fault, char what, const char *file_name) {
  if (fault->ledger_fd >= 0) {
    g_autofree char *line = g_strdup_printf("%c %.*s\n", what, (int)strcspn(file_name, ",:"), file_name);
    g_assert_cmpint(write(fault->ledger_fd, line, strlen(line)), ==, (gssize)strlen(line));
  }
}

static void ledger_add_directory(const FaultIo *fault, char what, const char *directory) {
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (const char *name; dir && (name = g_dir_read_name(dir));)
    ledger_add(fault, what, name);
}

static char *synced_journal(const char *ledger_path) {
  return g_strconcat(ledger_path, ".journal", NULL);
}

/* Copies what is no hole: a journal is large and mostly unused. */
static void ledger_copy_journal(const FaultIo *fault, const char *path) {
  g_autofree char *draft = g_strconcat(fault->ledger_path, ".draft", NULL);
  g_autofree char *kept = synced_journal(fault->ledger_path);
  int from = open(path, O_RDONLY | O_CLOEXEC);
  int to = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  struct stat status;

  g_assert_cmpint(fstat(from, &status), ==, 0);
  g_assert_cmpint(ftruncate(to, status.st_size), ==, 0);
  g_autofree char *piece = g_malloc(64 * 1024);
  for (off_t at = lseek(from, 0, SEEK_DATA); at >= 0; at = lseek(from, at, SEEK_DATA)) {
    ssize_t n_read = pread(from, piece, 64 * 1024, at);
    g_assert_cmpint(n_read, >, 0);
    g_assert_cmpint(pwrite(to, piece, (gsize)n_read, at), ==, n_read);
    at += n_read;
  }
  close(from);
  close(to);
  g_assert_cmpint(rename(draft, kept), ==, 0);
}

/* One thread after the other: else a copy begun before another could take its place, and lack what that one has. */
static void ledger_keep_journal(const FaultIo *fault, const char *path) {
  pthread_mutex_t *lock = &((FaultIo *)fault)->journal_lock;

  pthread_mutex_lock(lock);
  ledger_copy_journal(fault, path);
  pthread_mutex_unlock(lock);
}

/* A removed file comes back with the power, as long as its directory was not synced: until then it has another name
 * beside the ledger. */
static char *removed_path(const char *ledger_path, const char *directory, const char *name) {
  g_autofree char *directory_name = g_path_get_basename(directory);

  return g_strdup_printf("%s.removed-%s-%s", ledger_path, directory_name, name);
}

static char *path_of_descriptor(int fd) {
  g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);

  return g_file_read_link(link, NULL);
}

static void ledger_keep_removed(const FaultIo *fault, int dir_fd, const char *name) {
  g_autofree char *directory = path_of_descriptor(dir_fd);

  if (fault->ledger_fd < 0 || !directory)
    return;
  g_autofree char *kept = removed_path(fault->ledger_path, directory, name);
  (void)unlink(kept);
  if (linkat(dir_fd, name, AT_FDCWD, kept, 0) < 0)
    g_assert_cmpint(errno, ==, ENOENT);
}

static void ledger_forget_removed(const FaultIo *fault, const char *directory) {
  g_autofree char *prefix = removed_path(fault->ledger_path, directory, "");
  g_autofree char *prefix_name = g_path_get_basename(prefix);
  g_autofree char *root = g_path_get_dirname(prefix);
  g_autoptr(GDir) dir = g_dir_open(root, 0, NULL);

  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(root, name, NULL);
    if (g_str_has_prefix(name, prefix_name))
      (void)unlink(path);
  }
}

static void ledger_note_sync(const FaultIo *fault, int fd) {
  g_autofree char *path = path_of_descriptor(fd);
  g_autofree char *name = path ? g_path_get_basename(path) : NULL;

  if (fault->ledger_fd < 0 || !name)
    return;
  gboolean is_directory = g_file_test(path, G_FILE_TEST_IS_DIR);
  if (is_directory)
    ledger_forget_removed(fault, path);
  if (strcmp(name, "new") == 0 || (is_directory && g_str_has_prefix(name, "dsmtpd.")))
    ledger_add_directory(fault, 'N', path);
  else if (g_file_test(path, G_FILE_TEST_IS_DIR))
    ledger_add_directory(fault, 'J', path);
  else if (strcmp(name, "dsmtpd.journal") == 0)
    ledger_keep_journal(fault, path);
  else
    ledger_add(fault, 'D', name);
}

static G_GNUC_UNUSED void fault_keep_ledger(FaultIo *fault, const char *path) {
  fault->ledger_path = path;
  fault->ledger_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int fault_open(const StoreIo *io, int dir_fd, const char *name, int flags, mode_t mode) {
  if (fault_hits(io, FAULT_OPEN))
    return -1;
  int fd = store_io_system()->open(io, dir_fd, name, flags, mode);
  if (fd >= 0 && (flags & O_CREAT))
    ledger_add((const FaultIo *)io, 'C', name);
  return fd;
}

static int fault_close(const StoreIo *io, int fd) {
  gboolean hit = fault_hits(io, FAULT_CLOSE);
  int closed = store_io_system()->close(io, fd);

  errno = hit ? ((const FaultIo *)io)->fail_errno : errno;
  return hit ? -1 : closed;
}

static ssize_t fault_write(const StoreIo *io, int fd, const struct iovec *parts, int n_parts, off_t offset) {
  if (fault_hits(io, FAULT_WRITE))
    return -1;
  if (((const FaultIo *)io)->short_writes && parts->iov_len > FAULT_SHORT_BYTES) {
    const struct iovec part = {parts->iov_base, FAULT_SHORT_BYTES};
    return store_io_system()->write(io, fd, &part, 1, offset);
  }
  return store_io_system()->write(io, fd, parts, n_parts, offset);
}

static int fault_rename(const StoreIo *io, int from_dir_fd, const char *from, int to_dir_fd, const char *to) {
  return fault_hits(io, FAULT_RENAME) ? -1 : store_io_system()->rename(io, from_dir_fd, from, to_dir_fd, to);
}

static int fault_remove(const StoreIo *io, int dir_fd, const char *name) {
  while (g_atomic_int_get(&((FaultIo *)io)->holds_removals) && !g_str_has_prefix(name, "dsmtpd."))
    g_usleep(1000);
  if (fault_hits(io, FAULT_REMOVE))
    return -1;
  ledger_keep_removed((const FaultIo *)io, dir_fd, name);
  return store_io_system()->remove(io, dir_fd, name);
}

static int fault_exchange(const StoreIo *io, int a_dir_fd, const char *a, int b_dir_fd, const char *b) {
  return fault_hits(io, FAULT_EXCHANGE) ? -1 : store_io_system()->exchange(io, a_dir_fd, a, b_dir_fd, b);
}

static int fault_remove_directory(const StoreIo *io, int dir_fd, const char *name) {
  return fault_hits(io, FAULT_DIRECTORY) ? -1 : store_io_system()->remove_directory(io, dir_fd, name);
}

static int fault_make_directory(const StoreIo *io, int dir_fd, const char *name, mode_t mode) {
  return fault_hits(io, FAULT_DIRECTORY) ? -1 : store_io_system()->make_directory(io, dir_fd, name, mode);
}

static int fault_sync(const StoreIo *io, int fd) {
  g_atomic_int_inc(&((FaultIo *)io)->n_syncs);
  if (fault_hits(io, FAULT_SYNC))
    return -1;
  ledger_note_sync((const FaultIo *)io, fd);
  return 0;
}

static int fault_sync_filesystem(const StoreIo *io, int fd) {
  const FaultIo *fault = (const FaultIo *)io;
  g_autofree char *path = path_of_descriptor(fd);

  g_atomic_int_inc(&((FaultIo *)io)->n_syncs);
  if (fault_hits(io, FAULT_SYNC))
    return -1;
  static const char *const directories[] = {"new", "cur", "dsmtpd.queue", "dsmtpd.hooks"};
  for (gsize i = 0; path && fault->ledger_fd >= 0 && i < G_N_ELEMENTS(directories); i++) {
    g_autofree char *directory = g_build_filename(path, directories[i], NULL);
    ledger_add_directory(fault, 'N', directory);
    ledger_add_directory(fault, 'D', directory);
    ledger_forget_removed(fault, directory);
  }
  return 0;
}

static int fault_preallocate(const StoreIo *io, int fd, off_t size_bytes) {
  return fault_hits(io, FAULT_PREALLOCATE) ? -1 : ftruncate(fd, size_bytes);
}

static void fault_start_writeback(const StoreIo *io, int fd, off_t offset, off_t n_bytes) {}

static void fault_identify(const StoreIo *io, int dir_fd, StoreIdentity *out_identity) {
  *out_identity = ((const FaultIo *)io)->identity;
}

/* As if the machine had been started for the `boot`th time. */
static void fault_io_init(FaultIo *fault, guint8 boot) {
  *fault = (FaultIo){
      .io =
          {
              .open = fault_open,
              .close = fault_close,
              .write = fault_write,
              .rename = fault_rename,
              .exchange = fault_exchange,
              .remove = fault_remove,
              .make_directory = fault_make_directory,
              .remove_directory = fault_remove_directory,
              .sync = fault_sync,
              .sync_data = fault_sync,
              .sync_filesystem = fault_sync_filesystem,
              .preallocate = fault_preallocate,
              .start_writeback = fault_start_writeback,
              .identify = fault_identify,
          },
      .fail_kinds = FAULT_ANY,
      .identity = {.boot_id = {boot}, .mount_id = 7},
      .ledger_fd = -1,
      .journal_lock = PTHREAD_MUTEX_INITIALIZER,
  };
}

/* Waits for a process that may crash at a call. TRUE: it came to its end, exit(0), before the crash. */
static G_GNUC_UNUSED gboolean fault_child_ended(pid_t child) {
  int status;

  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  g_assert_true(WIFEXITED(status));
  g_assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_CRASH_STATUS);
  return WEXITSTATUS(status) == 0;
}

/* Since the last file of that name was created. */
static gboolean ledger_says(char **lines, char what, const char *name) {
  gsize len = strcspn(name, ",:");
  gboolean says = FALSE;

  for (; *lines; lines++)
    if ((*lines)[0] != '\0' && strncmp(*lines + 2, name, len) == 0 && (*lines)[2 + len] == '\0')
      says = (*lines)[0] == what || (says && (*lines)[0] != 'C');
  return says;
}

/* Of names that were not synced, some are there all the same where `some_stay`: the disk orders them as it likes. */
static void cut_directory(char **lines, const char *directory, gboolean some_stay) {
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    if (!ledger_says(lines, 'N', name) && !(some_stay && g_str_hash(name) % 2 == 0))
      g_assert_cmpint(unlink(path), ==, 0);
    else if (!ledger_says(lines, 'D', name))
      g_assert_cmpint(truncate(path, strlen(name) % 3 * 5), ==, 0);
  }
}

static void bring_back_removed(const char *ledger, const char *directory) {
  g_autofree char *prefix = removed_path(ledger, directory, "");
  g_autofree char *prefix_name = g_path_get_basename(prefix);
  g_autofree char *root = g_path_get_dirname(prefix);
  g_autoptr(GDir) dir = g_dir_open(root, 0, NULL);

  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *from = g_build_filename(root, name, NULL);
    g_autofree char *to = g_build_filename(directory, name + MIN(strlen(prefix_name), strlen(name)), NULL);
    if (g_str_has_prefix(name, prefix_name) && g_file_test(directory, G_FILE_TEST_IS_DIR))
      g_assert_cmpint(rename(from, to), ==, 0);
  }
}

/* Leaves what a power cut at the end of the ledger may: files whose data was not synced are cut short, names that were
 * not are gone, files whose removal was not are back, the journal is as it was when last synced. */
static G_GNUC_UNUSED void fault_cut_power(const char *maildir, const char *ledger) {
  g_autofree char *text = NULL;

  g_assert_true(g_file_get_contents(ledger, &text, NULL, NULL));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autofree char *directory = g_build_filename(maildir, "new", NULL);
  cut_directory(lines, directory, FALSE);
  for (const char *const *place = fault_places; *place; place++) {
    g_autofree char *name = g_strconcat("dsmtpd.", *place, NULL);
    g_autofree char *path = g_build_filename(maildir, name, NULL);
    bring_back_removed(ledger, path);
    cut_directory(lines, path, TRUE);
    if (!ledger_says(lines, 'J', name))
      (void)rmdir(path); /* unless names in it stayed */
  }
  g_autofree char *pending = g_build_filename(maildir, "dsmtpd.pending", NULL);
  g_autofree char *removed = removed_path(ledger, maildir, "dsmtpd.pending");
  if (access(pending, F_OK) < 0)
    (void)rename(removed, pending); /* unless its removal was synced */
  if (!ledger_says(lines, 'J', "dsmtpd.pending"))
    (void)unlink(pending);
  else if (access(pending, F_OK) == 0 && !ledger_says(lines, 'D', "dsmtpd.pending"))
    g_assert_cmpint(truncate(pending, 70), ==, 0);
  g_autofree char *journal = g_build_filename(maildir, "dsmtpd.journal", NULL);
  g_autofree char *kept = synced_journal(ledger);
  if (!ledger_says(lines, 'J', "dsmtpd.journal"))
    (void)unlink(journal);
  else if (access(journal, F_OK) == 0 && access(kept, F_OK) == 0)
    g_assert_cmpint(rename(kept, journal), ==, 0);
}
