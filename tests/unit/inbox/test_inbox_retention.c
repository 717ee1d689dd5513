/* Limits on what is kept: which messages go, which stay, and what is said about it. */
#include "inbox_bench.h"
#include "index/index_retention.h"

typedef struct Answer {
  Bench *bench;
  InboxRemoved sum; /* of all steps */
  guint n_steps;
  gboolean is_partial;
} Answer;

static void trimmed_cb(const InboxRemoved *trimmed, const GError *error, gpointer user_data) {
  Answer *answer = user_data;

  for (guint i = 0; i < INBOX_LIMITS_N; i++) {
    answer->sum.removed[i].n_messages += trimmed->removed[i].n_messages;
    answer->sum.removed[i].n_bytes += trimmed->removed[i].n_bytes;
  }
  answer->is_partial = trimmed->is_partial;
  answer->sum.is_held_up = trimmed->is_held_up;
  answer->sum.oldest_us = trimmed->oldest_us;
  answer->n_steps++;
  bench_take_error(answer->bench, error);
}

/* In as many steps as it takes. */
static Answer trim(Bench *bench, InboxLimits limits) {
  Answer answer = {.bench = bench};

  do {
    guint n_answers = bench->n_answers;
    inbox_set_limits(bench->inbox, &limits);
    inbox_retention_step(bench->inbox, trimmed_cb, &answer);
    bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  } while (answer.is_partial && bench->error_code == -1);
  return answer;
}

/* The subjects there are, the latest first, in the lists and as files. */
static void check_left(Bench *bench, const char *expected) {
  g_autoptr(GString) subjects = g_string_new(NULL);

  bench_list(bench, 0, 100);
  for (guint i = 0; i < bench->messages->len; i++)
    g_string_append_printf(subjects, "%s%s", i > 0 ? " " : "", bench_mail(bench, i)->summary->subject);
  g_assert_cmpstr(subjects->str, ==, expected);
  if (bench_is_in_memory(bench))
    return;
  g_autoptr(GPtrArray) in_new = foreign_list(bench, "new");
  g_autoptr(GPtrArray) in_cur = foreign_list(bench, "cur");
  g_assert_cmpuint(in_new->len + in_cur->len, ==, bench->n_total);
}

static void deliver_all(Bench *bench, const char *subjects) {
  g_auto(GStrv) each = g_strsplit(subjects, " ", -1);

  for (char **subject = each; *subject; subject++)
    bench_deliver(bench, *subject);
}

static void flag(Bench *bench, guint n) {
  bench_mark(bench, bench_select(g_ptr_array_index(bench->ids, n), NULL), INBOX_MARK_FLAGGED, 0);
}

static void count_deletes_cb(const InboxEvent *event, gpointer user_data) {
  guint *n_deletes = user_data;

  *n_deletes += event->kind == INBOX_EVENT_DELETED;
}

static void without_limits_all_stay(Bench *bench, gconstpointer data) {
  deliver_all(bench, "one two");
  Answer answer = trim(bench, (InboxLimits){0});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, 0);
  g_assert_cmpint(answer.sum.oldest_us, >, 0);
  check_left(bench, "two one");
}

static void oldest_go_beyond_a_number(Bench *bench, gconstpointer data) {
  guint n_deletes = 0;

  deliver_all(bench, "one two three four");
  bench_list(bench, 0, 1);
  InboxSubscription *subscription = inbox_subscribe(bench->inbox, 0, count_deletes_cb, &n_deletes);
  Answer answer = trim(bench, (InboxLimits){.max_messages = 4});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, 0);
  check_left(bench, "four three two one");

  answer = trim(bench, (InboxLimits){.max_messages = 2});
  g_assert_cmpuint(n_deletes, ==, 2); /* told before the answer */
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, 2);
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_BYTES].n_messages, ==, 0);
  g_assert_false(answer.sum.is_held_up);
  check_left(bench, "four three");
  inbox_unsubscribe(subscription);
}

