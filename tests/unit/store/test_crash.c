/* The promise "a message that got 250 is never lost" against every moment of a crash. */
#include "inbox/error.h"
#include "store/crc32c.h"
#include "store/replay.h"

#include "crash_bench.h"

static void crash_everywhere(gboolean power, gboolean syncs_each_file) {
  gboolean ended = FALSE;

  for (gint at = 1; !ended; at++) {
    g_assert_cmpint(at, <, CALLS_MAX);
    const Crash crash = {.at = at, .power = power, .syncs_each_file = syncs_each_file};
    Scratch scratch;
    scratch_init(&scratch);
    ended = run_until_crash(&scratch, &crash, deliver_all);
    check_after_crash(&scratch, &crash, body_bytes);
    scratch_clear(&scratch);
  }
}

static void killed_between_any_two_steps(void) {
  crash_everywhere(FALSE, FALSE);
}

static void power_cut_between_any_two_steps(void) {
  crash_everywhere(TRUE, FALSE);
  crash_everywhere(TRUE, TRUE);
}

static gsize big_bytes(guint number) {
  return BIG_BYTES;
}

/* More than both segments hold, so that checkpoints run meanwhile. */
static void deliver_many(Bench *bench) {
  for (guint i = 0; i < 400; i++) {
    deliver(bench, 2 * i, BIG_BYTES);
    wait_for_reports(bench, i > 30 ? i - 30 : 0);
  }
  wait_for_reports(bench, 400);
}

static void power_cut_around_checkpoints(void) {
  static const gint steps[] = {500, 800, 1000, 1150, 1250};

  for (gsize i = 0; i < 2 * G_N_ELEMENTS(steps); i++) {
    const Crash crash = {.at = steps[i / 2], .power = TRUE, .syncs_each_file = i % 2};
    Scratch scratch;
    scratch_init(&scratch);
    g_assert_false(run_until_crash(&scratch, &crash, deliver_many));
    check_after_crash(&scratch, &crash, big_bytes);
    scratch_clear(&scratch);
  }
}

static void die(Bench *bench) {
  deliver_all(bench);
  _exit(FAULT_CRASH_STATUS);
}

/* Takes the small messages away, and all that the ledger says of them but that they were reported. */
static void lose_small_messages(const Scratch *scratch) {
  g_autofree char *directory = g_build_filename(scratch->maildir, "new", NULL);
  g_autofree char *text = NULL;

  g_assert_true(g_file_get_contents(scratch->ledger, &text, NULL, NULL));
  g_autoptr(GString) ledger = g_string_new(text);
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  for (const char *name; (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    struct stat status;
    if (stat(path, &status) == 0 && status.st_size < SPOOLED_BYTES) {
      g_assert_cmpint(unlink(path), ==, 0);
      g_autofree char *name_line = g_strdup_printf("N %.*s\n", (int)strcspn(name, ","), name);
      g_autofree char *data_line = g_strdup_printf("D %.*s\n", (int)strcspn(name, ","), name);
      g_string_replace(ledger, name_line, "", 0);
      g_string_replace(ledger, data_line, "", 0);
    }
  }
  g_assert_true(g_file_set_contents(scratch->ledger, ledger->str, -1, NULL));
}

/* Loses small messages after a crash, crashes again at a call of the replay, and cuts the power. TRUE when the replay
 * was over before. */
static gboolean crash_replay(const Crash *crash) {
  const Crash none = {0};
  Scratch scratch;

  scratch_init(&scratch);
  g_assert_false(run_until_crash(&scratch, &none, die));
  lose_small_messages(&scratch);
  pid_t child = fork();
  if (child == 0) {
    FaultIo fault;
    fault_for(&fault, crash, 2);
    fault.crash_at = crash->at;
    fault_keep_ledger(&fault, scratch.ledger);
    guint n_recovered;
    g_autoptr(Maildir) maildir = maildir_open(scratch.maildir, MAILDIR_MAKE_NOTHING, &fault.io, NULL);
    _exit(replay_journal(maildir, &fault.io, NULL, &n_recovered, NULL) && n_recovered == N_MESSAGES / 2 ? 0 : 1);
  }
  gboolean is_over = fault_child_ended(child);
  check_after_crash(&scratch, crash, body_bytes);
  scratch_clear(&scratch);
  return is_over;
}

static void power_cut_during_replay(void) {
  for (guint i = 0; i < 2; i++) {
    Crash crash = {.at = 1, .power = TRUE, .syncs_each_file = i == 1};
    while (!crash_replay(&crash)) {
      crash.at++;
      g_assert_cmpint(crash.at, <, CALLS_MAX);
    }
  }
}

/* --- replay */

static void start_again(const Scratch *scratch, guint8 boot, guint *out_recovered) {
  FaultIo fault;

  fault_io_init(&fault, boot);
  Bench bench;
  g_autoptr(GError) error = NULL;
  bench_open(&bench, scratch->maildir, &fault, TRUE, &error);
  g_assert_no_error(error);
  *out_recovered = bench.n_recovered;
  bench_close(&bench);
}

static void leave_after_crash(Scratch *scratch) {
  const Crash crash = {0};

  scratch_init(scratch);
  g_assert_false(run_until_crash(scratch, &crash, die));
  g_assert_true(has_journal(scratch));
}

static void mail_deleted_in_the_same_boot_stays_deleted(void) {
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_messages(&scratch);
  guint n_recovered;
  start_again(&scratch, 1, &n_recovered);
  g_assert_cmpuint(n_recovered, ==, 0);
  g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, 0);
  g_assert_false(has_journal(&scratch));
  scratch_clear(&scratch);
}

