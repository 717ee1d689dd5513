/* A Maildir opened by who does not own it: beside a server, beside another visitor, alone. */
#include "inbox_bench.h"

#define INDEX_FILE "dsmtpd.index"

typedef struct Visit {
  Bench host;  /* its Maildir has a server, until that is closed */
  Bench guest; /* visits it */
} Visit;

static void open_guest(Bench *guest) {
  bench_open_with(guest, (StoreOptions){.directory = guest->place, .visits = TRUE});
}

static void set_up(Visit *visit, gconstpointer data) {
  bench_set_up(&visit->host, data);
  bench_init(&visit->guest, visit->host.place);
}

static void tear_down(Visit *visit, gconstpointer data) {
  bench_clear(&visit->guest);
  bench_tear_down(&visit->host, data);
}

static gboolean is_there(const Bench *bench, const char *name) {
  g_autofree char *path = bench_path(bench, name, NULL);

  return g_file_test(path, G_FILE_TEST_EXISTS);
}

static gboolean is_in_memory(const Bench *bench) {
  return inbox_stats(bench->inbox).is_in_memory;
}

static void foreign_put(const Bench *bench, const char *directory, const char *name) {
  g_autofree char *path = bench_path(bench, directory, name);

  g_assert_true(g_file_set_contents(path, "Subject: by another program\n\nHello\n", -1, NULL));
}

static void all_of_a_foreign_maildir_is_in_the_first_answer(Visit *visit, gconstpointer data) {
  bench_close(&visit->host);
  bench_run((const char *const[]){"rm", "-rf", visit->host.place, NULL});
  static const char *const directories[] = {"new", "cur", "tmp", ".Sent", ".Sent/cur"};
  for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
    g_autofree char *path = bench_path(&visit->guest, directories[i], NULL);
    g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
  }
  static const char *const names[] = {
      "1700000000.V801I2M3.postfix.example",              /* Postfix */
      "1700000001.12345_1.mutt.example:2,FS",             /* mutt */
      "1700000002_0.99.offlineimap,U=7,FMD5=0123:2,RSab", /* offlineimap, with keywords of Dovecot */
  };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    foreign_put(&visit->guest, i == 0 ? "new" : "cur", names[i]);
  for (guint i = 0; i < 2000; i++) {
    g_autofree char *name = g_strdup_printf("16%08u.%u.other:2,", i, i);
    foreign_put(&visit->guest, "cur", name);
  }
  foreign_put(&visit->guest, ".Sent/cur", "1700000003.1.other:2,S");
  open_guest(&visit->guest);
  bench_list(&visit->guest, 0, 3);
  g_assert_cmpuint(visit->guest.n_total, ==, 2003);
  g_assert_cmpuint(visit->guest.n_unread, ==, 2001);
  g_assert_cmpstr(bench_mail(&visit->guest, 2)->id, ==, "1700000000.V801I2M3.postfix.example");
  g_assert_true(bench_mail(&visit->guest, 1)->is_flagged);
  g_assert_true(bench_mail(&visit->guest, 0)->is_read);
  bench_mark(&visit->guest, bench_select(bench_mail(&visit->guest, 0)->id, NULL), INBOX_MARK_FLAGGED, 0);
  g_autofree char *marked = bench_path(&visit->guest, "cur", "1700000002_0.99.offlineimap,U=7,FMD5=0123:2,FRSab");
  g_assert_true(g_file_test(marked, G_FILE_TEST_EXISTS));
}

static void place_that_is_no_maildir_is_left_as_it_is(Visit *visit, gconstpointer data) {
  static const char *const places[] = {"nothing", "."};

  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autofree char *place = g_build_filename(visit->host.root, places[i], NULL);
    const StoreOptions options = {.directory = place, .visits = TRUE};
    g_autoptr(LoopQueue) queue = loop_queue_new(visit->guest.base, NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(store_open_now(&options, queue, NULL, &error));
    g_assert_error(error, INBOX_ERROR, INBOX_ERROR_INVALID);
  }
  g_autoptr(GDir) dir = g_dir_open(visit->host.root, 0, NULL);
  g_assert_cmpstr(g_dir_read_name(dir), ==, "mail");
  g_assert_null(g_dir_read_name(dir));
}

static void without_a_server_the_index_is_kept(Visit *visit, gconstpointer data) {
  bench_deliver(&visit->host, "one");
  bench_close(&visit->host);
  open_guest(&visit->guest);
  bench_list(&visit->guest, 0, 10);
  g_assert_cmpuint(visit->guest.n_total, ==, 1);
  g_assert_false(is_in_memory(&visit->guest));
  bench_deliver(&visit->guest, "two");
  bench_list(&visit->guest, 0, 10);
  g_assert_cmpuint(visit->guest.n_total, ==, 2);
  g_assert_false(is_there(&visit->guest, "dsmtpd.journal"));
  bench_close(&visit->guest);
  g_assert_true(is_there(&visit->guest, INDEX_FILE));
}

