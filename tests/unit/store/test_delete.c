/* A message deleted through us stays deleted, whenever a crash comes; and what is not deleted is not lost by it. */
#include "index/index.h"

#include "store_bench.h"
#include <sys/wait.h>

enum { N_DELETED = N_MESSAGES / 2 };

/* The keeper's. Takes what the selection has. */
static InboxChange *change_of(InboxChangeKind kind, InboxSelection selection) {
  InboxChange *change = g_new0(InboxChange, 1);

  change->kind = kind;
  change->selection = selection;
  change->set = kind == INBOX_CHANGE_MARK ? INBOX_MARK_READ : 0;
  return change;
}

/* Deletes the messages of the first numbers; those that are gone are written to the report, "X id". */
static Answer delete_some(Bench *bench, guint n_messages) {
  GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
  GHashTableIter iter;
  gpointer id;
  gpointer number;

  g_hash_table_iter_init(&iter, bench->ids);
  while (g_hash_table_iter_next(&iter, &id, &number))
    if (GPOINTER_TO_UINT(number) <= n_messages)
      g_ptr_array_add(ids, g_strdup(id));
  g_autoptr(GPtrArray) deleted = g_ptr_array_ref(ids);
  Answer answer = {0};
  index_change(store_index(bench->store), change_of(INBOX_CHANGE_DELETE, (InboxSelection){.ids = ids}), changed_cb,
               &answer);
  while (!answer.is_there)
    run_once(bench);
  for (guint i = 0; i < deleted->len && bench->report_fd >= 0 && !answer.has_error; i++)
    dprintf(bench->report_fd, "X %s\n", (char *)g_ptr_array_index(deleted, i));
  return answer;
}

/* In a process of its own. TRUE: it ended before the crash. */
static gboolean run_until_crash(const Scratch *scratch, gint crash_at) {
  pid_t child = fork();

  if (child == 0) {
    FaultIo fault;
    fault_io_init(&fault, 1);
    fault.crash_at = crash_at;
    fault_keep_ledger(&fault, scratch->ledger);
    Bench bench;
    bench_open_with_index(&bench, scratch->maildir, &fault, 0);
    deliver_all(&bench);
    (void)delete_some(&bench, N_DELETED);
    _exit(0); /* no clean stop: the journal stays */
  }
  return fault_child_ended(child);
}

static gboolean is_there(GHashTable *messages, const char *id) {
  return g_hash_table_contains(messages, id);
}

/* After a start on another boot, which replays all that the journal has. */
static void check_after_crash(const Scratch *scratch, guint *out_n_deleted) {
  *out_n_deleted = 0;
  FaultIo fault;
  fault_io_init(&fault, 2);
  Bench bench;
  g_autoptr(GError) error = NULL;
  bench_open(&bench, scratch->maildir, &fault, TRUE, &error);
  g_assert_no_error(error);
  bench_close(&bench);
  g_autoptr(GHashTable) messages = read_messages(scratch->maildir, body_bytes);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(scratch->ledger, &text, NULL, NULL));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line; line++) {
    g_auto(GStrv) words = g_strsplit(*line, " ", -1);
    if (g_strcmp0(words[0], "X") == 0) {
      g_assert_false(is_there(messages, words[1]));
      ++*out_n_deleted;
    } else if (g_strcmp0(words[0], "R") == 0 && (guint)atoi(words[2]) >= N_DELETED) {
      g_assert_true(is_there(messages, words[1])); /* nobody wanted this one gone */
    }
  }
}

static void deleted_messages_do_not_come_back(void) {
  guint n_deleted = 0;
  gboolean ended = FALSE;

  for (gint at = 1; !ended; at++) {
    g_assert_cmpint(at, <, CALLS_MAX);
    Scratch scratch;
    scratch_init(&scratch);
    ended = run_until_crash(&scratch, at);
    if (g_file_test(scratch.ledger, G_FILE_TEST_EXISTS))
      check_after_crash(&scratch, &n_deleted);
    scratch_clear(&scratch);
  }
  g_assert_cmpuint(n_deleted, ==, N_DELETED);
}

