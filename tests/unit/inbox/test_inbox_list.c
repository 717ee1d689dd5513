/* What was delivered is listed: at once, in order, page by page. */
#include "inbox_bench.h"
#include <pthread.h>

static void mail_is_listed_after_its_delivery(Bench *bench, gconstpointer data) {
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 0);
  const char *id = bench_deliver(bench, "=?utf-8?q?Gr=C3=BC=C3=9Fe?=");
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 1);
  g_assert_cmpuint(bench->n_unread, ==, 1);
  g_assert_cmpuint(bench->messages->len, ==, 1);
  const InboxMail *mail = bench_mail(bench, 0);
  g_assert_cmpstr(mail->id, ==, id);
  g_assert_cmpstr(mail->summary->subject, ==, "Grüße");
  g_assert_false(mail->is_read);
  g_assert_cmpuint(mail->cursor, ==, bench->cursor);
}

static void lists_go_from_new_to_old_in_pages(Bench *bench, gconstpointer data) {
  enum { N_MESSAGES = 57, PAGE = 10 };

  for (guint i = 0; i < N_MESSAGES; i++) {
    g_autofree char *mail = g_strdup_printf("Subject: %u\n\nHello\n", i);
    bench_send(bench, mail);
  }
  bench_wait_for(bench, &bench->n_delivered, N_MESSAGES);
  for (guint start = 0; start < N_MESSAGES + PAGE; start += PAGE) {
    bench_list(bench, start, PAGE);
    g_assert_cmpuint(bench->n_total, ==, N_MESSAGES);
    g_assert_cmpuint(bench->messages->len, ==, start >= N_MESSAGES ? 0 : MIN(PAGE, N_MESSAGES - start));
    for (guint i = 0; i < bench->messages->len; i++)
      g_assert_cmpstr(bench_mail(bench, i)->id, ==, g_ptr_array_index(bench->ids, N_MESSAGES - 1 - start - i));
  }
}

static void lists_go_on_from_a_cursor(Bench *bench, gconstpointer data) {
  bench_deliver(bench, "one");
  bench_list(bench, 0, 50);
  InboxListRequest request = {.limit = 50, .after = bench->cursor};
  bench_list_request(bench, &request);
  g_assert_cmpuint(bench->messages->len, ==, 0);
  const char *two = bench_deliver(bench, "two");
  bench_deliver(bench, "three");
  request.oldest_first = TRUE;
  bench_list_request(bench, &request);
  g_assert_cmpuint(bench->n_total, ==, 3);
  g_assert_cmpuint(bench->n_matching, ==, 2);
  g_assert_cmpstr(bench_mail(bench, 0)->id, ==, two);
  request.before = bench_mail(bench, 1)->cursor;
  bench_list_request(bench, &request);
  g_assert_cmpuint(bench->n_matching, ==, 1);
  g_assert_cmpstr(bench_mail(bench, 0)->id, ==, two);
}

static void lists_survive_a_restart(Bench *bench, gconstpointer data) {
  for (guint i = 0; i < 5; i++)
    bench_deliver(bench, "mail");
  bench_list(bench, 0, 50);
  InboxCursor cursor = bench->cursor;
  bench_close(bench);
  bench_open(bench);
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 5);
  g_assert_cmpuint(bench->cursor, ==, cursor);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpstr(bench_mail(bench, i)->id, ==, g_ptr_array_index(bench->ids, 4 - i));
}

static guint count_found(Bench *bench, const char *query) {
  InboxListRequest request = {.limit = 50, .query = search_query_parse(query, &(SearchQueryOptions){0}, NULL)};

  bench_list_request(bench, &request);
  g_assert_cmpuint(bench->messages->len, ==, bench->n_matching);
  return (guint)bench->n_matching;
}

static void deleted_messages_are_not_found(Bench *bench, gconstpointer data) {
  bench_deliver(bench, "one zebra");
  bench_deliver(bench, "two zebra");
  g_assert_cmpuint(count_found(bench, "ebra"), ==, 2);
  g_autoptr(GPtrArray) names = foreign_list(bench, "new");
  g_autofree char *path = bench_path(bench, "new", g_ptr_array_index(names, 0));
  g_assert_cmpint(g_unlink(path), ==, 0);
  while (bench->n_total > 1)
    bench_list(bench, 0, 50);
  g_assert_cmpuint(count_found(bench, "ebra"), ==, 1);
  g_assert_cmpuint(count_found(bench, "-ebra"), ==, 0);
}