static void mail_lost_with_the_power_comes_back(void) {
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_messages(&scratch);
  guint n_recovered;
  start_again(&scratch, 2, &n_recovered);
  g_assert_cmpuint(n_recovered, ==, N_MESSAGES / 2); /* the small ones: others were synced themselves */
  g_autoptr(GHashTable) messages = read_messages(scratch.maildir, body_bytes);
  g_assert_cmpuint(g_hash_table_size(messages), ==, N_MESSAGES / 2);
  scratch_clear(&scratch);
}

static gint count_syncs_of_replay(gboolean syncs_each_file) {
  const Crash crash = {.syncs_each_file = syncs_each_file};
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_messages(&scratch);
  FaultIo fault;
  fault_for(&fault, &crash, 2);
  guint n_recovered;
  g_autoptr(GError) error = NULL;
  g_autoptr(Maildir) maildir = maildir_open(scratch.maildir, MAILDIR_MAKE_NOTHING, &fault.io, &error);
  g_assert_true(replay_journal(maildir, &fault.io, NULL, &n_recovered, &error));
  g_assert_cmpuint(n_recovered, ==, N_MESSAGES / 2);
  scratch_clear(&scratch);
  return fault.n_syncs;
}

/* The file system once, new/ and cur/, and the directory without the journal. */
static void messages_put_back_are_synced_together(void) {
  g_assert_cmpint(count_syncs_of_replay(FALSE), ==, 4);
  g_assert_cmpint(count_syncs_of_replay(TRUE), ==, N_MESSAGES / 2 + 3);
}

static void unknown_boot_is_replayed(void) {
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_messages(&scratch);
  guint n_recovered;
  start_again(&scratch, 0, &n_recovered);
  g_assert_cmpuint(n_recovered, ==, N_MESSAGES / 2);
  scratch_clear(&scratch);
}

/* What a dsmtpd left that did not know records of others: the same but for the number of the version. */
static void journal_of_the_previous_version_is_replayed(void) {
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_messages(&scratch);
  g_autofree char *path = g_build_filename(scratch.maildir, JOURNAL_NAME, NULL);
  g_autofree char *bytes = NULL;
  gsize n_bytes;
  g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
  for (gsize start = 0; start < n_bytes; start += n_bytes / JOURNAL_SEGMENTS) {
    g_assert_cmpint(bytes[start + 8], ==, JOURNAL_VERSION);
    bytes[start + 8] = 1;
    memset(bytes + start + 12, 0, 4);
    const guint32 crc = GUINT32_TO_LE(crc32c_update(0, bytes + start, JOURNAL_HEADER_BYTES));
    memcpy(bytes + start + 12, &crc, sizeof crc);
  }
  g_assert_true(g_file_set_contents(path, bytes, (gssize)n_bytes, NULL));
  guint n_recovered;
  start_again(&scratch, 2, &n_recovered);
  g_assert_cmpuint(n_recovered, ==, N_MESSAGES / 2);
  scratch_clear(&scratch);
}

