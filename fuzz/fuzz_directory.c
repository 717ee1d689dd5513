/* What is found in the directories of a Maildir: names of any bytes, of anything that can have a name. The input is a
 * list of entries: a byte for where, one for what, one for the length of the name, and the name. Nothing that such an
 * entry leads to may be read or changed, and what is not a file is not a message. */
#include "fuzz.h"

#include "crafted_maildir.h"
#include <sys/stat.h>

enum { ENTRIES_MAX = 40, HEAD_BYTES = 3 };

static void make_file(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0)
    return;
  (void)!write(fd, "Subject: found\n\nfound\n", 22);
  close(fd);
}

static void make_link_out(const char *path) {
  (void)!symlink("../../secret", path);
}

static void make_link_to_link(const char *path) {
  (void)!symlink(path, path);
}

static void make_link_nowhere(const char *path) {
  (void)!symlink("/nowhere", path);
}

static void make_pipe(const char *path) {
  (void)mkfifo(path, 0600);
}

static void make_directory(const char *path) {
  (void)g_mkdir(path, 0700);
}

static void make_unreadable(const char *path) {
  make_file(path);
  (void)g_chmod(path, 0);
}

static void make_sparse(const char *path) {
  make_file(path);
  (void)!truncate(path, 1 << 20);
}

static void (*const kinds[])(const char *path) = {make_file, make_link_out,  make_link_to_link, make_link_nowhere,
                                                  make_pipe, make_directory, make_unreadable,   make_sparse};
static const char *const places[] = {"new", "cur", "tmp", "."};

/* Moves *at past the entry. FALSE at the end of the input. */
static gboolean make_entry(const CraftedMaildir *crafted, const guint8 **at, const guint8 *end) {
  if (end - *at < HEAD_BYTES)
    return FALSE;
  gsize len = MIN((*at)[2], (gsize)(end - *at - HEAD_BYTES));
  g_autofree char *name = g_strndup((const char *)*at + HEAD_BYTES, len);
  if (!strchr(name, '/')) {
    g_autofree char *path = g_build_filename(crafted->place, places[(*at)[0] % G_N_ELEMENTS(places)], name, NULL);
    kinds[(*at)[1] % G_N_ELEMENTS(kinds)](path);
  }
  *at += HEAD_BYTES + len;
  return TRUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  CraftedMaildir crafted;

  crafted_init(&crafted);
  crafted_put_messages(&crafted);
  const guint8 *at = bytes;
  for (guint i = 0; i < ENTRIES_MAX && make_entry(&crafted, &at, bytes + len); i++)
    ;
  crafted_open(&crafted);
  crafted_use(&crafted);
  crafted_close(&crafted);
  crafted_clear(&crafted);
  return 0;
}
