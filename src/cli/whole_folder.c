#include "cli/whole_folder.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct WholeDirectory {
  char *path;
  char *other_path; /* under which it is filled; NULL: it is in its place */
  const char *const *subdirectories;
  int fd;       /* of the file under way; -1: none is */
  char *failed; /* NULL: nothing has */
};

static gboolean fail(WholeDirectory *directory, const char *name) {
  if (!directory->failed)
    directory->failed = g_strdup_printf("%s%s%s: %s", directory->path, *name ? "/" : "", name, g_strerror(errno));
  return FALSE;
}

static gboolean set_error(const WholeDirectory *directory, GError **error) {
  return cli_fail(error, EXIT_CODE_FAILED, "%s", directory->failed);
}

static gboolean make(WholeDirectory *directory) {
  directory->other_path = g_strconcat(directory->path, ".XXXXXX", NULL);
  if (!g_mkdtemp_full(directory->other_path, 0700)) {
    g_clear_pointer(&directory->other_path, g_free);
    return fail(directory, "");
  }
  for (const char *const *name = directory->subdirectories; *name; name++) {
    g_autofree char *path = g_build_filename(directory->other_path, *name, NULL);
    if (g_mkdir(path, 0700) != 0)
      return fail(directory, *name);
  }
  return TRUE;
}

/* TRUE also when it cannot be told: then renaming will. */
static gboolean is_free(const char *path) {
  g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);

  return entries ? g_dir_read_name(entries) == NULL : !g_file_test(path, G_FILE_TEST_EXISTS);
}

WholeDirectory *whole_directory_new(const char *path, const char *const *subdirectories, GError **error) {
  g_autoptr(WholeDirectory) directory = g_new0(WholeDirectory, 1);
  gsize len = strlen(path);

  while (len > 1 && path[len - 1] == '/')
    len--;
  directory->path = g_strndup(path, len);
  directory->subdirectories = subdirectories;
  directory->fd = -1;
  if (!is_free(directory->path)) {
    cli_fail(error, EXIT_CODE_FAILED, "%s exists already and is not an empty directory; name another", directory->path);
    return NULL;
  }
  if (!make(directory)) {
    set_error(directory, error);
    return NULL;
  }
  return g_steal_pointer(&directory);
}

/* Links are not followed: what is removed is what was made here. */
static void remove_files(const char *path) {
  g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);

  for (const char *name; entries && (name = g_dir_read_name(entries));) {
    g_autofree char *entry = g_build_filename(path, name, NULL);
    unlink(entry);
  }
}

static void remove_all(const WholeDirectory *directory) {
  for (const char *const *name = directory->subdirectories; *name; name++) {
    g_autofree char *path = g_build_filename(directory->other_path, *name, NULL);
    remove_files(path);
    rmdir(path);
  }
  remove_files(directory->other_path);
  rmdir(directory->other_path);
}

void whole_directory_free(WholeDirectory *directory) {
  if (!directory)
    return;
  if (directory->fd >= 0)
    close(directory->fd);
  if (directory->other_path)
    remove_all(directory);
  g_free(directory->other_path);
  g_free(directory->path);
  g_free(directory->failed);
  g_free(directory);
}

/* A server may be anybody's: names must not lead out of the directory. */
static gboolean is_allowed(const WholeDirectory *directory, const char *name) {
  const char *slash = strchr(name, '/');
  const char *last = slash ? slash + 1 : name;

  for (const char *at = last; *at != '\0'; at++)
    if (!g_ascii_isalnum(*at) && !strchr("._~-:,+=", *at))
      return FALSE;
  if (*last == '\0' || *last == '.' || !slash != !*directory->subdirectories)
    return FALSE;
  for (const char *const *subdirectory = directory->subdirectories; *subdirectory; subdirectory++)
    if (strlen(*subdirectory) == (gsize)(slash - name) && g_str_has_prefix(name, *subdirectory))
      return TRUE;
  return !slash;
}

gboolean whole_directory_begin(WholeDirectory *directory, const char *name) {
  g_autofree char *path = g_build_filename(directory->other_path, name, NULL);

  errno = EINVAL;
  if (directory->failed || !is_allowed(directory, name))
    return fail(directory, "a name that the server sent");
  directory->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return directory->fd >= 0 || fail(directory, name);
}

gboolean whole_directory_write(WholeDirectory *directory, const char *bytes, gsize len) {
  while (len > 0 && !directory->failed) {
    gssize n = write(directory->fd, bytes, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail(directory, "");
    bytes += n;
    len -= (gsize)n;
  }
  return !directory->failed;
}

gboolean whole_directory_end(WholeDirectory *directory) {
  int fd = directory->fd;

  directory->fd = -1;
  return close(fd) == 0 || fail(directory, "");
}

gboolean whole_directory_commit(WholeDirectory *directory, GError **error) {
  if (!directory->failed && rename(directory->other_path, directory->path) != 0)
    fail(directory, "");
  if (directory->failed)
    return set_error(directory, error);
  g_clear_pointer(&directory->other_path, g_free);
  return TRUE;
}
