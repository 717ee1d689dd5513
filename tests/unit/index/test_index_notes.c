/* Transcripts in their file, as they were written, torn, or by somebody else. */
#include "../../support/foreign_files.h"
#include "index/index_notes.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Fixture {
  char *scratch;
  char *path;
  Maildir *maildir;
  StoreParts parts;
  IndexNotes *notes;
  GString *read; /* "id said|" */
} Fixture;

static void open_notes(Fixture *fixture) {
  g_clear_pointer(&fixture->notes, index_notes_free);
  fixture->notes = index_notes_new(&fixture->parts);
}

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->scratch = g_dir_make_tmp("dsmtpd-notes-XXXXXX", NULL);
  g_autofree char *place = g_build_filename(fixture->scratch, "mail", NULL);
  fixture->maildir = maildir_open(place, MAILDIR_MAKE_NOTHING, store_io_system(), NULL);
  fixture->parts = (StoreParts){.io = store_io_system(), .maildir = fixture->maildir};
  fixture->path = g_build_filename(place, INDEX_NOTES_NAME, NULL);
  fixture->read = g_string_new(NULL);
  open_notes(fixture);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  const char *const argv[] = {"rm", "-rf", fixture->scratch, NULL};

  index_notes_free(fixture->notes);
  maildir_close(fixture->maildir);
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_string_free(fixture->read, TRUE);
  g_free(fixture->path);
  g_free(fixture->scratch);
}

static gboolean found_cb(const char *id, const char *said, gpointer user_data) {
  g_string_append_printf(user_data, "%s %s|", id, said);
  return TRUE;
}

static const char *read_all(Fixture *fixture) {
  g_string_truncate(fixture->read, 0);
  index_notes_read(fixture->notes, found_cb, fixture->read);
  return fixture->read->str;
}

static void what_was_written_outlives_the_process(Fixture *fixture, gconstpointer data) {
  g_assert_true(index_notes_is_empty(fixture->notes));
  index_notes_add(fixture->notes, "1.a", "220 x\nEHLO y\n");
  index_notes_add(fixture->notes, "2.b", "");
  index_notes_write(fixture->notes);
  index_notes_add(fixture->notes, "3.c", "3.c 5\nhello\n");
  index_notes_write(fixture->notes);
  index_notes_add(fixture->notes, "4.d", "is not written");
  IndexNotes *left = fixture->notes; /* as kill -9 leaves it */
  fixture->notes = index_notes_new(&fixture->parts);
  g_assert_false(index_notes_is_empty(fixture->notes));
  g_assert_cmpstr(read_all(fixture), ==, "1.a 220 x\nEHLO y\n|2.b |3.c 3.c 5\nhello\n|");
  index_notes_free(left);
}