static void oldest_go_beyond_bytes(Bench *bench, gconstpointer data) {
  deliver_all(bench, "aaa bbb ccc ddd");
  bench_list(bench, 0, 1);
  guint64 n_bytes = inbox_stats(bench->inbox).n_bytes;
  Answer answer = trim(bench, (InboxLimits){.max_bytes = n_bytes});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_BYTES].n_messages, ==, 0);

  answer = trim(bench, (InboxLimits){.max_bytes = n_bytes - 1});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_BYTES].n_messages, ==, 1);
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_BYTES].n_bytes, ==, n_bytes / 4);
  check_left(bench, "ddd ccc bbb");
  g_assert_cmpuint(inbox_stats(bench->inbox).n_bytes, ==, n_bytes / 4 * 3);

  answer = trim(bench, (InboxLimits){.max_bytes = 1}); /* no message is that small */
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_BYTES].n_messages, ==, 3);
  g_assert_false(answer.sum.is_held_up);
  g_assert_cmpint(answer.sum.oldest_us, ==, 0);
  check_left(bench, "");
}

/* Delivered by another program so many seconds ago, as the name says. The caller frees the path. */
static char *deliver_aged(Bench *bench, const char *subject, gint64 age_s, const char *flags) {
  g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT ".M0P%u.other:2,%s",
                                          g_get_real_time() / G_USEC_PER_SEC - age_s, ++bench->n_foreign, flags);
  g_autofree char *mail = g_strdup_printf("Subject: %s\n\nHello\n", subject);
  g_autofree char *written = bench_path(bench, "tmp", name);
  char *path = bench_path(bench, "cur", name);

  g_assert_true(g_file_set_contents(written, mail, -1, NULL));
  g_assert_cmpint(g_rename(written, path), ==, 0);
  return path;
}

static void too_old_ones_go(Bench *bench, gconstpointer data) {
  g_autofree char *oldest = deliver_aged(bench, "oldest", 3600, "S");
  g_autofree char *kept = deliver_aged(bench, "kept", 3600, "FS");
  g_autofree char *old = deliver_aged(bench, "old", 61, "");
  g_autofree char *young = deliver_aged(bench, "young", 30, "");
  Answer answer = trim(bench, (InboxLimits){.max_age_us = (guint64)7200 * G_USEC_PER_SEC});

  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_AGE].n_messages, ==, 0);
  gint64 oldest_s = answer.sum.oldest_us / G_USEC_PER_SEC;
  g_autofree char *name = g_path_get_basename(oldest);
  g_assert_cmpint(oldest_s, ==, g_ascii_strtoll(name, NULL, 10));

  answer = trim(bench, (InboxLimits){.max_age_us = (guint64)60 * G_USEC_PER_SEC});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_AGE].n_messages, ==, 2);
  g_assert_false(answer.sum.is_held_up);
  g_assert_false(g_file_test(oldest, G_FILE_TEST_EXISTS));
  g_assert_false(g_file_test(old, G_FILE_TEST_EXISTS));
  g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
  g_assert_true(g_file_test(young, G_FILE_TEST_EXISTS));
}

static void flagged_ones_stay(Bench *bench, gconstpointer data) {
  deliver_all(bench, "one two three");
  flag(bench, 0);
  Answer answer = trim(bench, (InboxLimits){.max_messages = 2});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, 1);
  g_assert_false(answer.sum.is_held_up);
  check_left(bench, "three one");

  answer = trim(bench, (InboxLimits){.max_messages = 1});
  g_assert_true(answer.sum.is_held_up); /* nothing else is left */
  check_left(bench, "one");
  bench_deliver(bench, "four");
  flag(bench, 3);
  answer = trim(bench, (InboxLimits){.max_messages = 1, .max_bytes = 1});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, 0);
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_BYTES].n_messages, ==, 0);
  g_assert_true(answer.sum.is_held_up);
  check_left(bench, "four one");
}

