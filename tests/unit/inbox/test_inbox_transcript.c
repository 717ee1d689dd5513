/* What was said is kept with the message, and goes with it; what was rejected is kept for a while. */
#include "inbox_bench.h"

static gpointer transcript_cb(InboxReader *reader, gpointer id, GError **error) {
  g_autoptr(InboxMail) mail = inbox_reader_find(reader, id, NULL, error);
  char *transcript = NULL;

  if (mail)
    (void)inbox_reader_transcript(reader, mail->id, &transcript, error);
  return transcript;
}

static const char *read_transcript(Bench *bench, char *id) {
  g_free(bench->text);
  bench->text = bench_ask(bench, INBOX_LANE_LISTS, transcript_cb, id);
  return bench->text;
}

static void transcript_is_kept_with_its_mail(Bench *bench, gconstpointer data) {
  g_autofree char *one = g_strdup(bench_deliver(bench, "one"));
  g_autofree char *two = g_strdup(bench_deliver(bench, "two"));

  inbox_keep_transcript(bench->inbox, one, g_strdup("1 C one\n"));
  inbox_keep_transcript(bench->inbox, "nobody", g_strdup("1 C nobody\n"));
  g_assert_cmpstr(read_transcript(bench, one), ==, "1 C one\n");
  g_assert_null(read_transcript(bench, two));
  g_assert_cmpint(bench->error_code, ==, -1);
  g_assert_null(read_transcript(bench, (char[]){"nobody"}));
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_NOT_FOUND);

  bench_restart(bench);
  g_assert_cmpstr(read_transcript(bench, one), ==, "1 C one\n");
  bench_delete(bench, bench_select(one, NULL));
  g_assert_null(read_transcript(bench, one));
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_NOT_FOUND);
}

/* --- attempts */

typedef struct Seen {
  Bench *bench;
  GString *peers; /* "b a ", the newest first */
  GString *codes; /* "451:1 550:2 " */
  guint64 last_number;
} Seen;

static void see(Seen *seen, const InboxAttemptPage *page) {
  g_string_truncate(seen->peers, 0);
  g_string_truncate(seen->codes, 0);
  for (guint i = 0; i < page->codes->len; i++) {
    const InboxAttemptCode *code = &g_array_index(page->codes, InboxAttemptCode, i);
    g_string_append_printf(seen->codes, "%s:%" G_GUINT64_FORMAT " ", code->code, code->n_attempts);
  }
  for (guint i = 0; i < page->attempts->len; i++) {
    const InboxAttempt *attempt = g_ptr_array_index(page->attempts, i);
    g_string_append_printf(seen->peers, "%s ", attempt->peer);
    seen->last_number = attempt->number;
    g_assert_cmpstr(attempt->command, ==, "RCPT TO:<b>");
    g_assert_true(g_str_has_suffix(attempt->reply, " no"));
    g_assert_cmpuint(g_strv_length(attempt->forward_paths), ==, 2);
    g_assert_cmpstr(attempt->forward_paths[1], ==, "c d@e");
    g_assert_null(attempt->reverse_path);
  }
}

static void seen_init(Seen *seen, Bench *bench) {
  *seen = (Seen){.bench = bench, .peers = g_string_new(NULL), .codes = g_string_new(NULL)};
}

static void seen_clear(Seen *seen) {
  g_string_free(seen->peers, TRUE);
  g_string_free(seen->codes, TRUE);
}

typedef struct Wanted {
  const char *code;
  guint64 before;
  guint limit;
} Wanted;

static gpointer attempts_cb(InboxReader *reader, gpointer user_data, GError **error) {
  const Wanted *wanted = user_data;
  InboxAttemptPage page = {0};
  gboolean ok = inbox_reader_attempts(reader, wanted->code, wanted->before, wanted->limit, &page, error);

  return ok ? g_memdup2(&page, sizeof page) : NULL;
}

static const char *list_attempts(Seen *seen, const char *code, guint64 before, guint limit) {
  Wanted wanted = {code, before, limit};
  g_autofree InboxAttemptPage *page = bench_ask(seen->bench, INBOX_LANE_LISTS, attempts_cb, &wanted);

  see(seen, page);
  inbox_attempt_page_clear(page);
  return seen->peers->str;
}

