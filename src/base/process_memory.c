#include "base/process_memory.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static guint64 peak_bytes(void) {
  struct rusage usage;

  if (getrusage(RUSAGE_SELF, &usage) != 0)
    return 0;
#ifdef __APPLE__
  return (guint64)usage.ru_maxrss;
#else
  return (guint64)usage.ru_maxrss * 1024;
#endif
}

int process_memory_open(void) {
  return open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

guint64 process_memory_bytes(int fd) {
  char text[256] = "";
  guint64 n_pages;

  if (fd >= 0 && pread(fd, text, sizeof text - 1, 0) > 0 && sscanf(text, "%*u %" G_GUINT64_FORMAT, &n_pages) == 1)
    return n_pages * (guint64)sysconf(_SC_PAGESIZE);
  return peak_bytes();
}

void process_memory_give_back(void) {
#ifdef __GLIBC__
  enum { LARGE_PIECE = 256 * 1024 };
  mallopt(M_MMAP_THRESHOLD, LARGE_PIECE);
  mallopt(M_TRIM_THRESHOLD, LARGE_PIECE);
#endif
}

void process_memory_trim(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
