#include "cli/project.h"
#include <stdlib.h>
#include <string.h>

/* Both are real paths. */
static gboolean is_at_or_below(const char *path, const char *directory) {
  gsize len = strlen(directory);

  return strcmp(directory, "/") == 0 || (strncmp(path, directory, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

static guint depth_of(const char *path) {
  guint depth = 0;

  for (const char *at = path; *at != '\0'; at++)
    depth += at[0] == '/' && at[1] != '\0';
  return depth;
}

/* G_MAXUINT: it does not belong to the directory. */
static guint steps_to(const char *maildir, const char *directory) {
  g_autofree char *parent = g_path_get_dirname(maildir);

  if (is_at_or_below(maildir, directory))
    return depth_of(maildir) - depth_of(directory);
  if (is_at_or_below(directory, maildir))
    return depth_of(directory) - depth_of(maildir);
  if (is_at_or_below(directory, parent))
    return depth_of(directory) - depth_of(parent) + 1;
  return G_MAXUINT;
}

GPtrArray *project_servers(const GPtrArray *servers, const char *directory) {
  GPtrArray *nearest = g_ptr_array_new();
  g_autofree char *real = realpath(directory, NULL);
  guint steps = G_MAXUINT - 1;

  for (guint i = 0; real && i < servers->len; i++) {
    ServerFacts *server = g_ptr_array_index(servers, i);
    guint its_steps = steps_to(server->maildir, real);
    if (its_steps > steps)
      continue;
    if (its_steps < steps)
      g_ptr_array_set_size(nearest, 0);
    steps = its_steps;
    g_ptr_array_add(nearest, server);
  }
  return nearest;
}