static void nothing_is_left_when_all_are_in_the_index(Fixture *fixture, gconstpointer data) {
  g_assert_false(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
  index_notes_add(fixture->notes, "1.a", "x");
  index_notes_write(fixture->notes);
  index_notes_clear(fixture->notes);
  g_assert_true(index_notes_is_empty(fixture->notes));
  index_notes_add(fixture->notes, "2.b", "y");
  index_notes_write(fixture->notes);
  g_assert_cmpstr(read_all(fixture), ==, "2.b y|");
  index_notes_clear(fixture->notes);
  g_clear_pointer(&fixture->notes, index_notes_free);
  g_assert_false(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
}

static void torn_at_any_byte_the_ones_before_are_read(Fixture *fixture, gconstpointer data) {
  static const char text[] = "1.a 3\nabc\n2.b 4\nd\nef\n";

  for (gsize len = 0; len < sizeof text; len++) {
    g_assert_true(g_file_set_contents(fixture->path, text, (gssize)len, NULL));
    open_notes(fixture);
    g_assert_cmpstr(read_all(fixture), ==, len < 10 ? "" : len < sizeof text - 1 ? "1.a abc|" : "1.a abc|2.b d\nef|");
  }
}

static void what_is_added_behind_a_torn_end_is_read(Fixture *fixture, gconstpointer data) {
  g_assert_true(g_file_set_contents(fixture->path, "1.a 3\nabc\n2.b 400\ntorn", -1, NULL));
  open_notes(fixture);
  index_notes_add(fixture->notes, "3.c", "x");
  index_notes_write(fixture->notes);
  IndexNotes *left = fixture->notes; /* as kill -9 leaves it */
  fixture->notes = index_notes_new(&fixture->parts);
  g_assert_cmpstr(read_all(fixture), ==, "1.a abc|3.c x|");
  index_notes_free(left);
}

static ssize_t fail_to_write(const StoreIo *io, int fd, const struct iovec *parts, int n_parts, off_t offset) {
  errno = ENOSPC;
  return -1;
}

static void what_could_not_be_written_is_tried_again(Fixture *fixture, gconstpointer data) {
  StoreIo full = *store_io_system();

  full.write = fail_to_write;
  fixture->parts.io = &full;
  index_notes_add(fixture->notes, "1.a", "x");
  index_notes_write(fixture->notes);
  fixture->parts.io = store_io_system();
  g_assert_false(index_notes_is_empty(fixture->notes));
  index_notes_add(fixture->notes, "2.b", "y");
  index_notes_write(fixture->notes);
  g_assert_cmpstr(read_all(fixture), ==, "1.a x|2.b y|");
}

static void what_is_no_note_ends_the_reading(Fixture *fixture, gconstpointer data) {
  static const char *const rests[] = {
      "2.b\nabc\n",
      "2.b x\nabc\n",
      "2.b 4\nabc\n",
      "2.b 99999999999\nabc\n",
      "2.b 3 \nabc\n",
      "2.b 3\na\xff"
      "c\n",
      "\xff 3\nabc\n",
      "2.b -1\nabc\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rests); i++) {
    g_autofree char *text = g_strconcat("1.a 3\nabc\n", rests[i], "3.c 1\nx\n", NULL);
    g_assert_true(g_file_set_contents(fixture->path, text, -1, NULL));
    open_notes(fixture);
    g_assert_cmpstr(read_all(fixture), ==, "1.a abc|");
  }
  g_assert_true(g_file_set_contents(fixture->path, "1.a 3\nabc\n2.b 3\na\0c\n", 20, NULL)); /* zeros of a power cut */
  open_notes(fixture);
  g_assert_cmpstr(read_all(fixture), ==, "1.a abc|");
}

static void limits_hold_at_their_edge(Fixture *fixture, gconstpointer data) {
  g_autofree char *longest = g_strnfill(INDEX_NOTE_BYTES_MAX, 'x');
  g_autofree char *longer = g_strnfill(INDEX_NOTE_BYTES_MAX + 1, 'x');

  index_notes_add(fixture->notes, "1.a", longer);
  g_assert_true(index_notes_is_empty(fixture->notes));
  index_notes_add(fixture->notes, "1.a", longest);
  index_notes_write(fixture->notes);
  g_assert_cmpuint(strlen(read_all(fixture)), ==, INDEX_NOTE_BYTES_MAX + strlen("1.a |"));
  for (guint i = 0; i < INDEX_NOTES_BYTES_MAX / INDEX_NOTE_BYTES_MAX + 10; i++)
    index_notes_add(fixture->notes, "2.b", longest);
  index_notes_write(fixture->notes);
  struct stat status;
  g_assert_cmpint(stat(fixture->path, &status), ==, 0);
  g_assert_cmpint(status.st_size, <=, INDEX_NOTES_BYTES_MAX);
  g_assert_cmpint(status.st_size, >, INDEX_NOTES_BYTES_MAX - 2 * INDEX_NOTE_BYTES_MAX);
  g_assert_cmpint(truncate(fixture->path, (off_t)INDEX_NOTES_BYTES_MAX + 1), ==, 0);
  open_notes(fixture);
  g_assert_cmpstr(read_all(fixture), ==, "");
}

static void what_is_no_file_of_ours_is_left_alone(Fixture *fixture, gconstpointer data) {
  static const char text[] = "1.a 3\nabc\n";
  g_autofree char *other = g_build_filename(fixture->scratch, "other", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS(foreign_makers); i++) {
    g_assert_true(g_file_set_contents(other, text, -1, NULL));
    foreign_makers[i](fixture->path, other);
    open_notes(fixture);
    g_assert_cmpstr(read_all(fixture), ==, "");
    index_notes_add(fixture->notes, "2.b", "x");
    index_notes_write(fixture->notes);
    index_notes_clear(fixture->notes);
    g_clear_pointer(&fixture->notes, index_notes_free);
    struct stat status;
    g_assert_cmpint(lstat(fixture->path, &status), ==, 0);
    g_autofree char *read = NULL;
    g_assert_true(g_file_get_contents(other, &read, NULL, NULL));
    g_assert_cmpstr(read, ==, text);
    g_assert_cmpint(remove(fixture->path), ==, 0);
    open_notes(fixture);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/index_notes/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(what_was_written_outlives_the_process);
  ADD(nothing_is_left_when_all_are_in_the_index);
  ADD(torn_at_any_byte_the_ones_before_are_read);
  ADD(what_is_added_behind_a_torn_end_is_read);
  ADD(what_could_not_be_written_is_tried_again);
  ADD(what_is_no_note_ends_the_reading);
  ADD(limits_hold_at_their_edge);
  ADD(what_is_no_file_of_ours_is_left_alone);
  return g_test_run();
}
