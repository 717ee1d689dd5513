/* Stores messages with records of others as fast as it can, or looks at what a power cut left of them: for
 * tests/e2e/test_power_cut.py.
 *
 *     record_load load MAILDIR    writes "R ID NUMBER" for each stored message, "F NUMBER" for one that is not;
 *                                 ends when it is killed
 *     record_load check MAILDIR   writes "M ID" for each message; fails when records are missing, damaged or alone
 */
#include "record_bench.h"

enum { UNDER_WAY = 8 };

static Bench bench;

static void start(const char *maildir) {
  static FaultIo fault;
  g_autoptr(GError) error = NULL;

  fault_io_init(&fault, 0);
  fault.io = *store_io_system(); /* no fault at all */
  if (!bench_open(&bench, maildir, &fault, TRUE, &error))
    g_error("%s", error->message);
}

static void load(void) {
  bench.report_fd = STDOUT_FILENO;
  bench.n_records = RECORDS_EACH;
  for (guint i = 0;; i++) {
    deliver(&bench, i, body_bytes(i));
    wait_for_reports(&bench, i >= UNDER_WAY ? i - UNDER_WAY : 0);
  }
}

static void check(const char *maildir) {
  g_autoptr(GHashTable) messages = read_messages(maildir, body_bytes);
  g_autoptr(GHashTable) numbers = numbers_of(messages);
  g_autoptr(GHashTable) keys = read_records(&bench, numbers);
  GHashTableIter iter;
  gpointer id;
  gpointer number;

  g_hash_table_iter_init(&iter, messages);
  while (g_hash_table_iter_next(&iter, &id, &number)) {
    for (guint i = 0; i < RECORDS_EACH; i++)
      g_assert_true(has_key(keys, GPOINTER_TO_UINT(number) - 1, i));
    printf("M %s\n", (const char *)id);
  }
}

int main(int argc, char **argv) {
  if (argc != 3)
    g_error("usage: record_load load|check MAILDIR");
  start(argv[2]);
  if (strcmp(argv[1], "load") == 0)
    load();
  check(argv[2]);
  bench_close(&bench);
  return 0;
}
