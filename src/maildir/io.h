#pragma once
/* The calls by which the store changes the disk, as a table, so that tests can make each of them fail, fall short or be
 * the last one before a crash. It is also the one place that knows what systems differ in, and the one that decides
 * which names found on disk may be used: everything that opens, renames or removes a file by name goes through here.
 *
 * Owns: nothing. A store holds a pointer to the table it was opened with.
 * Thread: any; the functions are called from several threads at once.
 * Errors: -1 and errno, as the system calls they stand for. A name that store_name_is_plain() rejects gives EINVAL and
 *         touches nothing.
 * Units and limits: bytes; names of up to STORE_NAME_MAX.
 * Source: POSIX; Linux openat2(2), renameat2(2), syncfs(2), statx(2), fallocate(2); macOS fcntl(2) F_FULLFSYNC,
 *         F_PREALLOCATE, renamex_np(2). */
#include <glib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { STORE_BOOT_ID_BYTES = 16, STORE_NAME_MAX = 255 };

/* Which start of the machine and which mount of the file system this is. All zero where the system cannot say, or
 * gives ids that may come again. */
typedef struct StoreIdentity {
  guint8 boot_id[STORE_BOOT_ID_BYTES];
  guint64 mount_id;
} StoreIdentity;

typedef struct StoreIo StoreIo;
struct StoreIo {
  int (*open)(const StoreIo *io, int dir_fd, const char *name, int flags, mode_t mode);
  int (*close)(const StoreIo *io, int fd);
  ssize_t (*write)(const StoreIo *io, int fd, const struct iovec *parts, int n_parts, off_t offset);
  int (*rename)(const StoreIo *io, int from_dir_fd, const char *from, int to_dir_fd, const char *to);
  /* In one step, so that there is something under both names at all times. ENOSYS or EINVAL where that cannot be. */
  int (*exchange)(const StoreIo *io, int a_dir_fd, const char *a, int b_dir_fd, const char *b);
  int (*remove)(const StoreIo *io, int dir_fd, const char *name);
  int (*make_directory)(const StoreIo *io, int dir_fd, const char *name, mode_t mode);
  int (*remove_directory)(const StoreIo *io, int dir_fd, const char *name);
  int (*sync)(const StoreIo *io, int fd);            /* a file, or the names in a directory */
  int (*sync_data)(const StoreIo *io, int fd);       /* a file, without its times */
  int (*sync_filesystem)(const StoreIo *io, int fd); /* NULL: not to be had on this system */
  int (*preallocate)(const StoreIo *io, int fd, off_t size_bytes);
  void (*start_writeback)(const StoreIo *io, int fd, off_t offset, off_t n_bytes); /* a hint */
  void (*identify)(const StoreIo *io, int dir_fd, StoreIdentity *out_identity);
};

/* TRUE when `name` is that of a file in a directory and of nothing else: no path, no "." or "..", not hidden, not too
 * long. The index, the journal and directories name files that others may have chosen; a name that fails this test is
 * the name of no message. Control characters and bytes that are not UTF-8 are allowed, as other programs use them. */
gboolean store_name_is_plain(const char *name);

/* What `name` is, without following a link. */
int store_look_at(int dir_fd, const char *name, struct stat *out_status);

/* Opens a regular file for reading. Links are not followed, and neither pipes nor devices are waited for: those give
 * EINVAL (a link ELOOP). The caller closes. */
int store_open_regular(int dir_fd, const char *name, struct stat *out_status);

/* "a symbolic link" and so on: what a file that is not a regular one is. */
const char *store_kind_name(mode_t mode);

/* The system's own calls. */
const StoreIo *store_io_system(void);

/* Writes all, however short the single writes are. Changes `parts`. */
int store_io_write_all(const StoreIo *io, int fd, struct iovec *parts, int n_parts, off_t offset);

/* Reads up to `n_bytes`, fewer at the end of the file; -1 with errno. */
gssize store_io_read_at(int fd, void *bytes, gsize n_bytes, gsize offset);

/* TRUE when both are known and the same. */
gboolean store_identity_equal(const StoreIdentity *a, const StoreIdentity *b);