/* Moves the first small message to cur/ as a mail program would, and cuts it there. Returns its new path. */
static char *read_one(const Scratch *scratch, const char *added) {
  g_autofree char *directory = g_build_filename(scratch->maildir, "new", NULL);
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (const char *name; (name = g_dir_read_name(dir));) {
    g_autofree char *from = g_build_filename(directory, name, NULL);
    g_autofree char *flagged = g_strconcat(name, added, NULL);
    char *to = g_build_filename(scratch->maildir, "cur", flagged, NULL);
    struct stat status;
    if (stat(from, &status) == 0 && status.st_size < SPOOLED_BYTES) {
      g_assert_cmpint(rename(from, to), ==, 0);
      return to;
    }
    g_free(to);
  }
  g_assert_not_reached();
}

static void flags_survive_replay(void) {
  static const char *const added[] = {":2,FS", ",W=120:2,", ""};

  for (gsize i = 0; i < G_N_ELEMENTS(added); i++) {
    Scratch scratch;
    leave_after_crash(&scratch);
    g_autofree char *path = read_one(&scratch, added[i]);
    g_assert_cmpint(truncate(path, 3), ==, 0);
    guint n_recovered;
    start_again(&scratch, 2, &n_recovered);
    g_assert_cmpuint(n_recovered, ==, 1);
    struct stat status;
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_size, >, 100);
    g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, N_MESSAGES - 1);
    g_assert_cmpuint(count_files(scratch.maildir, "cur"), ==, 1);
    scratch_clear(&scratch);
  }
}

/* The rename fails, so the client is told, and then the power goes. */
static void fail_all_renames(Bench *bench) {
  g_assert_cmpuint(bench->n_stored, ==, 0);
  deliver_all(bench);
  _exit(bench->n_stored == 0 ? FAULT_CRASH_STATUS : 1);
}

static void mail_reported_as_failed_does_not_come_back(void) {
  Scratch scratch;

  scratch_init(&scratch);
  pid_t child = fork();
  if (child == 0) {
    FaultIo fault;
    fault_io_init(&fault, 1);
    Bench bench;
    g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
    fault.fail_from = 1;
    fault.fail_to = G_MAXINT;
    fault.fail_kinds = FAULT_RENAME;
    fault.fail_errno = EIO;
    fail_all_renames(&bench);
  }
  int status;
  g_assert_cmpint(waitpid(child, &status, 0), ==, child);
  g_assert_cmpint(WEXITSTATUS(status), ==, FAULT_CRASH_STATUS);
  g_assert_true(has_journal(&scratch));
  guint n_recovered;
  start_again(&scratch, 2, &n_recovered);
  g_assert_cmpuint(n_recovered, ==, 0);
  g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, 0);
  scratch_clear(&scratch);
}

static void failed_replay_keeps_the_journal(void) {
  Scratch scratch;

  leave_after_crash(&scratch);
  remove_messages(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 2);
  fault.fail_from = 1;
  fault.fail_to = G_MAXINT;
  fault.fail_kinds = FAULT_WRITE;
  fault.fail_errno = ENOSPC;
  Bench bench;
  g_autoptr(GError) error = NULL;
  g_assert_false(bench_open(&bench, scratch.maildir, &fault, TRUE, &error));
  g_assert_error(error, INBOX_ERROR, INBOX_ERROR_NO_SPACE);
  bench_close(&bench);
  g_assert_true(has_journal(&scratch));
  guint n_recovered;
  start_again(&scratch, 2, &n_recovered);
  g_assert_cmpuint(n_recovered, ==, N_MESSAGES / 2);
  scratch_clear(&scratch);
}

