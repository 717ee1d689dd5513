/* Records of others become durable with their message or not at all, whatever the moment of a crash. */
#include "inbox/error.h"
#include "store/delivery_record.h"
#include "store/replay.h"

#include "crash_bench.h"
#include "record_bench.h"

enum { DONE_NUMBER = 0 /* the message whose first record is finished before the end */ };

static const Crash no_crash = {0};

/* --- bounds and names */

static gboolean add(GPtrArray **records, const char *place, const char *name, gsize n_bytes) {
  g_autofree char *bytes = g_malloc0(n_bytes + 1);
  g_autoptr(GBytes) content = g_bytes_new(bytes, n_bytes);
  g_autoptr(GError) error = NULL;
  gboolean ok = delivery_records_add(records, fault_places, place, name, content, &error);

  if (!ok)
    g_assert_error(error, INBOX_ERROR, INBOX_ERROR_INVALID);
  return ok;
}

static void bounds_are_held_at_their_edge(void) {
  g_autoptr(GPtrArray) records = NULL;

  g_assert_true(add(&records, "queue", "largest", DELIVERY_RECORD_BYTES_MAX));
  g_assert_false(add(&records, "queue", "too-large", DELIVERY_RECORD_BYTES_MAX + 1));
  for (guint i = 1; i < DELIVERY_RECORDS_MAX; i++)
    g_assert_true(add(&records, "queue", "more", 0));
  g_assert_false(add(&records, "queue", "one-too-many", 0));
  g_assert_cmpuint(records->len, ==, DELIVERY_RECORDS_MAX);
}

static void names_that_leave_the_place_are_rejected(void) {
  static const char *const names[] = {"", ".", "..", ".hidden", "a/b", "../new/x", "a b", "a\nb", "a:b"};
  static const char *const places[] = {"", ".", "..", "new", "index", "other", "queue/../new"};
  g_autoptr(GPtrArray) records = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    g_assert_false(add(&records, "queue", names[i], 1));
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    g_assert_false(add(&records, places[i], "name", 1));
  g_autofree char *longest = g_strnfill(MAILDIR_NAME_MAX, 'n');
  g_autofree char *longer = g_strnfill(MAILDIR_NAME_MAX + 1, 'n');
  g_assert_true(add(&records, "queue", longest, 1));
  g_assert_false(add(&records, "queue", longer, 1));
}

static void list_round_trip(void) {
  g_autoptr(GPtrArray) records = NULL;

  g_assert_true(add(&records, "queue", "one", 0));
  g_assert_true(add(&records, "hooks", "two", 7));
  g_autoptr(GByteArray) list = delivery_records_print(records);
  g_assert_cmpuint(list->len, ==, delivery_records_bytes(records));
  g_assert_cmpuint(delivery_records_length(list->data, list->len), ==, list->len);
  gsize offset = 0;
  DeliveryRecordView view;
  g_assert_true(delivery_records_next(list->data, list->len, &offset, &view));
  g_assert_cmpmem(view.name, view.name_len, "one", 3);
  g_assert_true(delivery_records_next(list->data, list->len, &offset, &view));
  g_assert_cmpmem(view.place, view.place_len, "hooks", 5);
  g_assert_cmpuint(view.n_bytes, ==, 7);
  g_assert_false(delivery_records_next(list->data, list->len, &offset, &view));
  for (guint len = 0; len < list->len; len++)
    g_assert_cmpuint(delivery_records_length(list->data, len), ==, 0);
}

/* --- what is there */

static gboolean ledger_has_line(const Scratch *scratch, const char *line) {
  g_autofree char *text = NULL;

  g_assert_true(g_file_get_contents(scratch->ledger, &text, NULL, NULL));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  return g_strv_contains((const char *const *)lines, line);
}

/* All messages have all of their records, and what was finished is gone. Returns how many records there are. */
static guint check_records(const Bench *bench, const Scratch *scratch, gsize (*size_of)(guint number)) {
  g_autoptr(GHashTable) messages = read_messages(scratch->maildir, size_of);
  g_autoptr(GHashTable) numbers = numbers_of(messages);
  g_autoptr(GHashTable) keys = read_records(bench, numbers);
  gboolean began = ledger_has_line(scratch, "B done");
  gboolean is_done = ledger_has_line(scratch, "X done");
  GHashTableIter iter;
  gpointer number;

  g_hash_table_iter_init(&iter, numbers);
  while (g_hash_table_iter_next(&iter, &number, NULL)) {
    guint n = GPOINTER_TO_UINT(number) - 1;
    for (guint i = 0; i < RECORDS_EACH; i++)
      if (n != DONE_NUMBER || i != 0 || !began)
        g_assert_true(has_key(keys, n, i));
      else if (is_done)
        g_assert_false(has_key(keys, n, i));
  }
  return g_hash_table_size(keys);
}

