#include "maildir/gone.h"

#include "inbox/error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#define PREFIX "dsmtpd.gone-"

enum { MODE_BITS = 07777, N_DIRECTORIES = 2, ATTRIBUTES_BYTES = 4096 };

static Gone *gone_new(Maildir *maildir, const StoreIo *io, char *name) {
  Gone *gone = g_new0(Gone, 1);

  *gone = (Gone){.maildir = maildir, .io = io, .name = name, .dir_fd = -1, .fds = {-1, -1}};
  return gone;
}

static void close_fd(const StoreIo *io, int *fd) {
  if (*fd >= 0)
    (void)io->close(io, *fd);
  *fd = -1;
}

void gone_close(Gone *gone) {
  if (!gone)
    return;
  for (guint i = 0; i < N_DIRECTORIES; i++)
    close_fd(gone->io, &gone->fds[i]);
  close_fd(gone->io, &gone->dir_fd);
  g_free(gone->name);
  g_free(gone);
}

static int open_inside(const Gone *gone, MailDirectory directory) {
  return gone->io->open(gone->io, gone->dir_fd, mail_file_directory_name(directory), O_RDONLY | O_DIRECTORY, 0);
}

/* --- making one */

/* Lists of rights and the like, which a new directory would not have. What security modules note is theirs to give. */
static gboolean has_attributes(int fd) {
#ifdef __linux__
  char names[ATTRIBUTES_BYTES];
  ssize_t len = flistxattr(fd, names, sizeof names);

  if (len < 0)
    return errno == ERANGE;
  for (const char *name = names; name < names + len; name += strlen(name) + 1)
    if (!g_str_has_prefix(name, "security."))
      return TRUE;
#endif
  return FALSE;
}

/* Gives a new directory the owner and the rights of the one whose place it takes. */
static gboolean make_like(int fd, int old_fd) {
  struct stat old;
  struct stat made;

  errno = ENOTSUP;
  if (has_attributes(old_fd) || fstat(old_fd, &old) < 0 || fstat(fd, &made) < 0)
    return FALSE;
  if ((old.st_uid != made.st_uid || old.st_gid != made.st_gid) && fchown(fd, old.st_uid, old.st_gid) < 0)
    return FALSE;
  return fchmod(fd, old.st_mode & MODE_BITS) == 0;
}

static gboolean make_inside(Gone *gone, MailDirectory directory) {
  if (gone->io->make_directory(gone->io, gone->dir_fd, mail_file_directory_name(directory), 0700) < 0)
    return FALSE;
  gone->fds[directory] = open_inside(gone, directory);
  return gone->fds[directory] >= 0 && make_like(gone->fds[directory], mail_file_directory_fd(gone->maildir, directory));
}

/* Tried out on the two empty ones, where it does no harm. */
static gboolean can_exchange(const Gone *gone) {
  for (guint i = 0; i < 2; i++)
    if (gone->io->exchange(gone->io, gone->dir_fd, "new", gone->dir_fd, "cur") < 0)
      return FALSE;
  return TRUE;
}

static char *make_directory(const Maildir *maildir, const StoreIo *io) {
  for (guint number = 1; number <= GONE_MAX; number++) {
    char *name = g_strdup_printf(PREFIX "%u", number);
    if (io->make_directory(io, maildir->dir_fd, name, 0700) == 0)
      return name;
    g_free(name);
    if (errno != EEXIST)
      return NULL;
  }
  return NULL;
}

Gone *gone_make(Maildir *maildir, const StoreIo *io, GError **error) {
  g_autoptr(Gone) gone = gone_new(maildir, io, make_directory(maildir, io));

  if (gone->name)
    gone->dir_fd = io->open(io, maildir->dir_fd, gone->name, O_RDONLY | O_DIRECTORY, 0);
  if (gone->dir_fd >= 0 && make_inside(gone, MAIL_DIRECTORY_NEW) && make_inside(gone, MAIL_DIRECTORY_CUR) &&
      can_exchange(gone))
    return g_steal_pointer(&gone);
  inbox_set_errno(error, errno, "cannot put the messages in %s aside", maildir->path);
  if (gone->name) {
    (void)gone_remove_directories(gone);
    (void)gone_remove(gone);
  }
  return NULL;
}

