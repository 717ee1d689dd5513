/* Who waits misses no message that comes after the place given, and gets none that came before. */
#include "inbox_bench.h"

enum { LONG_MS = 60 * 1000, N_RACES = 1000 };

typedef struct Found {
  GPtrArray *messages; /* InboxMail * */
  InboxCursor cursor;
} Found;

static void found_free(gpointer data) {
  Found *found = data;

  g_ptr_array_unref(found->messages);
  g_free(found);
}

static gpointer ref_mail(gconstpointer mail, gpointer user_data) {
  return inbox_mail_ref((InboxMail *)mail);
}

static gpointer make_cb(const GPtrArray *messages, InboxCursor cursor, gpointer data) {
  Found *found = g_new(Found, 1);

  *found = (Found){g_ptr_array_copy((GPtrArray *)messages, ref_mail, NULL), cursor};
  g_assert_cmpstr(data, ==, "data");
  return found;
}

static void waited_cb(gpointer answer, const GError *error, gpointer user_data) {
  Bench *bench = user_data;
  Found *found = answer;

  bench_take_messages(bench, found ? found->messages : NULL);
  bench->cursor = found ? found->cursor : 0;
  bench_take_error(bench, error);
  if (found)
    found_free(found);
}

/* Takes the query. */
static InboxWait *wait_for_query(Bench *bench, SearchQuery *query, InboxCursor after, guint count, guint timeout_ms) {
  const InboxWaitRequest request = {
      .query = query,
      .after = after,
      .count = count,
      .timeout_ms = timeout_ms,
      .make = make_cb,
      .make_data = g_strdup("data"),
      .make_data_free = g_free,
      .answer_free = found_free,
  };

  return inbox_wait(bench->inbox, &request, waited_cb, bench);
}

static InboxWait *wait_for(Bench *bench, InboxCursor after, guint count, guint timeout_ms) {
  return wait_for_query(bench, NULL, after, count, timeout_ms);
}

static void wait_ends_with_the_mail(Bench *bench, gconstpointer data) {
  bench_deliver(bench, "old");
  guint n_answers = bench->n_answers;
  wait_for(bench, inbox_now(bench->inbox), 1, LONG_MS);
  const char *id = bench_deliver(bench, "new");
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  g_assert_cmpuint(bench->messages->len, ==, 1);
  g_assert_cmpstr(bench_mail(bench, 0)->id, ==, id);
}

static void wait_without_a_mail_ends_by_time(Bench *bench, gconstpointer data) {
  bench_deliver(bench, "old");
  guint n_answers = bench->n_answers;
  wait_for(bench, inbox_now(bench->inbox), 1, 50);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  g_assert_cmpuint(bench->messages->len, ==, 0);
  g_assert_cmpint(bench->error_code, ==, -1);
}

static void too_few_messages_are_given_at_the_end(Bench *bench, gconstpointer data) {
  InboxCursor after = inbox_now(bench->inbox);

  bench_deliver(bench, "one");
  bench_deliver(bench, "two");
  bench_list(bench, 0, 50); /* so that the wait's first look need not wait itself */
  guint n_answers = bench->n_answers;
  wait_for(bench, after, 3, 1000);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  g_assert_cmpuint(bench->messages->len, ==, 2);
}

static void no_time_is_enough_for_what_is_there(Bench *bench, gconstpointer data) {
  InboxCursor after = inbox_now(bench->inbox);

  bench_deliver(bench, "one");
  guint n_answers = bench->n_answers;
  wait_for(bench, after, 2, 0);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  g_assert_cmpuint(bench->messages->len, ==, 1);
}

static void query_chooses(Bench *bench, gconstpointer data) {
  SearchQuery *query = search_query_parse("subject:wanted", &(SearchQueryOptions){0}, NULL);

  bench_deliver(bench, "wanted");
  guint n_answers = bench->n_answers;
  wait_for_query(bench, query, inbox_now(bench->inbox), 2, LONG_MS);
  bench_deliver(bench, "other");
  bench_deliver(bench, "wanted one");
  bench_deliver(bench, "other");
  bench_deliver(bench, "wanted two");
  bench_deliver(bench, "wanted three");
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  g_assert_cmpuint(bench->messages->len, ==, 2);
  g_assert_cmpstr(bench_mail(bench, 0)->summary->subject, ==, "wanted one");
  g_assert_cmpstr(bench_mail(bench, 1)->summary->subject, ==, "wanted two");
  query = search_query_parse("subject:wanted", &(SearchQueryOptions){0}, NULL);
  wait_for_query(bench, query, bench->cursor, 1, LONG_MS);
  bench_wait_for(bench, &bench->n_answers, n_answers + 2);
  g_assert_cmpstr(bench_mail(bench, 0)->summary->subject, ==, "wanted three");
}

