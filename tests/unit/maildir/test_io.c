/* What is opened, renamed and removed by names that others chose, and what is not. */
#include "maildir/io.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct Scratch {
  char *path; /* outside/secret and inside/ are in it */
  int inside_fd;
} Scratch;

static void set_up(Scratch *scratch, gconstpointer data) {
  scratch->path = g_dir_make_tmp("dsmtpd-io-XXXXXX", NULL);
  g_autofree char *inside = g_build_filename(scratch->path, "inside", NULL);
  g_autofree char *outside = g_build_filename(scratch->path, "outside", NULL);
  g_autofree char *secret = g_build_filename(outside, "secret", NULL);
  g_assert_cmpint(g_mkdir(inside, 0700) | g_mkdir(outside, 0700), ==, 0);
  g_assert_true(g_file_set_contents(secret, "secret", -1, NULL));
  scratch->inside_fd = open(inside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint(scratch->inside_fd, >=, 0);
}

static void tear_down(Scratch *scratch, gconstpointer data) {
  const char *const argv[] = {"rm", "-rf", scratch->path, NULL};

  close(scratch->inside_fd);
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free(scratch->path);
}

static char *path_of(const Scratch *scratch, const char *name) {
  return g_build_filename(scratch->path, "inside", name, NULL);
}

static void put_file(const Scratch *scratch, const char *name) {
  int fd = openat(scratch->inside_fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

  g_assert_cmpint(write(fd, "inside", strlen("inside")), ==, strlen("inside"));
  close(fd);
}

static gboolean secret_is_there(const Scratch *scratch) {
  g_autofree char *path = g_build_filename(scratch->path, "outside", "secret", NULL);

  return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static void expect_rejection(int result) {
  g_assert_cmpint(result, ==, -1);
  g_assert_cmpint(errno, ==, EINVAL);
}

static void names_that_are_not_plain_touch_nothing(Scratch *scratch, gconstpointer data) {
  const StoreIo *io = store_io_system();
  g_autofree char *absolute = g_build_filename(scratch->path, "outside", "secret", NULL);
  g_autofree char *too_long = g_strnfill(STORE_NAME_MAX + 1, 'a');
  g_autofree char *endless = g_strnfill(100 * 1000, 'a');
  const char *const names[] = {"",       ".",    "..",  "../outside/secret", "a/../../outside/secret",
                               absolute, "/",    "a/b", ".hidden",           "secret/",
                               too_long, endless};
  int fd = scratch->inside_fd;

  put_file(scratch, "a");
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    struct stat status;
    g_assert_false(store_name_is_plain(names[i]));
    expect_rejection(store_open_regular(fd, names[i], &status));
    expect_rejection(store_look_at(fd, names[i], &status));
    expect_rejection(io->open(io, fd, names[i], O_RDWR | O_CREAT, 0600));
    expect_rejection(io->rename(io, fd, names[i], fd, "b"));
    expect_rejection(io->rename(io, fd, "a", fd, names[i]));
    expect_rejection(io->remove(io, fd, names[i]));
  }
  g_assert_true(secret_is_there(scratch));
}

static void odd_names_of_other_programs_work(Scratch *scratch, gconstpointer data) {
  const StoreIo *io = store_io_system();
  g_autofree char *longest = g_strnfill(STORE_NAME_MAX, 'a');
  const char *const names[] = {"a\nb", "caf\xe9", "a b", "-rf", "\x01", "a:2,S", "a..", "\\..\\", longest};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    struct stat status;
    put_file(scratch, names[i]);
    int fd = store_open_regular(scratch->inside_fd, names[i], &status);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(status.st_size, ==, strlen("inside"));
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
    close(fd);
    g_assert_cmpint(io->rename(io, scratch->inside_fd, names[i], scratch->inside_fd, "b"), ==, 0);
    g_assert_cmpint(io->remove(io, scratch->inside_fd, "b"), ==, 0);
  }
}

/* Opening a pipe for reading waits for a writer, unless told otherwise. */
static void only_regular_files_are_read(Scratch *scratch, gconstpointer data) {
  static const char *const names[] = {"link-out", "link-in", "loop", "pipe", "directory", "socket"};
  g_autofree char *pipe_path = path_of(scratch, "pipe");
  g_autofree char *directory_path = path_of(scratch, "directory");
  struct sockaddr_un address = {.sun_family = AF_UNIX};

  put_file(scratch, "file");
  g_assert_cmpint(symlinkat("../outside/secret", scratch->inside_fd, "link-out"), ==, 0);
  g_assert_cmpint(symlinkat("file", scratch->inside_fd, "link-in"), ==, 0);
  g_assert_cmpint(symlinkat("loop", scratch->inside_fd, "loop"), ==, 0);
  g_assert_cmpint(mkfifo(pipe_path, 0600) | g_mkdir(directory_path, 0700), ==, 0);
  g_snprintf(address.sun_path, sizeof address.sun_path, "%s/inside/socket", scratch->path);
  int listening = socket(AF_UNIX, SOCK_STREAM, 0);
  g_assert_cmpint(bind(listening, (struct sockaddr *)&address, sizeof address), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    struct stat status;
    g_assert_cmpint(store_open_regular(scratch->inside_fd, names[i], &status), ==, -1);
    g_assert_cmpint(errno, !=, ENOENT);
    g_assert_cmpint(store_look_at(scratch->inside_fd, names[i], &status), ==, 0);
    g_assert_false(S_ISREG(status.st_mode));
  }
  close(listening);
}

/* Removing and renaming are about the link; writing through it would be about what it names. */
static void links_are_neither_written_through_nor_followed(Scratch *scratch, gconstpointer data) {
  const StoreIo *io = store_io_system();

  g_assert_cmpint(symlinkat("../outside/secret", scratch->inside_fd, "a"), ==, 0);
  g_assert_cmpint(io->open(io, scratch->inside_fd, "a", O_RDWR, 0), ==, -1);
  g_assert_cmpint(errno, ==, ELOOP);
  g_assert_cmpint(io->open(io, scratch->inside_fd, "a", O_RDWR | O_CREAT | O_EXCL, 0600), ==, -1);
  g_assert_cmpint(errno, ==, EEXIST);
  g_assert_cmpint(io->rename(io, scratch->inside_fd, "a", scratch->inside_fd, "b"), ==, 0);
  g_assert_cmpint(io->remove(io, scratch->inside_fd, "b"), ==, 0);
  g_assert_true(secret_is_there(scratch));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/io/" #name, Scratch, NULL, set_up, name, tear_down)
  ADD(names_that_are_not_plain_touch_nothing);
  ADD(odd_names_of_other_programs_work);
  ADD(only_regular_files_are_read);
  ADD(links_are_neither_written_through_nor_followed);
  return g_test_run();
}
