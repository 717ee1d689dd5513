#include "../../support/foreign_files.h"
#include "maildir/uidlist.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Fixture {
  char *scratch;
  char *path;
  Maildir *maildir;
  UidList *list;
} Fixture;

static void open_list(Fixture *fixture) {
  fixture->list = uidlist_new(fixture->maildir, store_io_system(), TRUE);
  uidlist_set_owner(fixture->list, TRUE);
}

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->scratch = g_dir_make_tmp("dsmtpd-uidlist-XXXXXX", NULL);
  g_autofree char *place = g_build_filename(fixture->scratch, "mail", NULL);
  fixture->maildir = maildir_open(place, MAILDIR_MAKE_NOTHING, store_io_system(), NULL);
  g_assert_nonnull(fixture->maildir);
  fixture->path = g_build_filename(place, UIDLIST_NAME, NULL);
  open_list(fixture);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  g_clear_pointer(&fixture->list, uidlist_free);
  maildir_close(fixture->maildir);
  const char *const argv[] = {"rm", "-rf", fixture->scratch, NULL};
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free(fixture->path);
  g_free(fixture->scratch);
}

static void collect(const UidListLine *line, gpointer user_data) {
  uidlist_print(user_data, line);
}

/* The lines of the text that are ours, printed again. */
static char *read_text(const char *text, gsize len, gsize piece, guint64 *out_n_damaged) {
  GString *out = g_string_new(NULL);
  UidListReader reader;

  uidlist_reader_init(&reader, collect, out);
  for (gsize at = 0; at < len; at += piece)
    uidlist_reader_feed(&reader, text + at, MIN(piece, len - at));
  *out_n_damaged = reader.n_damaged;
  uidlist_reader_clear(&reader);
  return g_string_free(out, FALSE);
}

static void lines_are_read_as_they_were_printed(void) {
  static const char text[] = "dsmtpd-uidlist-1 1796097875 eeb0736664c9ac5b\n"
                             "top 1796097936130396 401\n"
                             "add 1 1796097876.M122981P15759Q1.vm\n"
                             "tag 1 1796097876.M122981P15759Q1.vm bar baz,foo\n"
                             "tag 1 a \n"
                             "add 4294967294 x-0123\n"
                             "del 1\n"
                             "clear\n"
                             "end 0 0\n";

  for (gsize piece = 1; piece < sizeof text; piece++) {
    guint64 n_damaged;
    g_autofree char *again = read_text(text, strlen(text), piece, &n_damaged);
    g_assert_cmpstr(again, ==, text);
    g_assert_cmpuint(n_damaged, ==, 0);
  }
}

static void lines_that_are_none_of_ours_are_passed_over(void) {
  static const char *const lines[] = {
      "",
      " ",
      "add",
      "add ",
      "add 1",
      "add 0 a",
      "add 4294967295 a",
      "add 4294967296 a",
      "add -1 a",
      "add +1 a",
      "add 1  a",
      "add  1 a",
      "add 1 a b",
      "add 1 a/b",
      "add 1 ../x",
      "add 1 b\xc3\xbc",
      "add 1 a\r",
      "ADD 1 a",
      "del 1 a",
      "clear ",
      "top 1",
      "top -1 1",
      "top 9223372036854775807 1",
      "top 1 4294967295",
      "dsmtpd-uidlist-1 0 0123456789abcdef",
      "dsmtpd-uidlist-1 1 0123",
      "dsmtpd-uidlist-2 1 0123456789abcdef",
      "tag 1",
      "tag 1 ",
  };

  for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
    g_autofree char *text = g_strconcat("del 7\n", lines[i], "\ndel 8\n", NULL);
    guint64 n_damaged;
    g_autofree char *read = read_text(text, strlen(text), 3, &n_damaged);
    g_assert_cmpstr(read, ==, "del 7\ndel 8\n");
    g_assert_cmpuint(n_damaged, ==, 1);
  }
}

static void lines_too_long_and_with_nul_are_passed_over(void) {
  g_autoptr(GString) text = g_string_new("del 1\nadd 2 ");

  for (guint i = 0; i < 3 * UIDLIST_LINE_BYTES_MAX; i++)
    g_string_append_c(text, 'a');
  g_string_append_len(text, "\ndel 3\0\ndel 4\n torn", 20);
  guint64 n_damaged;
  g_autofree char *read = read_text(text->str, text->len, 1000, &n_damaged);
  g_assert_cmpstr(read, ==, "del 1\ndel 4\n");
  g_assert_cmpuint(n_damaged, ==, 2);
}

static gboolean fill_nothing(GString *out, gpointer user_data, GError **error) {
  return FALSE;
}

/* As the index does it, for a list that has no file yet. */
static void write_all(Fixture *fixture) {
  g_autoptr(GError) error = NULL;

  g_assert_true(uidlist_flush(fixture->list, FALSE, &error));
  if (uidlist_wants_rewrite(fixture->list, 0))
    g_assert_true(uidlist_rewrite(fixture->list, fill_nothing, NULL, &error));
  g_assert_no_error(error);
}

