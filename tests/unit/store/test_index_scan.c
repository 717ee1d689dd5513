/* A Maildir that the index does not know is taken in by portions, each message once. */
#include "index/index_scan.h"

#include "store_bench.h"

enum { N_FILES = 60, FIRST_DATE_S = 1700000000 };

typedef struct Fixture {
  Scratch scratch;
  FaultIo fault;
  StoreParts parts;
  IndexFile *file;
  IndexSync work;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer user_data) {
  g_autoptr(GError) error = NULL;

  scratch_init(&fixture->scratch);
  fault_io_init(&fixture->fault, 1);
  fixture->parts.io = &fixture->fault.io;
  fixture->parts.maildir = maildir_open(fixture->scratch.maildir, MAILDIR_MAKE_NOTHING, fixture->parts.io, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < N_FILES; i++) {
    g_autofree char *path = g_strdup_printf("%s/new/%u.%u.test", fixture->scratch.maildir, FIRST_DATE_S + i, i);
    g_assert_true(g_file_set_contents(path, "Subject: x\n\n", -1, NULL));
  }
  fixture->file = index_file_new(fixture->parts.maildir);
  fixture->parts.uids = uidlist_new(fixture->parts.maildir, fixture->parts.io, TRUE);
  fixture->work.parts = &fixture->parts;
  fixture->work.writer = index_write_open(fixture->file, fixture->parts.uids, &error);
  g_assert_no_error(error);
  fixture->work.events = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_event_free);
  fixture->work.live_since_us = G_MAXINT64;
  g_assert_true(index_write_begin(fixture->work.writer, NULL));
}

static void tear_down(Fixture *fixture, gconstpointer user_data) {
  g_ptr_array_unref(fixture->work.events);
  index_write_close(fixture->work.writer);
  index_file_free(fixture->file);
  uidlist_free(fixture->parts.uids);
  maildir_close(fixture->parts.maildir);
  scratch_clear(&fixture->scratch);
}

/* Of one message's worth each, or to find that a directory has no more. */
static guint count_steps(Fixture *fixture, guint at_once) {
  g_autoptr(GError) error = NULL;
  g_autoptr(IndexScan) scan = index_scan_new(&fixture->work, FALSE, at_once);
  guint n_steps = 1;

  while (index_scan_step(scan, 0, &error) == INDEX_SCAN_MORE)
    n_steps++;
  g_assert_no_error(error);
  g_assert_cmpuint(index_write_totals(fixture->work.writer)->n_messages, ==, N_FILES);
  return n_steps;
}

/* To meet all; for each portion to list both directories and to come to its end; to add each message; to find none to
 * compare.
 */
static guint steps_of(guint n_portions) {
  return (N_FILES + 2) + n_portions * (N_FILES + 3) + N_FILES + 1;
}

static void each_mail_is_added_once(Fixture *fixture, gconstpointer user_data) {
  g_assert_cmpuint(count_steps(fixture, 20), ==, steps_of(3));
}

static void a_portion_may_hold_all(Fixture *fixture, gconstpointer user_data) {
  g_assert_cmpuint(count_steps(fixture, N_FILES), ==, steps_of(1));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/index_scan/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(each_mail_is_added_once);
  ADD(a_portion_may_hold_all);
#undef ADD
  return g_test_run();
}