static void set_tag(Bench *bench, const char *id) {
  GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);
  guint n_answers = bench->n_answers;

  g_ptr_array_add(tags, g_strdup("kept"));
  inbox_tag_set(bench->inbox, bench_select(id, NULL), tags, bench_changed_cb, bench);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  bench_list(bench, 0, 10);
}

/* The message that came last. */
static void assert_has_tag(const Bench *bench) {
  const GPtrArray *tags = bench_mail(bench, 0)->tags;

  g_assert_cmpuint(tags->len, ==, 1);
  g_assert_cmpstr(g_ptr_array_index(tags, 0), ==, "kept");
}

static void beside_a_server_both_see_what_the_other_does(Visit *visit, gconstpointer data) {
  g_autofree char *first = g_strdup(bench_deliver(&visit->host, "one"));

  set_tag(&visit->host, first);
  open_guest(&visit->guest);
  bench_list(&visit->guest, 0, 10);
  g_assert_cmpuint(visit->guest.n_total, ==, 1);
  g_assert_cmpuint(bench_mail(&visit->guest, 0)->cursor, ==, bench_mail(&visit->host, 0)->cursor);
  assert_has_tag(&visit->guest);
  g_assert_true(is_in_memory(&visit->guest));
  g_assert_false(is_in_memory(&visit->host));
  bench_deliver(&visit->guest, "two");
  do
    bench_list(&visit->host, 0, 10);
  while (visit->host.n_total < 2);
  g_free(foreign_deliver(&visit->host, "three")); /* one of the host's would look like the guest's: one process */
  do
    bench_list(&visit->guest, 0, 10);
  while (visit->guest.n_total < 3);
  bench_delete(&visit->guest, bench_select(first, NULL));
  do
    bench_list(&visit->host, 0, 10);
  while (visit->host.n_total > 2);
  g_assert_true(is_there(&visit->host, "dsmtpd.index-wal"));
}

static void of_two_visitors_one_keeps_the_index(Visit *visit, gconstpointer data) {
  bench_deliver(&visit->host, "one");
  bench_close(&visit->host);
  open_guest(&visit->guest);
  bench_list(&visit->guest, 0, 10);
  Bench other = {0};
  bench_init(&other, visit->host.place);
  open_guest(&other);
  bench_list(&other, 0, 10);
  g_assert_cmpuint(other.n_total, ==, 1);
  g_assert_true(is_in_memory(&other));
  g_assert_false(is_in_memory(&visit->guest));
  bench_clear(&other);
}

static void server_that_comes_gets_the_index(Visit *visit, gconstpointer data) {
  set_tag(&visit->host, bench_deliver(&visit->host, "one"));
  bench_close(&visit->host);
  open_guest(&visit->guest);
  bench_list(&visit->guest, 0, 10);
  g_assert_false(is_in_memory(&visit->guest));
  bench_open(&visit->host);
  bench_wait_whole(&visit->host);
  g_assert_false(is_in_memory(&visit->host));
  bench_list(&visit->host, 0, 10);
  assert_has_tag(&visit->host);
  bench_list(&visit->guest, 0, 10);
  assert_has_tag(&visit->guest);
  g_free(foreign_deliver(&visit->host, "two"));
  do
    bench_list(&visit->guest, 0, 10);
  while (visit->guest.n_total < 2);
  g_assert_true(is_in_memory(&visit->guest));
}

static void visitor_sees_what_comes_after_all_were_put_aside(Visit *visit, gconstpointer data) {
  bench_close(&visit->host);
  bench_open_with(&visit->host, (StoreOptions){.directory = visit->host.place, .aside_messages = 1});
  bench_deliver(&visit->host, "one");
  open_guest(&visit->guest);
  bench_list(&visit->guest, 0, 10);
  g_assert_cmpuint(visit->guest.n_total, ==, 1);
  bench_delete(&visit->host, bench_all);
  g_assert_cmpuint(visit->host.n_changed, ==, 1);
  bench_deliver(&visit->host, "two");
  do {
    g_usleep(50 * 1000);
    bench_list(&visit->guest, 0, 10);
  } while (visit->guest.n_total != 1 || g_strcmp0(bench_mail(&visit->guest, 0)->summary->subject, "two") != 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/inbox/visit/" #name, Visit, NULL, set_up, name, tear_down)
  ADD(all_of_a_foreign_maildir_is_in_the_first_answer);
  ADD(place_that_is_no_maildir_is_left_as_it_is);
  ADD(without_a_server_the_index_is_kept);
  ADD(beside_a_server_both_see_what_the_other_does);
  ADD(of_two_visitors_one_keeps_the_index);
  ADD(server_that_comes_gets_the_index);
  ADD(visitor_sees_what_comes_after_all_were_put_aside);
  return g_test_run();
}
