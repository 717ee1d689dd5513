#include "maildir/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif
#if defined(__linux__) && __has_include(<linux/openat2.h>)
#define HAVE_OPENAT2
#include <linux/openat2.h>
#endif
#ifdef __linux__
#include <linux/fs.h>
#include <sys/syscall.h>
#endif

/* --- names */

gboolean store_name_is_plain(const char *name) {
  return name[0] != '\0' && name[0] != '.' && !strchr(name, '/') && strlen(name) <= STORE_NAME_MAX;
}

static gboolean check_name(const char *name) {
  errno = EINVAL;
  return store_name_is_plain(name);
}

/* A plain name with O_NOFOLLOW cannot lead out of its directory either; that the kernel checks it too does not depend
 * on what we think a name may be. Kernels before 5.6 and some sandboxes do not have the call. */
static int open_beneath(int dir_fd, const char *name, int flags, mode_t mode) {
#ifdef HAVE_OPENAT2
  struct open_how how = {
      .flags = (guint64)(guint)flags,
      .mode = flags & O_CREAT ? mode : 0,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  int fd = (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EINVAL))
    return fd;
#endif
  return openat(dir_fd, name, flags, mode);
}

static int open_plain(int dir_fd, const char *name, int flags, mode_t mode) {
  if (!check_name(name))
    return -1;
  int fd;
  do {
    fd = open_beneath(dir_fd, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

int store_look_at(int dir_fd, const char *name, struct stat *out_status) {
  return check_name(name) ? fstatat(dir_fd, name, out_status, AT_SYMLINK_NOFOLLOW) : -1;
}

int store_open_regular(int dir_fd, const char *name, struct stat *out_status) {
  int fd = open_plain(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

  if (fd < 0)
    return -1;
  if (fstat(fd, out_status) == 0) {
    if (S_ISREG(out_status->st_mode))
      return fd;
    errno = EINVAL;
  }
  int error_number = errno;
  close(fd);
  errno = error_number;
  return -1;
}

const char *store_kind_name(mode_t mode) {
  return S_ISLNK(mode)    ? "a symbolic link"
         : S_ISDIR(mode)  ? "a directory"
         : S_ISFIFO(mode) ? "a pipe"
         : S_ISSOCK(mode) ? "a socket"
                          : "a device";
}

/* --- the table */

static int system_open(const StoreIo *io, int dir_fd, const char *name, int flags, mode_t mode) {
  return open_plain(dir_fd, name, flags, mode);
}

static int system_close(const StoreIo *io, int fd) {
  /* After EINTR the descriptor is gone on Linux and in an unknown state elsewhere: never to be closed again. */
  return close(fd) == 0 || errno == EINTR ? 0 : -1;
}

static ssize_t system_write(const StoreIo *io, int fd, const struct iovec *parts, int n_parts, off_t offset) {
  return pwritev(fd, parts, n_parts, offset);
}

static int system_rename(const StoreIo *io, int from_dir_fd, const char *from, int to_dir_fd, const char *to) {
  return check_name(from) && check_name(to) ? renameat(from_dir_fd, from, to_dir_fd, to) : -1;
}

#if defined(__linux__) && defined(SYS_renameat2) && defined(RENAME_EXCHANGE)

/* By number: not every C library has a function for it. */
static int exchange(int a_dir_fd, const char *a, int b_dir_fd, const char *b) {
  return (int)syscall(SYS_renameat2, a_dir_fd, a, b_dir_fd, b, RENAME_EXCHANGE);
}

#elif defined(__APPLE__)

static int exchange(int a_dir_fd, const char *a, int b_dir_fd, const char *b) {
  return renameatx_np(a_dir_fd, a, b_dir_fd, b, RENAME_SWAP);
}

#else

static int exchange(int a_dir_fd, const char *a, int b_dir_fd, const char *b) {
  errno = ENOSYS;
  return -1;
}

#endif

static int system_exchange(const StoreIo *io, int a_dir_fd, const char *a, int b_dir_fd, const char *b) {
  return check_name(a) && check_name(b) ? exchange(a_dir_fd, a, b_dir_fd, b) : -1;
}

static int system_remove(const StoreIo *io, int dir_fd, const char *name) {
  return check_name(name) ? unlinkat(dir_fd, name, 0) : -1;
}

static int system_make_directory(const StoreIo *io, int dir_fd, const char *name, mode_t mode) {
  return check_name(name) ? mkdirat(dir_fd, name, mode) : -1;
}

static int system_remove_directory(const StoreIo *io, int dir_fd, const char *name) {
  return check_name(name) ? unlinkat(dir_fd, name, AT_REMOVEDIR) : -1;
}

#ifdef __APPLE__

/* fsync() on macOS leaves the data in the drive's cache. File systems without F_FULLFSYNC get what they have. */
static int system_sync(const StoreIo *io, int fd) {
  return fcntl(fd, F_FULLFSYNC) != -1 ? 0 : fsync(fd);
}

static int system_sync_data(const StoreIo *io, int fd) {
  return system_sync(io, fd);
}

static int system_preallocate(const StoreIo *io, int fd, off_t size_bytes) {
  fstore_t room = {.fst_flags = F_ALLOCATEALL, .fst_posmode = F_PEOFPOSMODE, .fst_length = size_bytes};

  if (fcntl(fd, F_PREALLOCATE, &room) < 0 && errno == ENOSPC)
    return -1;
  return ftruncate(fd, size_bytes);
}

static void system_start_writeback(const StoreIo *io, int fd, off_t offset, off_t n_bytes) {}

/* The boot session has an id, a mount has none that does not come again: so two identities are never the same. */
static void system_identify(const StoreIo *io, int dir_fd, StoreIdentity *out_identity) {
  memset(out_identity, 0, sizeof *out_identity);
}

#else

static int system_sync(const StoreIo *io, int fd) {
  return fsync(fd);
}

static int system_sync_data(const StoreIo *io, int fd) {
  return fdatasync(fd);
}

static int system_sync_filesystem(const StoreIo *io, int fd) {
  return syncfs(fd);
}

static int system_preallocate(const StoreIo *io, int fd, off_t size_bytes) {
  if (fallocate(fd, 0, 0, size_bytes) == 0)
    return 0;
  /* Without fallocate() the blocks are found at each append, which reports ENOSPC in time as well. */
  return errno == EOPNOTSUPP || errno == ENOSYS ? ftruncate(fd, size_bytes) : -1;
}

static void system_start_writeback(const StoreIo *io, int fd, off_t offset, off_t n_bytes) {
  (void)sync_file_range(fd, offset, n_bytes, SYNC_FILE_RANGE_WRITE);
}

static void read_boot_id(guint8 out_id[STORE_BOOT_ID_BYTES]) {
  char text[64];
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text);

  if (fd >= 0)
    close(fd);
  guint n_digits = 0;
  for (ssize_t i = 0; i < len && n_digits < 2 * STORE_BOOT_ID_BYTES; i++) {
    int digit = g_ascii_xdigit_value(text[i]);
    if (digit >= 0) {
      out_id[n_digits / 2] |= (guint8)(n_digits % 2 == 0 ? digit << 4 : digit);
      n_digits++;
    }
  }
  if (n_digits < 2 * STORE_BOOT_ID_BYTES)
    memset(out_id, 0, STORE_BOOT_ID_BYTES);
}

/* Linux 6.8 and newer number mounts without ever using a number again. Older headers lack the name. */
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif

static void system_identify(const StoreIo *io, int dir_fd, StoreIdentity *out_identity) {
  memset(out_identity, 0, sizeof *out_identity);
  read_boot_id(out_identity->boot_id);
#ifdef STATX_MNT_ID
  struct statx status;
  if (statx(dir_fd, "", AT_EMPTY_PATH, STATX_MNT_ID_UNIQUE, &status) == 0 && (status.stx_mask & STATX_MNT_ID_UNIQUE))
    out_identity->mount_id = status.stx_mnt_id;
#endif
}

#endif

const StoreIo *store_io_system(void) {
  static const StoreIo io = {
      .open = system_open,
      .close = system_close,
      .write = system_write,
      .rename = system_rename,
      .exchange = system_exchange,
      .remove = system_remove,
      .make_directory = system_make_directory,
      .remove_directory = system_remove_directory,
      .sync = system_sync,
      .sync_data = system_sync_data,
#ifndef __APPLE__
      .sync_filesystem = system_sync_filesystem,
#endif
      .preallocate = system_preallocate,
      .start_writeback = system_start_writeback,
      .identify = system_identify,
  };

  return &io;
}

int store_io_write_all(const StoreIo *io, int fd, struct iovec *parts, int n_parts, off_t offset) {
  while (n_parts > 0) {
    if (parts->iov_len == 0) {
      parts++;
      n_parts--;
      continue;
    }
    ssize_t written = io->write(io, fd, parts, n_parts, offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      errno = written == 0 ? ENOSPC : errno;
      return -1;
    }
    offset += written;
    while (n_parts > 0 && (gsize)written >= parts->iov_len) {
      written -= (ssize_t)parts->iov_len;
      parts++;
      n_parts--;
    }
    if (n_parts > 0) {
      parts->iov_base = (guint8 *)parts->iov_base + written;
      parts->iov_len -= (gsize)written;
    }
  }
  return 0;
}

gssize store_io_read_at(int fd, void *bytes, gsize n_bytes, gsize offset) {
  gsize len = 0;

  while (len < n_bytes) {
    ssize_t n_read = pread(fd, (guint8 *)bytes + len, n_bytes - len, (off_t)(offset + len));
    if (n_read < 0 && errno != EINTR)
      return -1;
    if (n_read == 0)
      break;
    len += (gsize)MAX(n_read, 0);
  }
  return (gssize)len;
}

gboolean store_identity_equal(const StoreIdentity *a, const StoreIdentity *b) {
  static const guint8 unknown[STORE_BOOT_ID_BYTES];

  return a->mount_id != 0 && a->mount_id == b->mount_id && memcmp(a->boot_id, unknown, sizeof unknown) != 0 &&
         memcmp(a->boot_id, b->boot_id, sizeof a->boot_id) == 0;
}