/* A place is taken, messages come before and after it at once, the wait begins somewhere among them. */
static void no_race_loses_or_repeats_a_mail(Bench *bench, gconstpointer data) {
  g_autoptr(GRand) random = g_rand_new_with_seed(7);

  for (guint i = 0; i < N_RACES; i++) {
    guint n_answers = bench->n_answers;
    guint n_before = (guint)g_rand_int_range(random, 0, 3);
    guint n_after = (guint)g_rand_int_range(random, 1, 4);
    for (guint j = 0; j < n_before; j++)
      bench_deliver(bench, "before");
    InboxCursor after = inbox_now(bench->inbox);
    guint n_delivered = bench->n_delivered;
    guint begin = (guint)g_rand_int_range(random, 0, (gint32)n_after + 1);
    for (guint j = 0; j <= n_after; j++) {
      if (j == begin)
        wait_for(bench, after, n_after, LONG_MS);
      if (j < n_after)
        bench_send(bench, "Subject: after\n\n");
      if (g_rand_boolean(random))
        event_base_loop(bench->base, EVLOOP_NONBLOCK);
    }
    bench_wait_for(bench, &bench->n_answers, n_answers + 1);
    g_assert_cmpint(bench->error_code, ==, -1);
    g_assert_cmpuint(bench->messages->len, ==, n_after);
    for (guint j = 0; j < n_after; j++)
      g_assert_cmpstr(bench_mail(bench, j)->id, ==, g_ptr_array_index(bench->ids, n_delivered + j));
    g_assert_cmpuint(bench->cursor, ==, bench_mail(bench, n_after - 1)->cursor);
  }
}

static void cancelled_waits_are_silent(Bench *bench, gconstpointer data) {
  guint n_answers = bench->n_answers;

  for (guint i = 0; i < 50; i++) {
    InboxWait *wait = wait_for(bench, 0, 1000, LONG_MS);
    if (i % 2)
      bench_deliver(bench, "mail");
    inbox_wait_cancel(wait);
  }
  bench_deliver(bench, "mail");
  g_assert_cmpuint(bench->n_answers, ==, n_answers);
}

static void only_so_many_can_wait(Bench *bench, gconstpointer data) {
  for (guint i = 0; i < INBOX_WAITS_MAX; i++)
    g_assert_nonnull(wait_for(bench, inbox_now(bench->inbox), 1, LONG_MS));
  g_assert_null(wait_for(bench, inbox_now(bench->inbox), 1, LONG_MS));
  guint n_answers = bench->n_answers;
  bench_deliver(bench, "mail");
  bench_wait_for(bench, &bench->n_answers, n_answers + INBOX_WAITS_MAX);
  wait_for(bench, inbox_now(bench->inbox), 1, LONG_MS); /* closing ends it */
  bench_close(bench);
  g_assert_cmpuint(bench->n_answers, ==, n_answers + INBOX_WAITS_MAX + 1);
}

static void messages_of_other_programs_are_waited_for(Bench *bench, gconstpointer data) {
  bench_list(bench, 0, 1);
  guint n_answers = bench->n_answers;
  wait_for(bench, inbox_now(bench->inbox), 1, LONG_MS);
  g_autofree char *name = foreign_deliver(bench, "foreign");
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  g_assert_cmpstr(bench_mail(bench, 0)->summary->subject, ==, "foreign");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/inbox_wait/" #name, Bench, NULL, bench_set_up, name, bench_tear_down)
#define ADD_FOR_ALL(name) bench_add_for_all("inbox_wait", #name, name)
  ADD_FOR_ALL(wait_ends_with_the_mail);
  ADD_FOR_ALL(wait_without_a_mail_ends_by_time);
  ADD_FOR_ALL(too_few_messages_are_given_at_the_end);
  ADD_FOR_ALL(no_time_is_enough_for_what_is_there);
  ADD_FOR_ALL(query_chooses);
  ADD_FOR_ALL(no_race_loses_or_repeats_a_mail);
  ADD_FOR_ALL(cancelled_waits_are_silent);
  ADD_FOR_ALL(only_so_many_can_wait);
  ADD(messages_of_other_programs_are_waited_for);
  return g_test_run();
}