/* --- those that are there */

GPtrArray *gone_names(const Maildir *maildir) {
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  DIR *stream = maildir_list(maildir->dir_fd, NULL);
  const struct dirent *entry;

  while (stream && (entry = readdir(stream)))
    if (g_str_has_prefix(entry->d_name, PREFIX) && store_name_is_plain(entry->d_name))
      g_ptr_array_add(names, g_strdup(entry->d_name));
  if (stream)
    closedir(stream);
  return names;
}

Gone *gone_open(Maildir *maildir, const StoreIo *io, const char *name) {
  g_autoptr(Gone) gone = gone_new(maildir, io, g_strdup(name));

  gone->dir_fd = io->open(io, maildir->dir_fd, name, O_RDONLY | O_DIRECTORY, 0);
  if (gone->dir_fd < 0)
    return NULL;
  for (guint i = 0; i < N_DIRECTORIES; i++)
    gone->fds[i] = open_inside(gone, i);
  return g_steal_pointer(&gone);
}

/* --- changing places */

/* What the Maildir has is locked before others can see it: the lock on cur/ is that of the index. */
gboolean gone_exchange(Gone *gone, MailDirectory directory, GError **error) {
  const StoreIo *io = gone->io;
  int there_fd = gone->fds[directory];

  if (there_fd >= 0 && directory == MAIL_DIRECTORY_CUR)
    (void)flock(there_fd, LOCK_EX | LOCK_NB);
  if (there_fd < 0 ||
      !maildir_exchange(gone->maildir, io, mail_file_directory_name(directory), gone->dir_fd, there_fd)) {
    inbox_set_errno(error, errno, "cannot exchange %s/%s", gone->maildir->path, mail_file_directory_name(directory));
    return FALSE;
  }
  close_fd(io, &gone->fds[directory]);
  gone->fds[directory] = open_inside(gone, directory);
  return TRUE;
}

/* The name comes from the directory itself, so it leads nowhere else, hidden or not. */
gboolean gone_give_back(const Gone *gone, MailDirectory directory, const char *file_name) {
  int to_fd = mail_file_directory_fd(gone->maildir, directory);

  if (store_name_is_plain(file_name))
    return gone->io->rename(gone->io, gone->fds[directory], file_name, to_fd, file_name) == 0;
  return renameat(gone->fds[directory], file_name, to_fd, file_name) == 0;
}

gboolean gone_is_inside(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static gboolean is_empty(int directory_fd) {
  DIR *stream = maildir_list(directory_fd, NULL);
  const struct dirent *entry = NULL;

  while (stream && (entry = readdir(stream)) && !gone_is_inside(entry))
    ;
  if (stream)
    closedir(stream);
  return stream && !entry;
}

static gboolean give_all_back(const Gone *gone, MailDirectory directory) {
  DIR *stream = maildir_list(gone->fds[directory], NULL);
  const struct dirent *entry;
  gboolean ok = stream != NULL;

  while (ok && (entry = readdir(stream)))
    ok = !gone_is_inside(entry) || gone_give_back(gone, directory, entry->d_name);
  if (stream)
    closedir(stream);
  return ok;
}

gboolean gone_undo(Gone *gone, GError **error) {
  for (guint i = 0; i < N_DIRECTORIES; i++) {
    if (gone->fds[i] < 0 || is_empty(gone->fds[i]))
      continue;
    if (!gone_exchange(gone, i, error))
      return FALSE;
    if (!give_all_back(gone, i)) {
      inbox_set_errno(error, errno, "cannot move messages back to %s/%s", gone->maildir->path,
                      mail_file_directory_name(i));
      return FALSE;
    }
  }
  return TRUE;
}

/* --- the end */

gboolean gone_remove_directories(Gone *gone) {
  for (guint i = 0; i < N_DIRECTORIES; i++)
    if (gone->io->remove_directory(gone->io, gone->dir_fd, mail_file_directory_name(i)) < 0 && errno != ENOENT)
      return FALSE;
  return TRUE;
}

gboolean gone_remove(const Gone *gone) {
  return gone->io->remove_directory(gone->io, gone->maildir->dir_fd, gone->name) == 0;
}