/* Marked first: then its file has another name and place than the journal knows. */
static void marked_and_deleted_mail_does_not_come_back(void) {
  Scratch scratch;

  scratch_init(&scratch);
  pid_t child = fork();
  if (child == 0) {
    FaultIo fault;
    fault_io_init(&fault, 1);
    Bench bench;
    bench_open_with_index(&bench, scratch.maildir, &fault, 0);
    deliver_all(&bench);
    Answer answer = {0};
    index_change(store_index(bench.store), change_of(INBOX_CHANGE_MARK, (InboxSelection){0}), changed_cb, &answer);
    while (!answer.is_there)
      event_base_loop(bench.base, EVLOOP_ONCE);
    answer = (Answer){0};
    index_change(store_index(bench.store), change_of(INBOX_CHANGE_DELETE, (InboxSelection){0}), changed_cb, &answer);
    while (!answer.is_there)
      event_base_loop(bench.base, EVLOOP_ONCE);
    _exit(answer.n_changed == N_MESSAGES ? 0 : 1);
  }
  int status;
  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  g_assert_cmpint(WEXITSTATUS(status), ==, 0);
  g_assert_true(has_journal(&scratch));
  FaultIo fault;
  fault_io_init(&fault, 2);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  g_assert_cmpuint(bench.n_recovered, ==, 0);
  bench_close(&bench);
  g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, 0);
  g_assert_cmpuint(count_files(scratch.maildir, "cur"), ==, 0);
  scratch_clear(&scratch);
}

static void trimmed_cb(const InboxRemoved *trimmed, const GError *error, gpointer user_data) {
  g_assert_no_error(error);
  *(Answer *)user_data = (Answer){.is_there = TRUE, .n_changed = trimmed->removed[INBOX_LIMIT_MESSAGES].n_messages};
}

/* Limits do not wait for the journal, but it learns of what they removed right after. */
static void messages_over_the_limits_do_not_come_back(void) {
  Scratch scratch;

  scratch_init(&scratch);
  pid_t child = fork();
  if (child == 0) {
    FaultIo fault;
    fault_io_init(&fault, 1);
    Bench bench;
    bench_open_with_index(&bench, scratch.maildir, &fault, 0);
    deliver_all(&bench);
    const InboxLimits limits = {.max_messages = N_MESSAGES - N_DELETED};
    handover_set_limits(bench.store->handover, &limits);
    guint64 n_removed = 0;
    while (n_removed < N_DELETED) { /* nothing is, until all is compared */
      Answer answer = {0};
      handover_retention_step(bench.store->handover, trimmed_cb, &answer);
      while (!answer.is_there)
        event_base_loop(bench.base, EVLOOP_ONCE);
      n_removed += answer.n_changed;
    }
    for (guint i = 0; i < 2; i++) { /* when the second is stored, what was to be done with the first is done */
      deliver(&bench, N_MESSAGES + 2 * i, 100);
      wait_for_reports(&bench, N_MESSAGES + i + 1);
    }
    _exit(0);
  }
  int status;
  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  g_assert_cmpint(WEXITSTATUS(status), ==, 0);
  g_assert_true(has_journal(&scratch));
  FaultIo fault;
  fault_io_init(&fault, 2);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  g_assert_cmpuint(bench.n_recovered, ==, 0);
  bench_close(&bench);
  g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, N_MESSAGES - N_DELETED + 2);
  scratch_clear(&scratch);
}

/* Each call of a delete fails in turn: what is said to be gone is, the rest is there, and a second try does it. */
static void failed_delete_says_so_and_can_be_repeated(void) {
  static const int error_numbers[] = {ENOSPC, EIO};

  for (gsize i = 0; i < G_N_ELEMENTS(error_numbers); i++) {
    gboolean reached = TRUE;
    for (gint at = 1; reached; at++) {
      Scratch scratch;
      scratch_init(&scratch);
      FaultIo fault;
      fault_io_init(&fault, 1);
      Bench bench;
      bench_open_with_index(&bench, scratch.maildir, &fault, 0);
      deliver_all(&bench);
      fault.fail_errno = error_numbers[i];
      g_atomic_int_set(&fault.n_calls, 0);
      fault.fail_to = at;
      g_atomic_int_set(&fault.fail_from, at);
      Answer answer = delete_some(&bench, N_DELETED);
      reached = g_atomic_int_get(&fault.n_calls) >= at;
      g_atomic_int_set(&fault.fail_from, G_MAXINT);
      g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, N_MESSAGES - answer.n_changed);
      g_assert_true(answer.has_error == (answer.n_changed < N_DELETED));
      (void)delete_some(&bench, N_DELETED);
      g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, N_MESSAGES - N_DELETED);
      bench_close(&bench);
      scratch_clear(&scratch);
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/delete/" #name, name)
  ADD(deleted_messages_do_not_come_back);
  ADD(marked_and_deleted_mail_does_not_come_back);
  ADD(messages_over_the_limits_do_not_come_back);
  ADD(failed_delete_says_so_and_can_be_repeated);
  return g_test_run();
}