static void make_list(Fixture *fixture) {
  g_assert_false(uidlist_look(fixture->list));
  uidlist_renew(fixture->list, 0);
  write_all(fixture);
}

static guint32 add_one(Fixture *fixture, const char *id) {
  const UidListLine line = {.kind = UIDLIST_ADDED, .uid = uidlist_next_uid(fixture->list), .id = id};

  uidlist_put(fixture->list, &line);
  write_all(fixture);
  return line.uid;
}

/* What a crash leaves: the file as it is. */
static void crash(Fixture *fixture) {
  g_autofree char *text = NULL;
  gsize len = 0;

  g_assert_true(g_file_get_contents(fixture->path, &text, &len, NULL));
  g_clear_pointer(&fixture->list, uidlist_free);
  g_assert_true(g_file_set_contents(fixture->path, text, (gssize)len, NULL));
  open_list(fixture);
}

static void numbers_and_uids_go_on_after_the_end(Fixture *fixture, gconstpointer data) {
  make_list(fixture);
  guint32 validity = uidlist_validity(fixture->list);
  g_assert_cmpuint(add_one(fixture, "a"), ==, 1);
  g_assert_cmpuint(add_one(fixture, "b"), ==, 2);
  guint64 number = uidlist_next_number(fixture->list);
  g_clear_pointer(&fixture->list, uidlist_free);
  open_list(fixture);
  g_assert_true(uidlist_look(fixture->list));
  g_assert_cmpuint(uidlist_validity(fixture->list), ==, validity);
  g_assert_cmpuint(uidlist_last_number(fixture->list), ==, number);
  g_assert_cmpuint(add_one(fixture, "c"), ==, 3);
}

static void nothing_is_given_out_twice_after_a_crash(Fixture *fixture, gconstpointer data) {
  make_list(fixture);
  guint32 last_uid = 0;
  guint64 last_number = 0;
  for (guint i = 0; i < 20; i++) {
    for (guint j = 0; j < i * 10; j++) {
      guint32 uid = uidlist_next_uid(fixture->list);
      g_assert_cmpuint(uid, >, last_uid);
      last_uid = uid;
    }
    guint64 number = uidlist_next_number(fixture->list);
    g_assert_cmpuint(number, >, last_number);
    last_number = number;
    g_assert_cmpuint(add_one(fixture, "a"), ==, ++last_uid);
    crash(fixture);
    g_assert_true(uidlist_look(fixture->list));
    g_assert_cmpuint(uidlist_last_number(fixture->list), >, last_number);
  }
}

static void clock_set_back_does_not_lead_numbers_back(Fixture *fixture, gconstpointer data) {
  make_list(fixture);
  guint64 ahead = (guint64)g_get_real_time() + 86400 * (guint64)G_USEC_PER_SEC; /* the clock as it was */
  uidlist_raise_number(fixture->list, ahead);
  add_one(fixture, "a");
  crash(fixture);
  g_assert_true(uidlist_look(fixture->list));
  g_assert_cmpuint(uidlist_next_number(fixture->list), >, ahead);
}

static void end_is_found_behind_any_number_of_lines(Fixture *fixture, gconstpointer data) {
  make_list(fixture);
  for (guint i = 0; i < 200; i++) {
    for (guint j = 0; j < 50; j++) {
      const UidListLine line = {.kind = UIDLIST_TAGGED, .uid = 1, .id = "a", .tags = "end 99 99"};
      uidlist_put(fixture->list, &line);
    }
    write_all(fixture);
  }
  add_one(fixture, "b");
  crash(fixture);
  g_assert_true(uidlist_look(fixture->list));
  g_assert_cmpuint(uidlist_last_number(fixture->list), >, (guint64)g_get_real_time());
  g_assert_cmpuint(uidlist_last_uid(fixture->list), <, UIDLIST_STEP_MAX);
}

static void what_was_read_is_not_read_again(Fixture *fixture, gconstpointer data) {
  make_list(fixture);
  add_one(fixture, "a");
  UidListMark mark = uidlist_mark(fixture->list);
  add_one(fixture, "b");
  crash(fixture);
  g_autoptr(GString) read = g_string_new(NULL);
  g_assert_true(uidlist_read_on(fixture->list, &mark, collect, read));
  g_assert_nonnull(strstr(read->str, "add 2 b\n"));
  g_assert_null(strstr(read->str, "add 1 a\n"));
  g_assert_cmpint(mark.offset, ==, uidlist_mark(fixture->list).offset);
  g_assert_true(uidlist_rewrite(fixture->list, fill_nothing, NULL, NULL));
  g_assert_false(uidlist_read_on(fixture->list, &mark, collect, read));
}

