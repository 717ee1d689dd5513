#include "maildir/maildir.h"

#include "inbox/error.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  PRIVATE_MODE = 0600, /* of files; no less, or we could not open them again */
  SHARED_MODE = 0666,
  ACCESS_BITS = 0777,
  SWEEP_AGE_SECONDS = 36 * 60 * 60,
  HOST_MAX = 64,
  LOCK_PAUSE_US = 10 * 1000,
  MESSAGES_PATIENCE_MS = 500, /* who looks whether there is a server has the lock that long at most */
  LEAVING_PATIENCE_MS = 5000, /* a server that ends stores what is under way: SERVER_GRACE_MS and a little more */
  INDEX_PATIENCE_MS = 3000    /* visitors give it back when they see that a server came */
};

static const char *const directory_names[] = {"tmp", "new", "cur"};

/* A link to a Maildir is one; inside, a link could lead to any other directory, whose files were then read and removed
 * as messages. */
static int open_directory(int at_fd, const char *path) {
  return openat(at_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static char *resolve(const char *path) {
  char *resolved = realpath(path, NULL);
  char *copy = g_strdup(resolved);

  free(resolved); /* the C library's memory is not GLib's */
  return copy;
}

/* Makes the names inside a directory lasting. */
static gboolean sync_directory(const char *path, const StoreIo *io, GError **error) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && io->sync(io, fd) == 0;

  if (!ok)
    inbox_set_errno(error, errno, "cannot sync %s", path);
  if (fd >= 0)
    close(fd);
  return ok;
}

/* Makes a directory that is missing, and those above it. */
static gboolean make_directory(const char *path, const StoreIo *io, GError **error) {
  g_autofree char *parent = g_path_get_dirname(path);
  int made = mkdir(path, 0700);

  if (made < 0 && errno == ENOENT && strcmp(parent, path) != 0) {
    if (!make_directory(parent, io, error))
      return FALSE;
    made = mkdir(path, 0700);
  }
  if (made == 0)
    return sync_directory(parent, io, error);
  if (errno == EEXIST)
    return TRUE;
  inbox_set_errno(error, errno, "cannot create the directory %s", path);
  return FALSE;
}

/* Makes what is missing of tmp/, new/ and cur/. */
static gboolean make_mail_directories(const char *path, const StoreIo *io, GError **error) {
  gboolean made = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS(directory_names); i++) {
    g_autofree char *directory = g_build_filename(path, directory_names[i], NULL);
    if (mkdir(directory, 0700) == 0) {
      made = TRUE;
    } else if (errno != EEXIST) {
      inbox_set_errno(error, errno, "cannot create the directory %s", directory);
      return FALSE;
    }
  }
  return !made || sync_directory(path, io, error);
}

/* Makes a whole Maildir under another name first: a crash in between must not leave half a one, which would be rejected
 * at the next start. */
static gboolean make_maildir(const char *path, const StoreIo *io, GError **error) {
  g_autofree char *parent = g_path_get_dirname(path);
  g_autofree char *draft = g_strdup_printf("%s.new-%d", path, (int)getpid());

  if (!make_directory(parent, io, error) || !make_directory(draft, io, error) ||
      !make_mail_directories(draft, io, error))
    return FALSE;
  if (rename(draft, path) < 0) {
    int error_number = errno;
    for (gsize i = 0; i < G_N_ELEMENTS(directory_names); i++) {
      g_autofree char *directory = g_build_filename(draft, directory_names[i], NULL);
      (void)rmdir(directory);
    }
    (void)rmdir(draft);
    inbox_set_errno(error, error_number, "cannot create the Maildir %s", path);
    return FALSE;
  }
  return sync_directory(parent, io, error);
}

static gboolean check_mail_directories(const char *path, const char *advice, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(directory_names); i++) {
    g_autofree char *directory = g_build_filename(path, directory_names[i], NULL);
    if (g_file_test(directory, G_FILE_TEST_IS_SYMLINK)) {
      g_set_error(error, INBOX_ERROR, INBOX_ERROR_INVALID,
                  "%s is a symbolic link, which dsmtpd does not follow inside a Maildir", directory);
      return FALSE;
    }
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR)) {
      g_set_error(error, INBOX_ERROR, INBOX_ERROR_INVALID,
                  "%s is not a Maildir (it has no directory %s): name a Maildir%s", path, directory_names[i], advice);
      return FALSE;
    }
  }
  return TRUE;
}