static void keep_attempt(Bench *bench, const char *peer, const char *reply) {
  InboxAttempt *attempt = g_new0(InboxAttempt, 1);

  attempt->time_us = g_get_real_time();
  attempt->peer = g_strdup(peer);
  attempt->helo = g_strdup("");
  attempt->forward_paths = g_strsplit("a@b|c d@e", "|", -1);
  attempt->command = g_strdup("RCPT TO:<b>");
  attempt->reply = g_strdup(reply);
  attempt->transcript = g_strdup("1 C x\n");
  inbox_keep_attempt(bench->inbox, attempt);
}

static void attempts_are_listed_page_by_page(Bench *bench, gconstpointer data) {
  Seen seen;

  seen_init(&seen, bench);
  g_assert_cmpstr(list_attempts(&seen, NULL, 0, 10), ==, "");
  keep_attempt(bench, "a", "550 5.1.1 no");
  keep_attempt(bench, "b", "550 5.1.1 no");
  keep_attempt(bench, "c", "550 5.1.1 no");
  g_assert_cmpstr(list_attempts(&seen, NULL, 0, 10), ==, "c b a ");
  g_assert_cmpstr(list_attempts(&seen, NULL, 0, 2), ==, "c b ");
  g_assert_cmpstr(list_attempts(&seen, NULL, seen.last_number, 2), ==, "a ");
  seen_clear(&seen);
}

static void attempts_are_listed_by_reply_code(Bench *bench, gconstpointer data) {
  Seen seen;

  seen_init(&seen, bench);
  keep_attempt(bench, "a", "550 5.1.1 no");
  keep_attempt(bench, "b", "451 4.3.0 no");
  keep_attempt(bench, "c", "500 5.5.1 no");
  keep_attempt(bench, "d", "550 5.7.1 no");
  g_assert_cmpstr(list_attempts(&seen, "550", 0, 10), ==, "d a ");
  g_assert_cmpstr(seen.codes->str, ==, "451:1 500:1 550:2 ");
  g_assert_cmpstr(list_attempts(&seen, "5", 0, 2), ==, "d c ");
  g_assert_cmpstr(list_attempts(&seen, "5", seen.last_number, 2), ==, "a ");
  g_assert_cmpstr(list_attempts(&seen, "421", 0, 10), ==, "");
  seen_clear(&seen);
}

static void cleared_attempts_are_gone(Bench *bench, gconstpointer data) {
  Seen seen;

  seen_init(&seen, bench);
  keep_attempt(bench, "a", "550 5.1.1 no");
  keep_attempt(bench, "b", "451 4.3.0 no");
  g_assert_cmpstr(list_attempts(&seen, NULL, 0, 1), ==, "b ");
  guint64 number = seen.last_number;
  guint n_answers = bench->n_answers;
  inbox_clear_attempts(bench->inbox, bench_changed_cb, bench);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  g_assert_cmpint(bench->error_code, ==, -1);
  g_assert_cmpstr(list_attempts(&seen, NULL, 0, 10), ==, "");
  g_assert_cmpstr(seen.codes->str, ==, "");
  keep_attempt(bench, "c", "550 5.1.1 no");
  g_assert_cmpstr(list_attempts(&seen, NULL, 0, 10), ==, "c ");
  g_assert_cmpuint(seen.last_number, ==, number + 1);
  seen_clear(&seen);
}

static void the_oldest_attempts_are_dropped(Bench *bench, gconstpointer data) {
  Seen seen;

  seen_init(&seen, bench);
  for (guint i = 0; i < INBOX_ATTEMPTS_MAX; i++)
    keep_attempt(bench, "old", "550 5.1.1 no");
  keep_attempt(bench, "new", "550 5.1.1 no");
  list_attempts(&seen, NULL, 0, INBOX_ATTEMPTS_MAX + 10);
  g_assert_cmpuint(seen.peers->len, ==, 4 * INBOX_ATTEMPTS_MAX);
  g_assert_true(g_str_has_prefix(seen.peers->str, "new old "));
  seen_clear(&seen);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/inbox_transcript/" #name, Bench, NULL, bench_set_up, name, bench_tear_down)
#define ADD_FOR_ALL(name) bench_add_for_all("inbox_transcript", #name, name)
  ADD_FOR_ALL(transcript_is_kept_with_its_mail);
  ADD_FOR_ALL(attempts_are_listed_page_by_page);
  ADD_FOR_ALL(attempts_are_listed_by_reply_code);
  ADD_FOR_ALL(cleared_attempts_are_gone);
  ADD_FOR_ALL(the_oldest_attempts_are_dropped);
  return g_test_run();
}