static void torn_line_is_left_out_and_the_file_written_again(Fixture *fixture, gconstpointer data) {
  make_list(fixture);
  add_one(fixture, "a");
  g_clear_pointer(&fixture->list, uidlist_free);
  int fd = open(fixture->path, O_WRONLY | O_APPEND | O_CLOEXEC);
  g_assert_cmpint(write(fd, "add 9 tor", 9), ==, 9);
  close(fd);
  open_list(fixture);
  g_assert_true(uidlist_look(fixture->list));
  g_assert_true(uidlist_wants_rewrite(fixture->list, 1000));
  guint64 n_damaged = 0;
  UidListMark mark;
  g_autoptr(GString) read = g_string_new(NULL);
  uidlist_read_all(fixture->list, &mark, collect, read, &n_damaged);
  g_assert_cmpuint(n_damaged, ==, 0);
  g_assert_null(strstr(read->str, "tor"));
}

static void uids_end_at_the_largest(Fixture *fixture, gconstpointer data) {
  make_list(fixture);
  guint32 validity = uidlist_validity(fixture->list);
  uidlist_raise_uid(fixture->list, UID_MAX - 1);
  g_assert_cmpuint(add_one(fixture, "a"), ==, UID_MAX);
  g_assert_true(uidlist_is_exhausted(fixture->list));
  g_assert_cmpuint(uidlist_next_uid(fixture->list), ==, 0);
  crash(fixture);
  g_assert_true(uidlist_look(fixture->list));
  g_assert_true(uidlist_is_exhausted(fixture->list));
  uidlist_renew(fixture->list, validity);
  g_assert_cmpuint(uidlist_validity(fixture->list), >, validity);
  g_assert_cmpuint(uidlist_next_uid(fixture->list), ==, 1);
}

static void who_does_not_own_it_writes_nothing(Fixture *fixture, gconstpointer data) {
  make_list(fixture);
  add_one(fixture, "a");
  g_clear_pointer(&fixture->list, uidlist_free);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_assert_true(g_file_get_contents(fixture->path, &before, NULL, NULL));
  open_list(fixture);
  uidlist_set_owner(fixture->list, FALSE);
  g_assert_true(uidlist_look(fixture->list));
  g_assert_cmpuint(uidlist_next_uid(fixture->list), ==, 0);
  const UidListLine line = {.kind = UIDLIST_CLEARED};
  uidlist_put(fixture->list, &line);
  write_all(fixture);
  g_clear_pointer(&fixture->list, uidlist_free);
  g_assert_true(g_file_get_contents(fixture->path, &after, NULL, NULL));
  g_assert_cmpstr(before, ==, after);
}

static void make_huge(const char *path, const char *other) {
  g_assert_true(g_file_set_contents(path, "", 0, NULL));
  g_assert_cmpint(truncate(path, (off_t)1 << 42), ==, 0);
}

static void what_is_no_file_of_ours_is_left_alone(Fixture *fixture, gconstpointer data) {
  g_autofree char *other = g_build_filename(fixture->scratch, "other", NULL);
  static const char text[] = "dsmtpd-uidlist-1 5 0123456789abcdef\nadd 77 a\n";

  for (gsize i = 0; i <= G_N_ELEMENTS(foreign_makers); i++) {
    g_assert_true(g_file_set_contents(other, text, -1, NULL));
    (i < G_N_ELEMENTS(foreign_makers) ? foreign_makers[i] : make_huge)(fixture->path, other);
    struct stat before, after;
    g_assert_cmpint(lstat(fixture->path, &before), ==, 0);
    g_clear_pointer(&fixture->list, uidlist_free);
    open_list(fixture);
    g_assert_false(uidlist_look(fixture->list));
    g_autofree char *notice = uidlist_take_notice(fixture->list);
    g_assert_nonnull(strstr(notice, "until it is removed"));
    uidlist_renew(fixture->list, 0);
    g_assert_cmpuint(add_one(fixture, "b"), ==, 1);
    g_clear_pointer(&fixture->list, uidlist_free);
    g_assert_cmpint(lstat(fixture->path, &after), ==, 0);
    g_assert_cmpuint(before.st_ino, ==, after.st_ino);
    g_autofree char *read = NULL;
    g_assert_true(g_file_get_contents(other, &read, NULL, NULL));
    g_assert_cmpstr(read, ==, text);
    g_assert_cmpint(remove(fixture->path), ==, 0);
    open_list(fixture);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/uidlist/" #name, Fixture, NULL, set_up, name, tear_down)
  g_test_add_func("/uidlist/lines_are_read_as_they_were_printed", lines_are_read_as_they_were_printed);
  g_test_add_func("/uidlist/lines_that_are_none_of_ours_are_passed_over", lines_that_are_none_of_ours_are_passed_over);
  g_test_add_func("/uidlist/lines_too_long_and_with_nul_are_passed_over", lines_too_long_and_with_nul_are_passed_over);
  ADD(numbers_and_uids_go_on_after_the_end);
  ADD(nothing_is_given_out_twice_after_a_crash);
  ADD(clock_set_back_does_not_lead_numbers_back);
  ADD(end_is_found_behind_any_number_of_lines);
  ADD(what_was_read_is_not_read_again);
  ADD(torn_line_is_left_out_and_the_file_written_again);
  ADD(uids_end_at_the_largest);
  ADD(who_does_not_own_it_writes_nothing);
  ADD(what_is_no_file_of_ours_is_left_alone);
  return g_test_run();
}