/* By its name it is the oldest; by the lists it came last. */
static void latest_is_the_last_to_go(Bench *bench, gconstpointer data) {
  deliver_all(bench, "one two");
  bench_list(bench, 0, 1);
  g_autofree char *path = deliver_aged(bench, "imported", 3600, "");
  trim(bench, (InboxLimits){.max_messages = 1});
  check_left(bench, "imported");
}

static void many_go_in_steps(Bench *bench, gconstpointer data) {
  enum { MANY = 2 * INDEX_RETENTION_STEP_MAX + 10 };

  for (guint i = 0; i < MANY; i++) {
    g_autofree char *mail = g_strdup_printf("Subject: %u\n\nHello\n", i);
    bench_send(bench, mail);
  }
  bench_wait_for(bench, &bench->n_delivered, MANY);
  trim(bench, (InboxLimits){0}); /* until all that is there has been seen */
  bench_list(bench, 0, 5);
  g_autofree char *latest = g_strdup(bench_mail(bench, 0)->id);
  Answer answer = trim(bench, (InboxLimits){.max_messages = 5});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, MANY - 5);
  g_assert_cmpuint(answer.n_steps, >=, 3); /* more where they take long */
  bench_list(bench, 0, 10);
  g_assert_cmpuint(bench->n_total, ==, 5);
  g_assert_cmpstr(bench_mail(bench, 0)->id, ==, latest);
}

/* The path of a message's file. The caller frees. */
static char *path_of(const Bench *bench, const char *directory, const char *id) {
  g_autoptr(GPtrArray) names = foreign_list(bench, directory);

  for (guint i = 0; i < names->len; i++)
    if (g_str_has_prefix(g_ptr_array_index(names, i), id))
      return bench_path(bench, directory, g_ptr_array_index(names, i));
  return NULL;
}

/* What was deleted while nobody looked does not count. */
static void after_a_start_all_are_known_first(Bench *bench, gconstpointer data) {
  deliver_all(bench, "one two three four");
  bench_list(bench, 0, 1);
  bench_close(bench);
  for (guint i = 2; i < 4; i++) {
    g_autofree char *path = path_of(bench, "new", g_ptr_array_index(bench->ids, i));
    g_assert_cmpint(g_unlink(path), ==, 0);
  }
  bench_open(bench);
  Answer answer = trim(bench, (InboxLimits){.max_messages = 2});
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, 0);
  check_left(bench, "two one");
}

/* A directory in the place of a message cannot be removed. */
static void what_cannot_be_removed_is_told(Bench *bench, gconstpointer data) {
  deliver_all(bench, "one two three");
  flag(bench, 2);
  bench_mark(bench, bench_all, INBOX_MARK_READ, 0);
  g_autofree char *path = path_of(bench, "cur", g_ptr_array_index(bench->ids, 0));
  g_autofree char *inside = g_build_filename(path, "x", NULL);
  bench_list(bench, 0, 1);
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_cmpint(g_mkdir_with_parents(inside, 0700), ==, 0);
  Answer answer = trim(bench, (InboxLimits){.max_messages = 1});
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_FAILED);
  g_assert_cmpuint(answer.sum.removed[INBOX_LIMIT_MESSAGES].n_messages, ==, 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/inbox_retention_step/" #name, Bench, NULL, bench_set_up, name, bench_tear_down)
#define ADD_FOR_ALL(name) bench_add_for_all("inbox_retention_step", #name, name)
  ADD_FOR_ALL(without_limits_all_stay);
  ADD_FOR_ALL(oldest_go_beyond_a_number);
  ADD_FOR_ALL(oldest_go_beyond_bytes);
  ADD(too_old_ones_go);
  ADD_FOR_ALL(flagged_ones_stay);
  ADD(latest_is_the_last_to_go);
  ADD(many_go_in_steps);
  ADD(after_a_start_all_are_known_first);
  ADD(what_cannot_be_removed_is_told);
  return g_test_run();
}
