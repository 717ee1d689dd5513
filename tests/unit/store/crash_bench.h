#pragma once
/* Scenes with a store that end in a crash, in a process of their own.
 *
 * Owns: nothing.
 * Thread: the test's.
 * Errors: end the test.
 * Source: docs/storage.md, "Crash states". */
#include "store_bench.h"

typedef struct Crash {
  gint at;                  /* call number; 0: no crash */
  gboolean power;           /* the page cache is lost, too */
  gboolean syncs_each_file; /* as on systems that cannot sync a file system */
  gboolean no_sync;         /* --sync=none */
} Crash;

static inline void fault_for(FaultIo *fault, const Crash *crash, guint8 boot) {
  fault_io_init(fault, boot);
  if (crash->syncs_each_file)
    fault->io.sync_filesystem = NULL;
}

/* In a process of its own; TRUE when it came to its end before the crash. */
static inline gboolean run_until_crash(const Scratch *scratch, const Crash *crash, void (*scene)(Bench *bench)) {
  pid_t child = fork();

  if (child == 0) {
    FaultIo fault;
    fault_for(&fault, crash, 1);
    fault.crash_at = crash->at;
    fault_keep_ledger(&fault, scratch->ledger);
    Bench bench;
    if (bench_open(&bench, scratch->maildir, &fault, !crash->no_sync, NULL)) {
      bench.report_fd = fault.ledger_fd;
      bench.fault = &fault;
      scene(&bench);
      bench_close(&bench);
    }
    _exit(0);
  }
  return fault_child_ended(child);
}

/* Starts again after the crash and looks for what was reported. */
static inline void check_after_crash(const Scratch *scratch, const Crash *crash, gsize (*size_of)(guint number)) {
  if (!g_file_test(scratch->ledger, G_FILE_TEST_EXISTS))
    return;
  if (crash->power)
    fault_cut_power(scratch->maildir, scratch->ledger);
  FaultIo fault;
  fault_for(&fault, crash, crash->power ? 2 : 1);
  Bench bench;
  g_autoptr(GError) error = NULL;
  bench_open(&bench, scratch->maildir, &fault, TRUE, &error);
  g_assert_no_error(error);
  bench_close(&bench);
  g_autoptr(GHashTable) messages = read_messages(scratch->maildir, size_of);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(scratch->ledger, &text, NULL, NULL));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line; line++) {
    g_auto(GStrv) words = g_strsplit(*line, " ", -1);
    if (g_strcmp0(words[0], "R") == 0) {
      guint number = GPOINTER_TO_UINT(g_hash_table_lookup(messages, words[1]));
      g_assert_cmpuint(number, ==, (guint)atoi(words[2]) + 1);
    }
  }
}