/* A file where a directory belongs is found before anything is made. */
static gboolean can_become_maildir(const char *path, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(directory_names); i++) {
    g_autofree char *directory = g_build_filename(path, directory_names[i], NULL);
    struct stat status;
    if (lstat(directory, &status) == 0 && !g_file_test(directory, G_FILE_TEST_IS_DIR)) {
      g_set_error(error, INBOX_ERROR, INBOX_ERROR_INVALID, "%s is not a Maildir, because %s in it is not a directory",
                  path, directory_names[i]);
      return FALSE;
    }
  }
  return TRUE;
}

/* TRUE when nothing but what is left of an interrupted make_mail_folders() is in it. */
static gboolean is_empty(const char *path) {
  g_autoptr(GDir) names = g_dir_open(path, 0, NULL);
  const char *name;

  while (names && (name = g_dir_read_name(names)))
    if (strcmp(name, "tmp") != 0 && strcmp(name, "new") != 0 && strcmp(name, "cur") != 0)
      return FALSE;
  return names != NULL;
}

/* A directory that is there; `advice` is for when it is not a Maildir and may not become one. */
static gboolean prepare_directory(const char *path, MaildirMaking making, const char *advice, const StoreIo *io,
                                  GError **error) {
  if (making == MAILDIR_MAKE_ANYWHERE || (making == MAILDIR_MAKE_IN_EMPTY && is_empty(path)))
    return can_become_maildir(path, error) && make_mail_directories(path, io, error) &&
           check_mail_directories(path, "", error);
  return check_mail_directories(path, advice, error);
}

/* The directory at the end of `place`, there from now on. */
static gboolean prepare(const char *path, MaildirMaking making, const StoreIo *io, GError **error) {
  struct stat status;
  gboolean exists = stat(path, &status) == 0;

  if (exists && S_ISDIR(status.st_mode))
    return prepare_directory(path, making,
                             ", a path that does not exist yet, or give --init to make this directory one", io, error);
  if (!exists && errno == ENOENT)
    return make_maildir(path, io, error);
  if (exists || errno == ENOTDIR) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_INVALID,
                "%s %s a file: name a Maildir, or a path that does not exist yet", path,
                exists ? "is" : "leads through");
    return FALSE;
  }
  inbox_set_errno(error, errno, "cannot look at %s", path);
  return FALSE;
}

static gboolean may_write(int directory_fd) {
  return faccessat(directory_fd, ".", W_OK | X_OK, 0) == 0;
}

/* --- modes */

/* Asking with umask() changes it for a moment, for all threads: it lets less through then, never more, but two that ask
 * at a time could leave it so. */
static mode_t read_umask(void) {
  static const char label[] = "\nUmask:\t";
  g_autofree char *status = NULL;
  const char *line = g_file_get_contents("/proc/self/status", &status, NULL, NULL) ? strstr(status, label) : NULL;

  if (line)
    return (mode_t)strtoul(line + strlen(label), NULL, 8);
  mode_t mask = umask(~(mode_t)PRIVATE_MODE & ACCESS_BITS);

  (void)umask(mask);
  return mask;
}

static void set_file_mode(Maildir *maildir, mode_t mode, mode_t mask) {
  maildir->file_mode = mode;
  maildir->sets_mode = (mode & mask) != 0;
}

/* Who may list messages may read them, whatever the mode of the directory above. */
static void choose_file_mode(Maildir *maildir) {
  struct stat status;
  mode_t mode = fstat(maildir->new_fd, &status) == 0 ? status.st_mode & SHARED_MODE : 0;

  mode_t mask = read_umask();

  set_file_mode(maildir, (mode & ~mask) | PRIVATE_MODE, mask);
}

void maildir_set_file_mode(Maildir *maildir, mode_t mode) {
  set_file_mode(maildir, mode, read_umask());
}

int maildir_create(const Maildir *maildir, const StoreIo *io, int directory_fd, const char *name, int access) {
  int fd = io->open(io, directory_fd, name, access | O_CREAT | O_EXCL, maildir->file_mode);

  if (fd >= 0 && maildir->sets_mode)
    (void)fchmod(fd, maildir->file_mode); /* file systems without modes */
  return fd;
}

/* --- opening */

