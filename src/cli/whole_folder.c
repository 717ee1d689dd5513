#include "cli/whole_folder.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct WholeFolder {
  char *path;
  char *other_path; /* under which it is filled; NULL: it is in its place */
  const char *const *subfolders;
  int fd;       /* of the file under way; -1: none is */
  char *failed; /* NULL: nothing has */
};

static gboolean fail(WholeFolder *folder, const char *name) {
  if (!folder->failed)
    folder->failed = g_strdup_printf("%s%s%s: %s", folder->path, *name ? "/" : "", name, g_strerror(errno));
  return FALSE;
}

static gboolean set_error(const WholeFolder *folder, GError **error) {
  return cli_fail(error, EXIT_CODE_FAILED, "%s", folder->failed);
}

static gboolean make(WholeFolder *folder) {
  folder->other_path = g_strconcat(folder->path, ".XXXXXX", NULL);
  if (!g_mkdtemp_full(folder->other_path, 0700)) {
    g_clear_pointer(&folder->other_path, g_free);
    return fail(folder, "");
  }
  for (const char *const *name = folder->subfolders; *name; name++) {
    g_autofree char *path = g_build_filename(folder->other_path, *name, NULL);
    if (g_mkdir(path, 0700) != 0)
      return fail(folder, *name);
  }
  return TRUE;
}

/* TRUE also when it cannot be told: then renaming will. */
static gboolean is_free(const char *path) {
  g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);

  return entries ? g_dir_read_name(entries) == NULL : !g_file_test(path, G_FILE_TEST_EXISTS);
}

WholeFolder *whole_folder_new(const char *path, const char *const *subfolders, GError **error) {
  g_autoptr(WholeFolder) folder = g_new0(WholeFolder, 1);
  gsize len = strlen(path);

  while (len > 1 && path[len - 1] == '/')
    len--;
  folder->path = g_strndup(path, len);
  folder->subfolders = subfolders;
  folder->fd = -1;
  if (!is_free(folder->path)) {
    cli_fail(error, EXIT_CODE_FAILED, "%s exists already and is not an empty directory; name another", folder->path);
    return NULL;
  }
  if (!make(folder)) {
    set_error(folder, error);
    return NULL;
  }
  return g_steal_pointer(&folder);
}

/* Links are not followed: what is removed is what was made here. */
static void remove_files(const char *path) {
  g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);

  for (const char *name; entries && (name = g_dir_read_name(entries));) {
    g_autofree char *entry = g_build_filename(path, name, NULL);
    unlink(entry);
  }
}

static void remove_all(const WholeFolder *folder) {
  for (const char *const *name = folder->subfolders; *name; name++) {
    g_autofree char *path = g_build_filename(folder->other_path, *name, NULL);
    remove_files(path);
    rmdir(path);
  }
  remove_files(folder->other_path);
  rmdir(folder->other_path);
}

void whole_folder_free(WholeFolder *folder) {
  if (!folder)
    return;
  if (folder->fd >= 0)
    close(folder->fd);
  if (folder->other_path)
    remove_all(folder);
  g_free(folder->other_path);
  g_free(folder->path);
  g_free(folder->failed);
  g_free(folder);
}

/* A server may be anybody's: names must not lead out of the folder. */
static gboolean is_allowed(const WholeFolder *folder, const char *name) {
  const char *slash = strchr(name, '/');
  const char *last = slash ? slash + 1 : name;

  for (const char *at = last; *at != '\0'; at++)
    if (!g_ascii_isalnum(*at) && !strchr("._~-:,+=", *at))
      return FALSE;
  if (*last == '\0' || *last == '.' || !slash != !*folder->subfolders)
    return FALSE;
  for (const char *const *subfolder = folder->subfolders; *subfolder; subfolder++)
    if (strlen(*subfolder) == (gsize)(slash - name) && g_str_has_prefix(name, *subfolder))
      return TRUE;
  return !slash;
}

gboolean whole_folder_begin(WholeFolder *folder, const char *name) {
  g_autofree char *path = g_build_filename(folder->other_path, name, NULL);

  errno = EINVAL;
  if (folder->failed || !is_allowed(folder, name))
    return fail(folder, "a name that the server sent");
  folder->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return folder->fd >= 0 || fail(folder, name);
}

gboolean whole_folder_write(WholeFolder *folder, const char *octets, gsize len) {
  while (len > 0 && !folder->failed) {
    gssize n = write(folder->fd, octets, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail(folder, "");
    octets += n;
    len -= (gsize)n;
  }
  return !folder->failed;
}

gboolean whole_folder_end(WholeFolder *folder) {
  int fd = folder->fd;

  folder->fd = -1;
  return close(fd) == 0 || fail(folder, "");
}

gboolean whole_folder_commit(WholeFolder *folder, GError **error) {
  if (!folder->failed && rename(folder->other_path, folder->path) != 0)
    fail(folder, "");
  if (folder->failed)
    return set_error(folder, error);
  g_clear_pointer(&folder->other_path, g_free);
  return TRUE;
}