/* A checkpoint that fails leaves the journal to the next start, even of the same boot. */
static void failed_checkpoint_keeps_the_journal(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  deliver_all(&bench);
  fault.fail_from = 1;
  fault.fail_to = G_MAXINT;
  fault.fail_kinds = FAULT_SYNC;
  fault.fail_errno = EIO;
  bench_close(&bench);
  g_assert_true(has_journal(&scratch));
  remove_messages(&scratch);
  guint n_recovered;
  start_again(&scratch, 1, &n_recovered);
  g_assert_cmpuint(n_recovered, ==, N_MESSAGES / 2);
  g_assert_false(has_journal(&scratch));
  scratch_clear(&scratch);
}

static void checkpoint_follows_within_seconds(void) {
  Scratch scratch;

  scratch_init(&scratch);
  FaultIo fault;
  fault_io_init(&fault, 1);
  Bench bench;
  g_assert_true(bench_open(&bench, scratch.maildir, &fault, TRUE, NULL));
  deliver(&bench, 0, body_bytes(0));
  wait_for_reports(&bench, 1);
  g_autofree char *path = g_build_filename(scratch.maildir, JOURNAL_NAME, NULL);
  gint64 end_us = g_get_monotonic_time() + 4 * (gint64)JOURNAL_CHECKPOINT_US;
  JournalHeader header = {0};
  while (header.generation != 3 && g_get_monotonic_time() < end_us) {
    g_autofree char *bytes = NULL;
    gsize n_bytes;
    g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
    g_assert_cmpint(journal_header_parse((const guint8 *)bytes, n_bytes, &header), !=, JOURNAL_HEADER_NEWER);
    g_usleep(50 * 1000);
  }
  g_assert_cmpuint(header.generation, ==, 3);
  /* Deleted after that, a message stays deleted whatever happens. */
  remove_messages(&scratch);
  Scratch copy = {.maildir = g_build_filename(scratch.root, "copy", NULL)};
  const char *const argv[] = {"cp", "-a", scratch.maildir, copy.maildir, NULL};
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  guint n_recovered;
  start_again(&copy, 2, &n_recovered);
  g_assert_cmpuint(n_recovered, ==, 0);
  g_free(copy.maildir);
  bench_close(&bench);
  scratch_clear(&scratch);
}

/* Any content of the file is taken without harm, and messages are stored after it. */
static void odd_journal_is_no_harm(void) {
  static const gsize sizes[] = {0, 1, 63, 64, 128, 4096, 100001};

  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    for (guint8 fill = 0; fill < 2; fill++) {
      Scratch scratch;
      scratch_init(&scratch);
      guint n_recovered;
      start_again(&scratch, 1, &n_recovered);
      g_autofree char *bytes = g_malloc(sizes[i] + 1);
      memset(bytes, fill ? 0xa5 : 0, sizes[i] + 1);
      g_autofree char *path = g_build_filename(scratch.maildir, JOURNAL_NAME, NULL);
      g_assert_true(g_file_set_contents(path, bytes, (gssize)sizes[i], NULL));
      start_again(&scratch, 1, &n_recovered);
      g_assert_cmpuint(n_recovered, ==, 0);
      g_assert_false(has_journal(&scratch));
      scratch_clear(&scratch);
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/crash/" #name, name)
  ADD(killed_between_any_two_steps);
  ADD(power_cut_between_any_two_steps);
  ADD(power_cut_around_checkpoints);
  ADD(power_cut_during_replay);
  ADD(mail_deleted_in_the_same_boot_stays_deleted);
  ADD(mail_lost_with_the_power_comes_back);
  ADD(messages_put_back_are_synced_together);
  ADD(unknown_boot_is_replayed);
  ADD(journal_of_the_previous_version_is_replayed);
  ADD(flags_survive_replay);
  ADD(mail_reported_as_failed_does_not_come_back);
  ADD(failed_replay_keeps_the_journal);
  ADD(failed_checkpoint_keeps_the_journal);
  ADD(checkpoint_follows_within_seconds);
  ADD(odd_journal_is_no_harm);
  return g_test_run();
}