static gboolean note_identities(Maildir *maildir) {
  const int fds[] = {maildir->dir_fd, maildir->tmp_fd, maildir->new_fd, maildir->cur_fd};

  for (gsize i = 0; i < G_N_ELEMENTS(fds); i++) {
    struct stat status;
    if (fstat(fds[i], &status) != 0)
      return FALSE;
    maildir->identities[i].device = status.st_dev;
    maildir->identities[i].number = status.st_ino;
  }
  return TRUE;
}

static gboolean open_directories(Maildir *maildir, GError **error) {
  maildir->real_path = resolve(maildir->path);
  maildir->dir_fd = maildir->real_path ? open_directory(AT_FDCWD, maildir->real_path) : -1;
  if (maildir->dir_fd < 0) {
    inbox_set_errno(error, errno, "cannot open %s", maildir->path);
    return FALSE;
  }
  maildir->is_writable = may_write(maildir->dir_fd);
  int *fds[] = {&maildir->tmp_fd, &maildir->new_fd, &maildir->cur_fd};
  for (gsize i = 0; i < G_N_ELEMENTS(directory_names); i++) {
    *fds[i] = open_directory(maildir->dir_fd, directory_names[i]);
    if (*fds[i] < 0 || (!maildir->is_visited && !may_write(*fds[i]))) {
      inbox_set_errno(error, errno, "cannot %s in %s/%s", maildir->is_visited ? "look" : "write", maildir->path,
                      directory_names[i]);
      return FALSE;
    }
  }
  choose_file_mode(maildir);
  return note_identities(maildir);
}

/* --- locks */