static guint start_again(const Scratch *scratch, const Crash *crash, guint8 boot) {
  FaultIo fault;

  fault_for(&fault, crash, boot);
  Bench bench;
  g_autoptr(GError) error = NULL;
  bench_open(&bench, scratch->maildir, &fault, TRUE, &error);
  g_assert_no_error(error);
  guint n_records = check_records(&bench, scratch, body_bytes);
  bench_close(&bench);
  g_autofree char *pending = g_build_filename(scratch->maildir, JOURNAL_PENDING_NAME, NULL);
  g_assert_false(g_file_test(pending, G_FILE_TEST_EXISTS));
  return n_records;
}

/* --- scenes */

static void finish_one(const Bench *bench) {
  g_autofree char *name = record_name(DONE_NUMBER, 0);
  g_autoptr(GError) error = NULL;

  dprintf(bench->report_fd, "B done\n");
  store_delete_record(bench->store, fault_places[0], name, &error);
  g_assert_no_error(error);
  dprintf(bench->report_fd, "X done\n");
}

static void deliver_with_records(Bench *bench) {
  bench->n_records = RECORDS_EACH;
  for (guint i = 0; i < 4; i++) {
    deliver(bench, i, body_bytes(i));
    if (i % 2 == 1)
      wait_for_reports(bench, i + 1);
    if (i == 1)
      finish_one(bench);
  }
  wait_for_reports(bench, 4);
}

/* As it is where there is no room for a journal: the records of small messages need a file of their own, too. */
static void deliver_without_journal(Bench *bench) {
  FaultIo *fault = bench->fault;

  fault->fail_kinds = FAULT_PREALLOCATE;
  fault->fail_errno = ENOSPC;
  fault->fail_to = G_MAXINT;
  g_atomic_int_set(&fault->fail_from, 1);
  deliver_with_records(bench);
}

static void crash_everywhere(void (*scene)(Bench *bench), gboolean durable, gboolean power, gboolean syncs_each_file) {
  gboolean ended = FALSE;

  for (gint at = 1; !ended; at++) {
    g_assert_cmpint(at, <, CALLS_MAX);
    const Crash crash = {.at = at, .power = power, .syncs_each_file = syncs_each_file, .no_sync = !durable};
    Scratch scratch;
    scratch_init(&scratch);
    ended = run_until_crash(&scratch, &crash, scene);
    check_after_crash(&scratch, &crash, body_bytes);
    if (g_file_test(scratch.ledger, G_FILE_TEST_EXISTS))
      start_again(&scratch, &crash, power ? 2 : 1);
    scratch_clear(&scratch);
  }
}

static void killed_between_any_two_steps(void) {
  crash_everywhere(deliver_with_records, TRUE, FALSE, FALSE);
}

static void killed_between_any_two_steps_without_sync(void) {
  crash_everywhere(deliver_with_records, FALSE, FALSE, FALSE);
}

static void killed_between_any_two_steps_without_a_journal(void) {
  crash_everywhere(deliver_without_journal, TRUE, FALSE, FALSE);
}

static void power_cut_between_any_two_steps(void) {
  crash_everywhere(deliver_with_records, TRUE, TRUE, FALSE);
  crash_everywhere(deliver_with_records, TRUE, TRUE, TRUE);
}

static void power_cut_between_any_two_steps_without_a_journal(void) {
  crash_everywhere(deliver_without_journal, TRUE, TRUE, FALSE);
}

/* --- replay */

static void die(Bench *bench) {
  deliver_with_records(bench);
  _exit(FAULT_CRASH_STATUS);
}

static void leave_after_crash(Scratch *scratch) {
  scratch_init(scratch);
  g_assert_false(run_until_crash(scratch, &no_crash, die));
  g_assert_true(has_journal(scratch));
}

static void remove_places(const Scratch *scratch) {
  for (const char *const *place = fault_places; *place; place++) {
    g_autofree char *name = g_strconcat("dsmtpd.", *place, NULL);
    g_autofree char *path = g_build_filename(scratch->maildir, name, NULL);
    const char *const argv[] = {"rm", "-rf", path, NULL};
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  }
}

/* With messages lost, those that the journal holds come back, each with its records but for the finished one. */
static void records_lost_with_the_power_come_back(void) {
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_messages(&scratch);
  remove_places(&scratch);
  g_assert_cmpuint(start_again(&scratch, &no_crash, 2), ==, 2 * RECORDS_EACH - 1);
  g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, 2);
  scratch_clear(&scratch);
}

/* A crash in any step of the replay: the next one ends it. */
static void killed_during_replay(void) {
  for (gint at = 1; at > 0; at++) {
    g_assert_cmpint(at, <, CALLS_MAX);
    Scratch scratch;
    leave_after_crash(&scratch);
    remove_messages(&scratch);
    remove_places(&scratch);
    pid_t child = fork();
    if (child == 0) {
      FaultIo fault;
      fault_io_init(&fault, 2);
      fault.crash_at = at;
      guint n_recovered;
      g_autoptr(Maildir) maildir = maildir_open(scratch.maildir, MAILDIR_MAKE_NOTHING, &fault.io, NULL);
      _exit(replay_journal(maildir, &fault.io, fault_places, &n_recovered, NULL) ? 0 : 1);
    }
    if (fault_child_ended(child))
      at = -1;
    guint n_records = start_again(&scratch, &no_crash, 2);
    g_assert_cmpuint(n_records, ==, 2 * RECORDS_EACH - 1);
    scratch_clear(&scratch);
  }
}

