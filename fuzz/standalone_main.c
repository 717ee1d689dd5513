/* Stands in for libFuzzer where there is none: gives every file of the directories named to the fuzz target, once. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

static gboolean replay_directory(const char *directory, guint *n_files, GError **error) {
  g_autoptr(GDir) dir = g_dir_open(directory, 0, error);

  if (!dir)
    return FALSE;
  for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *contents = NULL;
    gsize len = 0;
    if (!g_file_get_contents(path, &contents, &len, error))
      return FALSE;
    /* Of just its size, not terminated, so that ASan and valgrind see a step over. */
    g_autofree uint8_t *bytes = g_malloc(MAX(len, 1));
    memcpy(bytes, contents, len);
    LLVMFuzzerTestOneInput(bytes, len);
    ++*n_files;
  }
  return TRUE;
}

int main(int argc, char **argv) {
  guint n_files = 0;

  for (int i = 1; i < argc; i++) {
    g_autoptr(GError) error = NULL;
    if (!replay_directory(argv[i], &n_files, &error)) {
      g_printerr("%s: %s\n", argv[0], error->message);
      return 1;
    }
  }
  g_print("%u inputs replayed\n", n_files);
  return n_files > 0 ? 0 : 1;
}