/* Where the file system has no locks we go on without. */
static gboolean try_lock(int directory_fd, int operation) {
  return flock(directory_fd, operation | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/* Visitors may have a lock for a moment, which is no reason to give up. */
static gboolean lock_patiently(int directory_fd, gint64 patience_ms) {
  gint64 end_us = g_get_monotonic_time() + patience_ms * 1000;

  while (!try_lock(directory_fd, LOCK_EX)) {
    if (g_get_monotonic_time() >= end_us)
      return FALSE;
    g_usleep(LOCK_PAUSE_US);
  }
  return TRUE;
}

/* The lock on tmp/ says so; the system releases it when the server has ended, however it ends. */
static gboolean holder_is_leaving(const Maildir *maildir) {
  if (!try_lock(maildir->tmp_fd, LOCK_SH))
    return TRUE;
  (void)flock(maildir->tmp_fd, LOCK_UN);
  return FALSE;
}

void maildir_leave(const Maildir *maildir) {
  (void)flock(maildir->tmp_fd, LOCK_EX | LOCK_NB);
}

/* Two would replay and remove each other's journal. */
gboolean maildir_take_messages(const Maildir *maildir) {
  if (maildir->is_visited)
    return try_lock(maildir->dir_fd, LOCK_EX);
  return lock_patiently(maildir->dir_fd, MESSAGES_PATIENCE_MS) ||
         (holder_is_leaving(maildir) && lock_patiently(maildir->dir_fd, LEAVING_PATIENCE_MS));
}

void maildir_give_messages(const Maildir *maildir) {
  (void)flock(maildir->dir_fd, LOCK_UN);
}

gboolean maildir_is_served(const Maildir *maildir) {
  if (!try_lock(maildir->dir_fd, LOCK_SH))
    return TRUE;
  maildir_give_messages(maildir);
  return FALSE;
}

gboolean maildir_take_index(const Maildir *maildir) {
  return lock_patiently(maildir->cur_fd, maildir->is_visited ? 0 : INDEX_PATIENCE_MS);
}

void maildir_give_index(const Maildir *maildir) {
  (void)flock(maildir->cur_fd, LOCK_UN);
}

/* maildir(5) has '/' and ':' escaped, by a backslash that addresses of the web cannot hold as it is. */
char *maildir_host_in_names(const char *host) {
  GString *out = g_string_new(NULL);

  for (const char *at = host; *at && out->len < HOST_MAX; at++)
    if (g_ascii_isalnum(*at) || strchr("._-", *at))
      g_string_append_c(out, *at);
    else
      g_string_append_printf(out, "~%02x", (guint8)*at);
  if (out->len == 0)
    g_string_append(out, "localhost");
  return g_string_free(out, FALSE);
}

static Maildir *maildir_new(const char *place) {
  Maildir *maildir = g_new0(Maildir, 1);

  maildir->dir_fd = maildir->tmp_fd = maildir->new_fd = maildir->cur_fd = -1;
  maildir->path = g_canonicalize_filename(place ? place : ".", NULL);
  maildir->host = g_strdup(g_get_host_name());
  maildir->pid = getpid();
  maildir->opened_us = g_get_real_time();
  maildir->host_in_names = maildir_host_in_names(maildir->host);
  return maildir;
}

Maildir *maildir_open(const char *place, MaildirMaking making, const StoreIo *io, GError **error) {
  g_autoptr(Maildir) maildir = maildir_new(place);

  maildir->making = place ? making : MAILDIR_MAKE_ANYWHERE;
  if (!prepare(maildir->path, maildir->making, io, error) || !open_directories(maildir, error))
    return NULL;
  if (maildir_take_messages(maildir))
    return g_steal_pointer(&maildir);
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED,
              "another dsmtpd already stores messages in %s; stop it or choose another directory with -d",
              maildir->path);
  return NULL;
}

Maildir *maildir_visit(const char *place, GError **error) {
  g_autoptr(Maildir) maildir = maildir_new(place);

  maildir->is_visited = TRUE;
  if (!check_mail_directories(maildir->path, "", error) || !open_directories(maildir, error))
    return NULL;
  return g_steal_pointer(&maildir);
}

/* Other errors than that there is nothing say nothing about the directories that are open. */
static gboolean leads_to(const Maildir *maildir, gsize which, int at_fd, const char *path) {
  struct stat status;

  if (fstatat(at_fd, path, &status, 0) != 0)
    return errno != ENOENT && errno != ENOTDIR;
  return status.st_dev == maildir->identities[which].device && status.st_ino == maildir->identities[which].number;
}

gboolean maildir_is_in_place(const Maildir *maildir) {
  gboolean is_in_place = leads_to(maildir, 0, AT_FDCWD, maildir->path);

  for (gsize i = 0; is_in_place && i < G_N_ELEMENTS(directory_names); i++)
    is_in_place = leads_to(maildir, 1 + i, maildir->dir_fd, directory_names[i]);
  return is_in_place;
}

Maildir *maildir_reopen(const Maildir *maildir, const StoreIo *io, gboolean *out_is_elsewhere, GError **error) {
  static const char advice[] = ", or put back the one that was there";
  g_autoptr(Maildir) there = maildir_new(maildir->path);

  if (faccessat(AT_FDCWD, there->path, F_OK, 0) != 0) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED,
                "the Maildir %s was removed or moved; put it back, or create one there", there->path);
    return NULL;
  }
  there->is_visited = maildir->is_visited;
  if (!(there->is_visited ? check_mail_directories(there->path, advice, error)
                          : prepare_directory(there->path, maildir->making, advice, io, error)) ||
      !open_directories(there, error))
    return NULL;
  *out_is_elsewhere = !leads_to(maildir, 0, there->dir_fd, ".");
  if (!*out_is_elsewhere || there->is_visited || maildir_take_messages(there))
    return g_steal_pointer(&there);
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED, "another dsmtpd stores messages in what is now at %s",
              there->path);
  return NULL;
}

void maildir_resolve(Maildir *maildir) {
  char *real_path = resolve(maildir->path);

  if (!real_path)
    return;
  g_free(maildir->real_path);
  maildir->real_path = real_path;
}

static int replace_descriptor(int by_fd, int fd) {
#ifdef __linux__
  return dup3(by_fd, fd, O_CLOEXEC);
#else
  return dup2(by_fd, fd) < 0 ? -1 : fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
}

gboolean maildir_replace(Maildir *maildir, const Maildir *by, gboolean is_elsewhere, GError **error) {
  gboolean done = (!is_elsewhere || replace_descriptor(by->dir_fd, maildir->dir_fd) >= 0) &&
                  replace_descriptor(by->tmp_fd, maildir->tmp_fd) >= 0 &&
                  replace_descriptor(by->new_fd, maildir->new_fd) >= 0 &&
                  replace_descriptor(by->cur_fd, maildir->cur_fd) >= 0 && note_identities(maildir);

  if (!done)
    inbox_set_errno(error, errno, "cannot open what is at %s", maildir->path);
  return done;
}

gboolean maildir_exchange(Maildir *maildir, const StoreIo *io, const char *name, int aside_fd, int there_fd) {
  int own_fd = strcmp(name, "new") == 0 ? maildir->new_fd : maildir->cur_fd;

  if (io->exchange(io, maildir->dir_fd, name, aside_fd, name) < 0)
    return FALSE;
  if (replace_descriptor(there_fd, own_fd) >= 0)
    return note_identities(maildir);
  int error_number = errno;
  (void)io->exchange(io, maildir->dir_fd, name, aside_fd, name);
  errno = error_number;
  return FALSE;
}