/* --- reading */

typedef struct Reading {
  const char *id;
  gint n_read; /* atomic: on another thread */
} Reading;

/* At most the beginning of a large one. */
static gpointer read_cb(InboxReader *reader, gpointer user_data, GError **error) {
  Reading *reading = user_data;
  char stored[4096] = "";
  guint64 size_bytes;
  g_autoptr(InboxMail) mail = NULL;
  int fd = inbox_reader_open(reader, reading->id, NULL, &mail, &size_bytes, error);

  if (fd < 0)
    return NULL;
  g_atomic_int_inc(&reading->n_read);
  g_assert_cmpint(read(fd, stored, sizeof stored - 1), ==, (gssize)MIN(size_bytes, sizeof stored - 1));
  close(fd);
  return g_strdup_printf("%s|%s", mail->id, stored);
}

static void read_one(Bench *bench, const char *id) {
  Reading reading = {.id = id};

  g_free(bench->text);
  bench->text = bench_ask(bench, INBOX_LANE_MESSAGES, read_cb, &reading);
  g_assert_cmpint(g_atomic_int_get(&reading.n_read), ==, bench->error_code == -1 ? 1 : 0);
}

static void mail_is_read_by_its_id_and_as_the_latest(Bench *bench, gconstpointer data) {
  read_one(bench, NULL);
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_NOT_FOUND);
  g_autofree char *id = g_strdup(bench_deliver(bench, "one"));
  bench_deliver(bench, "two");
  read_one(bench, id);
  g_assert_cmpint(bench->error_code, ==, -1);
  g_assert_true(g_str_has_prefix(bench->text, id));
  g_assert_nonnull(strstr(bench->text, "Return-Path: <from@example.com>\n"));
  g_assert_true(g_str_has_suffix(bench->text, "Subject: one\n\nHello\n"));
  read_one(bench, NULL);
  g_assert_true(g_str_has_suffix(bench->text, "Subject: two\n\nHello\n"));
  static const char *const strange[] = {"", "nothing", "../../etc/passwd", "a' OR 1 --", "\xff"};
  for (gsize i = 0; i < G_N_ELEMENTS(strange); i++) {
    read_one(bench, strange[i]);
    g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_NOT_FOUND);
  }
}

static void what_is_not_a_file_is_not_opened(Bench *bench, gconstpointer data) {
  g_autofree char *id = g_strdup(bench_deliver(bench, "one"));
  g_autoptr(GPtrArray) names = foreign_list(bench, "new");
  g_autofree char *path = bench_path(bench, "new", g_ptr_array_index(names, 0));
  g_autofree char *elsewhere = g_build_filename(bench->root, "elsewhere", NULL);

  g_assert_true(g_file_set_contents(elsewhere, "Subject: not to be seen\n\n", -1, NULL));
  g_assert_cmpint(g_unlink(path) | symlink(elsewhere, path), ==, 0);
  read_one(bench, id);
  g_assert_cmpint(bench->error_code, !=, -1);
  g_assert_null(bench->text);
}

/* Not GLib's locks, which ThreadSanitizer cannot see. */
typedef struct Held {
  const char *id;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  gboolean is_over;
  guint n_done;
} Held;

static gpointer hold_cb(InboxReader *reader, gpointer user_data, GError **error) {
  Held *held = user_data;
  guint64 size_bytes;
  int fd = inbox_reader_open(reader, held->id, NULL, NULL, &size_bytes, error);

  if (fd < 0)
    return NULL;
  close(fd);
  pthread_mutex_lock(&held->lock);
  while (!held->is_over)
    pthread_cond_wait(&held->changed, &held->lock);
  pthread_mutex_unlock(&held->lock);
  return held;
}

static void let_go(Held *held) {
  pthread_mutex_lock(&held->lock);
  held->is_over = TRUE;
  pthread_cond_broadcast(&held->changed);
  pthread_mutex_unlock(&held->lock);
}

static void held_cb(gpointer answer, const GError *error, gpointer user_data) {
  ((Held *)user_data)->n_done++;
}

