#pragma once
/* What somebody else may have put in place of a file of ours.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: end the test.
 * Source: docs/security.md, "The content of the Maildir". */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes something at `path`; `other` is the path of another file, which nobody may read or change. */
typedef void (*ForeignMake)(const char *path, const char *other);

static inline void foreign_make_link(const char *path, const char *other) {
  g_assert_cmpint(symlink(other, path), ==, 0);
}

static inline void foreign_make_second_name(const char *path, const char *other) {
  g_assert_cmpint(link(other, path), ==, 0);
}

static inline void foreign_make_pipe(const char *path, const char *other) {
  g_assert_cmpint(mkfifo(path, 0600), ==, 0);
}

static inline void foreign_make_directory(const char *path, const char *other) {
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
}

static const ForeignMake foreign_makers[] = {foreign_make_link, foreign_make_second_name, foreign_make_pipe,
                                             foreign_make_directory};