void maildir_close(Maildir *maildir) {
  if (!maildir)
    return;
  int fds[] = {maildir->tmp_fd, maildir->new_fd, maildir->cur_fd, maildir->dir_fd};
  for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
    if (fds[i] >= 0)
      close(fds[i]);
  g_free(maildir->host_in_names);
  g_free(maildir->host);
  g_free(maildir->real_path);
  g_free(maildir->path);
  g_free(maildir);
}

char *maildir_next_id(Maildir *maildir) {
  gint64 now_us = g_get_real_time();

  return g_strdup_printf("%" G_GINT64_FORMAT ".M%dP%dQ%u.%s", now_us / G_USEC_PER_SEC, (int)(now_us % G_USEC_PER_SEC),
                         maildir->pid, ++maildir->counter, maildir->host_in_names);
}

char *maildir_file_name(const char *id, guint64 size_bytes) {
  return g_strdup_printf("%s,S=%" G_GUINT64_FORMAT, id, size_bytes);
}

gboolean maildir_name_is_sane(const char *name, gsize len) {
  if (len == 0 || len > MAILDIR_NAME_MAX || name[0] == '.')
    return FALSE;
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isgraph(name[i]) || name[i] == '/' || name[i] == ':')
      return FALSE;
  return TRUE;
}

gsize maildir_id_length(const char *file_name) {
  return strcspn(file_name, ",:");
}

guint maildir_count_in_name(const Maildir *maildir, const char *file_name) {
  long long seconds = 0;
  long long micros = 0;
  long long pid = 0;
  unsigned count = 0;
  int len = 0;

  if (sscanf(file_name, "%lld.M%lldP%lldQ%u.%n", &seconds, &micros, &pid, &count, &len) < 4 || len == 0)
    return 0;
  gboolean is_own = pid == maildir->pid && seconds * G_USEC_PER_SEC + micros >= maildir->opened_us &&
                    g_str_has_prefix(file_name + len, maildir->host_in_names);
  return is_own ? count : 0;
}

/* A stream of its own, so that two threads can read the same directory. */
DIR *maildir_list(int directory_fd, GError **error) {
  int fd = open_directory(directory_fd, ".");
  DIR *stream = fd < 0 ? NULL : fdopendir(fd);

  if (!stream) {
    inbox_set_errno(error, errno, "cannot list a directory of the Maildir");
    if (fd >= 0)
      close(fd);
  }
  return stream;
}

gboolean maildir_for_each(int directory_fd, MaildirFound found, gpointer user_data, GError **error) {
  DIR *stream = maildir_list(directory_fd, error);

  if (!stream)
    return FALSE;
  struct dirent *entry;
  errno = 0;
  while ((entry = readdir(stream)) && (!store_name_is_plain(entry->d_name) || found(entry->d_name, user_data)))
    errno = 0;
  int error_number = entry ? 0 : errno;
  closedir(stream);
  if (error_number != 0)
    inbox_set_errno(error, error_number, "cannot list a directory of the Maildir");
  return error_number == 0;
}

typedef struct Sweep {
  const Maildir *maildir;
  const StoreIo *io;
  const gint *cancelled;
  time_t oldest;
} Sweep;

/* On mounts without access times the time of the last write has to do; so the later of the two counts. */
static gboolean sweep_file(const char *file_name, gpointer user_data) {
  const Sweep *sweep = user_data;
  struct stat status;

  if (store_look_at(sweep->maildir->tmp_fd, file_name, &status) == 0 && S_ISREG(status.st_mode) &&
      MAX(status.st_atime, status.st_mtime) < sweep->oldest) {
    (void)sweep->io->remove(sweep->io, sweep->maildir->tmp_fd, file_name);
  }
  return !g_atomic_int_get(sweep->cancelled);
}

void maildir_sweep_tmp(const Maildir *maildir, const StoreIo *io, const gint *cancelled) {
  Sweep sweep = {.maildir = maildir, .io = io, .cancelled = cancelled, .oldest = time(NULL) - SWEEP_AGE_SECONDS};

  (void)maildir_for_each(maildir->tmp_fd, sweep_file, &sweep, NULL);
}
