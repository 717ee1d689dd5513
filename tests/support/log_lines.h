#pragma once
/* A log that is kept, to be compared with the lines it should have, and whose times are left out.
 *
 * Owns: the log, its loop and a file without a name.
 * Thread: one.
 * Errors: end the test.
 * Source: docs/log.md. */
#include "base/log.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct LogLines {
  struct event_base *base;
  Log *log;
  int fd;
} LogLines;

static inline void log_lines_init(LogLines *lines, LogFormat format) {
  lines->base = event_base_new();
  lines->fd = memfd_create("log", MFD_CLOEXEC);
  g_assert_cmpint(lines->fd, >=, 0);
  lines->log = log_new(lines->base, lines->fd, format, LOG_LEVEL_DEBUG);
}

/* Everything that was logged, each line from its level on. The caller frees. Ends the log. */
static inline char *log_lines_end(LogLines *lines) {
  g_clear_pointer(&lines->log, log_free);
  off_t len = lseek(lines->fd, 0, SEEK_END);
  g_autofree char *text = g_malloc0((gsize)len + 1);
  g_assert_cmpint(pread(lines->fd, text, (gsize)len, 0), ==, len);
  g_autoptr(GRegex) time =
      g_regex_new("^([-0-9]+ [:0-9]+,[0-9]+ |\\{\"time\":\"[^\"]*\",)", G_REGEX_MULTILINE, 0, NULL);
  event_base_free(lines->base);
  close(lines->fd);
  return g_regex_replace_literal(time, text, -1, 0, "", 0, NULL);
}