/* Somebody deletes the message; what is to leave leaves all the same. */
static void records_stay_when_their_message_was_deleted(void) {
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_messages(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  g_autoptr(GPtrArray) records = store_read_records(bench.store, fault_places[0], NULL);
  g_assert_cmpuint(records->len, ==, 4 * 2 - 1);
  bench_close(&bench);
  scratch_clear(&scratch);
}

static void places_that_nobody_announced_are_not_made(void) {
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_places(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 2);
  guint n_recovered;
  g_autoptr(Maildir) maildir = maildir_open(scratch.maildir, MAILDIR_MAKE_NOTHING, &fault.io, NULL);
  g_assert_true(replay_journal(maildir, &fault.io, NULL, &n_recovered, NULL));
  g_autofree char *path = g_build_filename(scratch.maildir, "dsmtpd.queue", NULL);
  g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
  scratch_clear(&scratch);
}

/* --- failures */

static const FaultKind failing_kinds[] = {FAULT_OPEN, FAULT_CLOSE,     FAULT_WRITE, FAULT_RENAME,
                                          FAULT_SYNC, FAULT_DIRECTORY, FAULT_ANY};

/* Whichever single call fails with a full disk, a message is there with all of its records or reported with none, and
 * so it is after a restart. */
static void failure_of_any_call_leaves_all_or_nothing(void) {
  for (gsize kind = 0; kind < G_N_ELEMENTS(failing_kinds); kind++) {
    for (gint at = 1; at < 150; at += failing_kinds[kind] == FAULT_ANY ? 1 : 5) {
      Scratch scratch;
      scratch_init(&scratch);
      FaultIo fault;
      fault_io_init(&fault, 1);
      Bench bench;
      g_assert_true(bench_open(&bench, scratch.maildir, &fault, at % 2, NULL));
      bench.n_records = RECORDS_EACH;
      fault.fail_kinds = failing_kinds[kind];
      fault.fail_errno = ENOSPC;
      fault.fail_to = fault.n_calls + at;
      fault.fail_from = fault.fail_to;
      for (guint i = 0; i < 4; i++)
        deliver(&bench, i, body_bytes(i));
      wait_for_reports(&bench, 4);
      fault.fail_kinds = 0; /* the look at it must not fail */
      g_autoptr(GHashTable) messages = read_messages(scratch.maildir, body_bytes);
      g_assert_cmpuint(g_hash_table_size(messages), ==, bench.n_stored);
      fault_keep_ledger(&fault, scratch.ledger);
      g_assert_cmpuint(check_records(&bench, &scratch, body_bytes), ==, bench.n_stored * RECORDS_EACH);
      bench_close(&bench);
      scratch_clear(&scratch);
    }
  }
}

static void full_disk_takes_none(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  bench.n_records = RECORDS_EACH;
  fault.fail_kinds = FAULT_WRITE;
  fault.fail_errno = ENOSPC;
  fault.fail_to = G_MAXINT;
  fault.fail_from = 1;
  for (guint i = 0; i < 4; i++)
    deliver(&bench, i, body_bytes(i));
  wait_for_reports(&bench, 4);
  g_assert_cmpuint(bench.n_stored, ==, 0);
  g_assert_cmpuint(count_files(scratch.maildir, "tmp"), ==, 0);
  g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, 0);
  g_autoptr(GPtrArray) records = store_read_records(bench.store, fault_places[0], NULL);
  g_assert_cmpuint(records->len, ==, 0);
  bench_close(&bench);
  scratch_clear(&scratch);
}

/* The most that one message and one batch may bring. */
static void largest_deliveries_are_stored(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  bench.n_records = DELIVERY_RECORDS_MAX;
  for (guint i = 0; i < 20; i++)
    deliver(&bench, i, body_bytes(i));
  wait_for_reports(&bench, 20);
  g_assert_cmpuint(bench.n_stored, ==, 20);
  g_assert_cmpuint(count_files(scratch.maildir, "dsmtpd.queue") + count_files(scratch.maildir, "dsmtpd.hooks"), ==,
                   20 * DELIVERY_RECORDS_MAX);
  bench_close(&bench);
  scratch_clear(&scratch);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/records/" #name, name)
  ADD(bounds_are_held_at_their_edge);
  ADD(names_that_leave_the_place_are_rejected);
  ADD(list_round_trip);
  ADD(killed_between_any_two_steps);
  ADD(killed_between_any_two_steps_without_sync);
  ADD(killed_between_any_two_steps_without_a_journal);
  ADD(power_cut_between_any_two_steps);
  ADD(power_cut_between_any_two_steps_without_a_journal);
  ADD(records_lost_with_the_power_come_back);
  ADD(killed_during_replay);
  ADD(records_stay_when_their_message_was_deleted);
  ADD(places_that_nobody_announced_are_not_made);
  ADD(failure_of_any_call_leaves_all_or_nothing);
  ADD(full_disk_takes_none);
  ADD(largest_deliveries_are_stored);
  return g_test_run();
}
