#pragma once
/* The calls by which the store changes the disk, as a table, so that tests can make each of them fail, fall short or be
 * the last one before a crash. It is also the one place that knows what systems differ in.
 *
 * Owns: nothing. A store holds a pointer to the table it was opened with.
 * Thread: any; the functions are called from several threads at once.
 * Errors: -1 and errno, as the system calls they stand for.
 * Units and limits: octets.
 * Source: POSIX; Linux syncfs(2), statx(2), fallocate(2); macOS fcntl(2) F_FULLFSYNC, F_PREALLOCATE. */
#include <glib.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { STORE_BOOT_ID_BYTES = 16 };

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
  int (*remove)(const StoreIo *io, int dir_fd, const char *name);
  int (*sync)(const StoreIo *io, int fd);            /* a file, or the names in a folder */
  int (*sync_data)(const StoreIo *io, int fd);       /* a file, without its times */
  int (*sync_filesystem)(const StoreIo *io, int fd); /* NULL: not to be had on this system */
  int (*preallocate)(const StoreIo *io, int fd, off_t size_bytes);
  void (*start_writeback)(const StoreIo *io, int fd, off_t offset, off_t n_octets); /* a hint */
  void (*identify)(const StoreIo *io, int dir_fd, StoreIdentity *out_identity);
};

/* The system's own calls. */
const StoreIo *store_io_system(void);

/* Writes all, however short the single writes are. Changes `parts`. */
int store_io_write_all(const StoreIo *io, int fd, struct iovec *parts, int n_parts, off_t offset);

/* TRUE when both are known and the same. */
gboolean store_identity_equal(const StoreIdentity *a, const StoreIdentity *b);
