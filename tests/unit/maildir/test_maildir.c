#include "inbox/error.h"
#include "maildir/maildir.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *make_scratch(void) {
  char *path = g_dir_make_tmp("dsmtpd-maildir-XXXXXX", NULL);

  g_assert_nonnull(path);
  return path;
}

static void remove_scratch(const char *path) {
  const char *const argv[] = {"rm", "-rf", path, NULL};

  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void put_file(const char *directory, const char *name) {
  g_autofree char *path = g_build_filename(directory, name, NULL);

  g_assert_true(g_file_set_contents(path, "x", 1, NULL));
}

static void missing_path_is_made_with_its_parents(void) {
  g_autofree char *scratch = make_scratch();
  g_autofree char *path = g_build_filename(scratch, "a", "b", "mail", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(Maildir) maildir = maildir_open(path, MAILDIR_MAKE_NOTHING, store_io_system(), &error);

  g_assert_no_error(error);
  g_assert_cmpstr(maildir->path, ==, path);
  struct stat status;
  g_assert_cmpint(fstatat(maildir->dir_fd, "new", &status, 0), ==, 0);
  g_assert_cmpuint(status.st_mode & 0777, ==, 0700);
  g_autofree char *parent = g_path_get_dirname(path);
  g_autoptr(GDir) dir = g_dir_open(parent, 0, NULL);
  g_assert_cmpstr(g_dir_read_name(dir), ==, "mail");
  g_assert_null(g_dir_read_name(dir));
  remove_scratch(scratch);
}

static void directory_that_is_no_maildir_is_invalid(void) {
  g_autofree char *scratch = make_scratch();
  g_autoptr(GError) error = NULL;

  g_assert_null(maildir_open(scratch, MAILDIR_MAKE_NOTHING, store_io_system(), &error));
  g_assert_error(error, INBOX_ERROR, INBOX_ERROR_INVALID);
  remove_scratch(scratch);
}

static void file_is_invalid(void) {
  g_autofree char *scratch = make_scratch();

  put_file(scratch, "file");
  static const char *const below[] = {"file", "file/mail"};
  for (gsize i = 0; i < G_N_ELEMENTS(below); i++) {
    g_autofree char *path = g_build_filename(scratch, below[i], NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(maildir_open(path, MAILDIR_MAKE_NOTHING, store_io_system(), &error));
    g_assert_error(error, INBOX_ERROR, INBOX_ERROR_INVALID);
  }
  remove_scratch(scratch);
}

static gboolean has_directory(const char *path, const char *name) {
  g_autofree char *directory = g_build_filename(path, name, NULL);

  return g_file_test(directory, G_FILE_TEST_IS_DIR);
}

/* What is there before, and which of the ways of opening make a Maildir of it. */
static void existing_directory_becomes_a_maildir_only_when_allowed(void) {
  static const struct {
    const char *names[4]; /* a directory ends in a slash */
    gboolean by_making[3];
  } cases[] = {
      {{NULL}, {FALSE, TRUE, TRUE}},           {{"tmp/", "cur/"}, {FALSE, TRUE, TRUE}},
      {{"lost+found/"}, {FALSE, FALSE, TRUE}}, {{"new/", "notes"}, {FALSE, FALSE, TRUE}},
      {{"cur"}, {FALSE, FALSE, FALSE}},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    for (int making = MAILDIR_MAKE_NOTHING; making <= MAILDIR_MAKE_ANYWHERE; making++) {
      g_autofree char *scratch = make_scratch();
      for (const char *const *name = cases[i].names; *name; name++) {
        g_autofree char *path = g_build_filename(scratch, *name, NULL);
        if (g_str_has_suffix(*name, "/"))
          g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
        else
          put_file(scratch, *name);
      }
      gboolean had_tmp = has_directory(scratch, "tmp");
      g_autofree char *with_slash = g_strconcat(scratch, "/", NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(Maildir) maildir = maildir_open(with_slash, (MaildirMaking)making, store_io_system(), &error);
      g_test_message("case %zu, making %d: %s", i, making, error ? error->message : "opened");
      g_assert_true((maildir != NULL) == cases[i].by_making[making]);
      if (!maildir)
        g_assert_error(error, INBOX_ERROR, INBOX_ERROR_INVALID);
      g_assert_true(has_directory(scratch, "tmp") == (had_tmp || maildir != NULL));
      remove_scratch(scratch);
    }
  }
}

static void current_directory_gets_what_is_missing(void) {
  g_autofree char *scratch = make_scratch();
  g_autofree char *before = g_get_current_dir();

  g_assert_cmpint(g_chdir(scratch), ==, 0);
  g_assert_cmpint(g_mkdir("cur", 0700), ==, 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(Maildir) maildir = maildir_open(NULL, MAILDIR_MAKE_NOTHING, store_io_system(), &error);
  g_assert_no_error(error);
  g_assert_cmpstr(maildir->path, ==, scratch);
  g_assert_cmpint(g_chdir(before), ==, 0);
  remove_scratch(scratch);
}

static void second_dsmtpd_is_kept_out(void) {
  g_autofree char *scratch = make_scratch();
  g_autofree char *path = g_build_filename(scratch, "mail", NULL);
  g_autoptr(Maildir) maildir = maildir_open(path, MAILDIR_MAKE_NOTHING, store_io_system(), NULL);

  g_assert_nonnull(maildir);
  g_autoptr(GError) error = NULL;
  g_assert_null(maildir_open(path, MAILDIR_MAKE_NOTHING, store_io_system(), &error));
  g_assert_error(error, INBOX_ERROR, INBOX_ERROR_FAILED);
  g_assert_nonnull(strstr(error->message, "another dsmtpd"));
  g_clear_pointer(&maildir, maildir_close);
  maildir = maildir_open(path, MAILDIR_MAKE_NOTHING, store_io_system(), NULL);
  g_assert_nonnull(maildir);
  remove_scratch(scratch);
}

static void ids_are_unique_and_sane(void) {
  g_autofree char *scratch = make_scratch();
  g_autofree char *path = g_build_filename(scratch, "mail", NULL);
  g_autoptr(Maildir) maildir = maildir_open(path, MAILDIR_MAKE_NOTHING, store_io_system(), NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 1000; i++) {
    char *id = maildir_next_id(maildir);
    g_assert_true(maildir_name_is_sane(id, strlen(id)));
    g_assert_cmpuint(maildir_id_length(id), ==, strlen(id));
    g_assert_true(g_regex_match_simple("^\\d+\\.M\\d+P\\d+Q\\d+\\.[A-Za-z0-9._~-]+$", id, 0, 0));
    g_assert_true(g_hash_table_add(seen, id));
  }
  g_autofree char *name = maildir_file_name("1.M2P3Q4.host", 4096);
  g_assert_cmpstr(name, ==, "1.M2P3Q4.host,S=4096");
  g_assert_cmpuint(maildir_id_length("1.M2P3Q4.host,S=4096:2,FS"), ==, strlen("1.M2P3Q4.host"));
  remove_scratch(scratch);
}

/* The name of a message is its ID in addresses of the web, and a name of a file. */
static void every_host_name_fits_into_ids(void) {
  static const struct {
    const char *host;
    const char *in_names;
  } cases[] = {
      {"mail-1.example.com", "mail-1.example.com"},
      {"under_score", "under_score"},
      {"", "localhost"},
      {"a/b:c,d\\e", "a~2fb~3ac~2cd~5ce"},
      {"tilde~2f", "tilde~7e2f"},
      {"with space\tand\x7f", "with~20space~09and~7f"},
      {"b\xc3\xbcro", "b~c3~bcro"},
      {"\xff\xfe", "~ff~fe"},
      {"x-1;rm -rf $HOME", "x-1~3brm~20-rf~20~24HOME"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *in_names = maildir_host_in_names(cases[i].host);
    g_assert_cmpstr(in_names, ==, cases[i].in_names);
  }
  for (guint character = 1; character <= 255; character++) {
    char host[256] = {0};
    memset(host, (int)character, sizeof host - 1);
    g_autofree char *in_names = maildir_host_in_names(host);
    g_autofree char *name = g_strconcat("1.M2P3Q4.", in_names, NULL);
    g_assert_true(g_regex_match_simple("^[A-Za-z0-9._~-]{64,66}$", in_names, 0, 0));
    g_assert_true(maildir_name_is_sane(name, strlen(name)));
  }
}

static void sweep_takes_only_what_is_36_hours_old(void) {
  g_autofree char *scratch = make_scratch();
  g_autofree char *path = g_build_filename(scratch, "mail", NULL);
  g_autoptr(Maildir) maildir = maildir_open(path, MAILDIR_MAKE_NOTHING, store_io_system(), NULL);
  g_autofree char *tmp = g_build_filename(path, "tmp", NULL);

  put_file(tmp, "old");
  put_file(tmp, "read-lately");
  put_file(tmp, "fresh");
  const time_t old = time(NULL) - 36 * 60 * 60 - 60;
  const struct timespec times[2] = {{.tv_sec = old}, {.tv_sec = old}};
  const struct timespec read_lately[2] = {{.tv_sec = old + 120}, {.tv_sec = old}};
  g_assert_cmpint(utimensat(maildir->tmp_fd, "old", times, 0), ==, 0);
  g_assert_cmpint(utimensat(maildir->tmp_fd, "read-lately", read_lately, 0), ==, 0);
  const gint cancelled = FALSE;
  maildir_sweep_tmp(maildir, store_io_system(), &cancelled);
  g_assert_cmpint(faccessat(maildir->tmp_fd, "old", F_OK, 0), !=, 0);
  g_assert_cmpint(faccessat(maildir->tmp_fd, "read-lately", F_OK, 0), ==, 0);
  g_assert_cmpint(faccessat(maildir->tmp_fd, "fresh", F_OK, 0), ==, 0);
  remove_scratch(scratch);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/maildir/missing_path_is_made_with_its_parents", missing_path_is_made_with_its_parents);
  g_test_add_func("/maildir/directory_that_is_no_maildir_is_invalid", directory_that_is_no_maildir_is_invalid);
  g_test_add_func("/maildir/file_is_invalid", file_is_invalid);
  g_test_add_func("/maildir/existing_directory_becomes_a_maildir_only_when_allowed",
                  existing_directory_becomes_a_maildir_only_when_allowed);
  g_test_add_func("/maildir/current_directory_gets_what_is_missing", current_directory_gets_what_is_missing);
  g_test_add_func("/maildir/second_dsmtpd_is_kept_out", second_dsmtpd_is_kept_out);
  g_test_add_func("/maildir/ids_are_unique_and_sane", ids_are_unique_and_sane);
  g_test_add_func("/maildir/every_host_name_fits_into_ids", every_host_name_fits_into_ids);
  g_test_add_func("/maildir/sweep_takes_only_what_is_36_hours_old", sweep_takes_only_what_is_36_hours_old);
  return g_test_run();
}
