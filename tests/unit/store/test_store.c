/* Messages are stored as given; and each failure of the disk is that of the messages it concerns, no more. */
#include "inbox/error.h"

#include "store_bench.h"

/* --- delivering */

static void messages_are_stored_as_given(gconstpointer durable) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  fault.short_writes = TRUE;
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, GPOINTER_TO_INT(durable), NULL));
  deliver_all(&bench);
  g_assert_cmpuint(bench.n_stored, ==, N_MESSAGES);
  g_assert_cmpint(has_journal(&scratch), ==, GPOINTER_TO_INT(durable));
  g_autoptr(GHashTable) messages = read_messages(scratch.maildir, body_bytes);
  g_assert_cmpuint(g_hash_table_size(messages), ==, N_MESSAGES);
  bench_close(&bench);
  g_assert_false(has_journal(&scratch));
  g_assert_cmpuint(count_files(scratch.maildir, "tmp"), ==, 0);
  scratch_clear(&scratch);
}

static void closing_stores_what_was_given(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  for (guint i = 0; i < N_MESSAGES; i++)
    deliver(&bench, i, body_bytes(i));
  bench_close_store(&bench);
  g_autoptr(GHashTable) messages = read_messages(scratch.maildir, body_bytes);
  g_assert_cmpuint(g_hash_table_size(messages), ==, N_MESSAGES);
  bench_close(&bench);
  scratch_clear(&scratch);
}

static void discarded_spool_leaves_nothing(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  for (gsize n_bytes = 0; n_bytes < 1000 * 1000; n_bytes += 100 * 1000) {
    g_autofree char *id = store_next_id(bench.store);
    Spool *spool = store_spool_new(bench.store, id, resume_cb, NULL);
    g_autoptr(GByteArray) body = make_body(0, n_bytes);
    (void)spool_append(spool, body->data, body->len);
    spool_discard(spool);
  }
  bench_close(&bench);
  g_assert_cmpuint(count_files(scratch.maildir, "tmp"), ==, 0);
  g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, 0);
  scratch_clear(&scratch);
}

static void counted_cb(guint64 n_messages, gpointer user_data) {
  *(guint64 *)user_data = n_messages;
}

static void measured_cb(guint64 free_bytes, gpointer user_data) {
  *(guint64 *)user_data = free_bytes;
}

static void space_is_measured(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  guint64 free_bytes = 0;
  store_measure_space(bench.store, measured_cb, &free_bytes);
  bench_close(&bench);
  g_assert_cmpuint(free_bytes, >, 0);
  g_assert_cmpuint(free_bytes, <, G_MAXUINT64);
  scratch_clear(&scratch);
}

static void count_takes_new_and_cur(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  deliver_all(&bench);
  g_autofree char *read = g_build_filename(scratch.maildir, "cur", "1.M2P3Q4.host:2,S", NULL);
  g_assert_true(g_file_set_contents(read, "x", 1, NULL));
  guint64 n_messages = G_MAXUINT64;
  store_count(bench.store, counted_cb, &n_messages);
  while (n_messages == G_MAXUINT64)
    event_base_loop(bench.base, EVLOOP_ONCE);
  g_assert_cmpuint(n_messages, ==, N_MESSAGES + 1);
  bench_close(&bench);
  scratch_clear(&scratch);
}

/* --- failures */

/* What was reported stored is there, nothing else is, and tmp/ is clean unless removing is what failed. */
static void check_consistent(const Scratch *scratch, const Bench *bench, gboolean is_clean) {
  g_autoptr(GHashTable) messages = read_messages(scratch->maildir, body_bytes);
  GHashTableIter iter;
  gpointer id;
  gpointer number;

  g_hash_table_iter_init(&iter, bench->ids);
  while (g_hash_table_iter_next(&iter, &id, &number))
    g_assert_true(g_hash_table_lookup(messages, id) == number);
  if (is_clean) {
    g_assert_cmpuint(g_hash_table_size(messages), ==, g_hash_table_size(bench->ids));
    g_assert_cmpuint(count_files(scratch->maildir, "tmp"), ==, 0);
  }
}

/* Fails `n_failures` calls from each call on in turn. Returns FALSE when the run was over before. */
static gboolean fail_from(gint from, gint n_failures, FaultKind kinds, int error_number) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  fault.n_calls = 0;
  fault.fail_from = from;
  fault.fail_to = from + n_failures - 1;
  fault.fail_kinds = kinds;
  fault.fail_errno = error_number;
  deliver_all(&bench);
  gboolean reached = g_atomic_int_get(&fault.n_calls) >= from;
  check_consistent(&scratch, &bench, !(kinds & FAULT_REMOVE));
  g_atomic_int_set(&fault.fail_from, G_MAXINT);
  guint n_stored = bench.n_stored;
  deliver(&bench, 0, body_bytes(0));
  wait_for_reports(&bench, N_MESSAGES + 1);
  g_assert_cmpuint(bench.n_stored, ==, n_stored + 1);
  bench_close_store(&bench);
  check_consistent(&scratch, &bench, !(kinds & FAULT_REMOVE));
  bench_close(&bench);
  scratch_clear(&scratch);
  return reached;
}

static void each_failed_call_is_survived(void) {
  static const int error_numbers[] = {ENOSPC, EIO};

  for (gsize i = 0; i < G_N_ELEMENTS(error_numbers); i++) {
    gint from = 1;
    while (from < CALLS_MAX && fail_from(from, 1, FAULT_ANY, error_numbers[i]))
      from++;
    g_assert_cmpint(from, >, 20);
    g_assert_cmpint(from, <, CALLS_MAX);
  }
}

static void lasting_failures_are_survived(void) {
  static const FaultKind kinds[] = {FAULT_OPEN, FAULT_WRITE, FAULT_SYNC, FAULT_RENAME, FAULT_PREALLOCATE, FAULT_CLOSE};

  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    for (gint from = 1; from < 100; from += 7)
      (void)fail_from(from, 1000, kinds[i], EIO);
}

static void full_disk_is_no_space(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  Delivery *delivery = delivery_new(store_next_id(bench.store), NULL, NULL);
  inbox_set_errno(&delivery->error, ENOSPC, "cannot write %s", "x");
  g_assert_error(delivery->error, INBOX_ERROR, INBOX_ERROR_NO_SPACE);
  delivery_free(delivery);
  fault.fail_from = 1;
  fault.fail_to = G_MAXINT;
  fault.fail_kinds = FAULT_WRITE | FAULT_PREALLOCATE;
  fault.fail_errno = ENOSPC;
  deliver_all(&bench);
  g_assert_cmpuint(bench.n_stored, ==, 0);
  check_consistent(&scratch, &bench, TRUE);
  bench_close(&bench);
  scratch_clear(&scratch);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/store/messages_are_stored_as_given/durable", GINT_TO_POINTER(TRUE),
                       messages_are_stored_as_given);
  g_test_add_data_func("/store/messages_are_stored_as_given/sync_none", GINT_TO_POINTER(FALSE),
                       messages_are_stored_as_given);
#define ADD(name) g_test_add_func("/store/" #name, name)
  ADD(closing_stores_what_was_given);
  ADD(discarded_spool_leaves_nothing);
  ADD(count_takes_new_and_cur);
  ADD(space_is_measured);
  ADD(each_failed_call_is_survived);
  ADD(lasting_failures_are_survived);
  ADD(full_disk_is_no_space);
  return g_test_run();
}