static void list_does_not_wait_for_messages_that_take_long(Bench *bench, gconstpointer data) {
  enum { N_READS = 5 };
  Held held = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

  bench_deliver(bench, "one");
  for (guint i = 0; i < N_READS; i++)
    inbox_ask(bench->inbox, INBOX_LANE_MESSAGES, hold_cb, held_cb, &held);
  bench_list(bench, 0, 50);
  g_assert_cmpuint(bench->n_total, ==, 1);
  g_assert_cmpuint(held.n_done, ==, 0);
  let_go(&held);
  bench_wait_for(bench, &held.n_done, N_READS);
}

static void small_message_does_not_wait_for_large_ones(Bench *bench, gconstpointer data) {
  enum { N_READS = 5, LARGE_BYTES = 2 * 1024 * 1024 };
  static const char large_id[] = "1700000000.M1P1Q1.large";
  Held held = {.id = large_id, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  g_autofree char *id = g_strdup(bench_deliver(bench, "small"));
  g_autofree char *path = bench_path(bench, "new", large_id);
  g_autofree char *bytes = g_strnfill(LARGE_BYTES, 'x');

  g_assert_true(g_file_set_contents(path, bytes, LARGE_BYTES, NULL));
  while (bench->n_total < 2)
    bench_list(bench, 0, 50);
  for (guint i = 0; i < N_READS; i++)
    inbox_ask(bench->inbox, INBOX_LANE_MESSAGES, hold_cb, held_cb, &held);
  read_one(bench, id);
  g_assert_cmpint(bench->error_code, ==, -1);
  g_assert_cmpuint(held.n_done, ==, 0);
  let_go(&held);
  bench_wait_for(bench, &held.n_done, N_READS);
}

static void message_too_large_to_be_looked_at_is_listed(Bench *bench, gconstpointer data) {
  g_autofree char *path = bench_path(bench, "new", "1700000000.M1P1Q1.large");

  g_assert_true(g_file_set_contents(path, "Subject: large\n\nHello\n", -1, NULL));
  g_assert_cmpint(truncate(path, (off_t)INBOX_WHOLE_BYTES_MAX + 1), ==, 0);
  bench_close(bench);
  bench_open(bench);
  while (bench->n_total < 1)
    bench_list(bench, 0, 50);
  const MailSummary *summary = bench_mail(bench, 0)->summary;
  g_assert_cmpstr(summary->subject, ==, "large");
  g_assert_cmpuint(summary->size_bytes, >, INBOX_WHOLE_BYTES_MAX);
  g_assert_cmpuint(summary->size_bytes, <, INBOX_WHOLE_BYTES_MAX + 100);
  g_assert_nonnull(strstr(g_ptr_array_index(summary->diagnostics, summary->diagnostics->len - 1), "64 MiB"));
}

/* The name in the index is an old one each time. */
static void mail_is_read_whatever_others_call_it(Bench *bench, gconstpointer data) {
  g_autofree char *id = g_strdup(bench_deliver(bench, "one"));

  read_one(bench, id);
  g_autoptr(GPtrArray) names = foreign_list(bench, "new");
  g_autofree char *path = bench_path(bench, "new", g_ptr_array_index(names, 0));
  for (guint i = 0; i < 50; i++) {
    g_autofree char *name = g_strdup_printf("%s,S=%u:2,%s", id, i, i % 2 ? "S" : "FS");
    char *to = bench_path(bench, "cur", name);
    g_assert_cmpint(g_rename(path, to), ==, 0);
    g_free(path);
    path = to;
    read_one(bench, id);
    g_assert_cmpint(bench->error_code, ==, -1);
    g_assert_true(g_str_has_suffix(bench->text, "Subject: one\n\nHello\n"));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/inbox_list/" #name, Bench, NULL, bench_set_up, name, bench_tear_down)
#define ADD_FOR_ALL(name) bench_add_for_all("inbox_list", #name, name)
  ADD_FOR_ALL(mail_is_listed_after_its_delivery);
  ADD_FOR_ALL(lists_go_from_new_to_old_in_pages);
  ADD_FOR_ALL(lists_go_on_from_a_cursor);
  ADD(deleted_messages_are_not_found);
  ADD(lists_survive_a_restart);
  ADD_FOR_ALL(mail_is_read_by_its_id_and_as_the_latest);
  ADD(what_is_not_a_file_is_not_opened);
  ADD(list_does_not_wait_for_messages_that_take_long);
  ADD(small_message_does_not_wait_for_large_ones);
  ADD(message_too_large_to_be_looked_at_is_listed);
  ADD(mail_is_read_whatever_others_call_it);
  return g_test_run();
}
