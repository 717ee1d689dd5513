#include "api/inbox_names.h"
#include <string.h>

/* Where the last `n_parts` parts begin; the whole path when it has no more than that. Lent. */
static const char *tail(const char *path, guint n_parts) {
  const char *at = path + strlen(path);

  for (guint n = 0; at > path; at--)
    if (at[-1] == '/' && ++n == n_parts)
      return at;
  return path;
}

static guint count_with_tail(const char *const *paths, const char *wanted, guint n_parts) {
  guint n = 0;

  for (; *paths; paths++)
    n += strcmp(tail(*paths, n_parts), wanted) == 0;
  return n;
}

static const char *name_of(const char *path, const char *const *paths) {
  const char *name;
  guint n_parts = 1;

  do
    name = tail(path, n_parts);
  while (count_with_tail(paths, name, n_parts++) > 1 && name > path);
  return *name != '\0' ? name : path;
}

GStrv inbox_names(const char *const *paths) {
  g_autoptr(GStrvBuilder) names = g_strv_builder_new();

  for (const char *const *path = paths; *path; path++)
    g_strv_builder_add(names, name_of(*path, paths));
  return g_strv_builder_end(names);
}
