/* All messages are deleted by putting their directories aside: those that came before stay deleted, whenever a crash
 * comes, and none that came after is lost. */
#include "index/index.h"
#include "index/index_gone.h"

#include "store_bench.h"

enum { N_LATER = 3, LATER = 100 /* their numbers, which are even: small messages */ };

static void open_all(Bench *bench, const char *maildir, const FaultIo *fault) {
  bench_open_with_index(bench, maildir, fault, 1);
}

static void ask_to_delete_all(Bench *bench, Answer *answer) {
  InboxChange *change = g_new0(InboxChange, 1);

  change->kind = INBOX_CHANGE_DELETE;
  *answer = (Answer){0};
  index_change(store_index(bench->store), change, changed_cb, answer);
}

static Answer delete_all(Bench *bench) {
  Answer answer;

  ask_to_delete_all(bench, &answer);
  while (!answer.is_there)
    run_once(bench);
  return answer;
}

static guint count_gone(const char *maildir) {
  g_autoptr(GDir) dir = g_dir_open(maildir, 0, NULL);
  guint n_gone = 0;

  for (const char *name; (name = g_dir_read_name(dir));)
    n_gone += g_str_has_prefix(name, "dsmtpd.gone-") ? 1 : 0;
  return n_gone;
}

static void nothing_cb(gpointer is_over) {
  *(gboolean *)is_over = TRUE;
}

/* What waits for a later time runs on other threads. */
static void wait_until_removed(const Bench *bench, const char *maildir) {
  while (count_gone(maildir) > 0) {
    gboolean is_over = FALSE;
    loop_queue_post(bench->queue, nothing_cb, &is_over);
    while (!is_over)
      run_once(bench);
    g_usleep(1000);
  }
}

static guint n_totals(const Bench *bench) {
  return (guint)index_report(store_index(bench->store))->totals.n_messages;
}

static void wait_until_listed(const Bench *bench, guint n_messages) {
  while (n_totals(bench) < n_messages)
    run_once(bench);
}

static void open_scene(Scratch *scratch, FaultIo *fault, Bench *bench) {
  scratch_init(scratch);
  fault_io_init(fault, 1);
  open_all(bench, scratch->maildir, fault);
}

static void close_scene(Scratch *scratch, Bench *bench) {
  bench_close(bench);
  scratch_clear(scratch);
}

static void deliver_some(Bench *bench) {
  for (guint i = 0; i < N_MESSAGES; i++)
    deliver(bench, i == 3 ? 3 : 2 * i, body_bytes(i == 3 ? 3 : 2 * i));
  wait_for_reports(bench, N_MESSAGES);
}

/* As a mail program does. */
static void read_two(const char *maildir) {
  g_autofree char *directory = g_build_filename(maildir, "new", NULL);
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (guint i = 0; i < 2; i++) {
    const char *name = g_dir_read_name(dir);
    g_autofree char *from = g_build_filename(directory, name, NULL);
    g_autofree char *read = g_strconcat(name, ":2,S", NULL);
    g_autofree char *to = g_build_filename(maildir, "cur", read, NULL);
    g_assert_cmpint(rename(from, to), ==, 0);
  }
}

/* --- without a crash */

static void all_go_and_later_ones_stay(void) {
  Scratch scratch;
  FaultIo fault;
  Bench bench;

  open_scene(&scratch, &fault, &bench);
  deliver_some(&bench);
  read_two(scratch.maildir);
  for (guint round = 0; round < 3; round++) {
    Answer answer = delete_all(&bench);
    g_assert_false(answer.has_error);
    g_assert_cmpuint(answer.n_changed, ==, round == 0 ? N_MESSAGES : 1);
    g_assert_cmpuint(count_files(scratch.maildir, "cur"), ==, 0);
    g_assert_cmpuint(n_totals(&bench), ==, 0);
    g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, 0);
    deliver(&bench, LATER + 2 * round, 100);
    wait_for_reports(&bench, N_MESSAGES + round + 1);
    wait_until_listed(&bench, 1);
  }
  wait_until_removed(&bench, scratch.maildir);
  g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, 1);
  close_scene(&scratch, &bench);
}

/* The answer takes as many calls for many messages as for few: what depends on their number comes after it. */
static void answer_does_not_depend_on_their_number(void) {
  gint n_calls[2];

  for (guint i = 0; i < G_N_ELEMENTS(n_calls); i++) {
    Scratch scratch;
    FaultIo fault;
    Bench bench;
    open_scene(&scratch, &fault, &bench);
    guint n_messages = i == 0 ? 1200 : 2400; /* so that the file of UIDs is written again both times */
    for (guint n = 0; n < n_messages; n++)
      deliver(&bench, 2 * n, 100);
    wait_for_reports(&bench, n_messages);
    wait_until_listed(&bench, n_messages);
    bench_close(&bench); /* so that no checkpoint comes in between */
    open_all(&bench, scratch.maildir, &fault);
    while (!index_report(store_index(bench.store))->is_whole)
      run_once(&bench);
    g_atomic_int_set(&fault.holds_removals, TRUE);
    g_atomic_int_set(&fault.n_calls, 0);
    Answer answer = delete_all(&bench);
    n_calls[i] = g_atomic_int_get(&fault.n_calls);
    g_assert_cmpuint(answer.n_changed, ==, n_messages);
    g_atomic_int_set(&fault.holds_removals, FALSE);
    close_scene(&scratch, &bench);
  }
  g_assert_cmpint(n_calls[0], ==, n_calls[1]);
}

/* Stored, and its 250 to come: it is in the directory that is put aside, and not in the index. */
static void message_under_way_stays(void) {
  for (guint i = 0; i < 4; i++) {
    Scratch scratch;
    FaultIo fault;
    Bench bench;
    Answer answer;
    open_scene(&scratch, &fault, &bench);
    deliver_some(&bench);
    wait_until_listed(&bench, N_MESSAGES);
    for (guint n = 0; n < N_LATER; n++)
      deliver(&bench, LATER + 2 * n, body_bytes(LATER + 2 * n));
    if (i % 2 == 0)
      g_usleep(5000 * i); /* so long the committer has them to itself */
    ask_to_delete_all(&bench, &answer);
    while (!answer.is_there || bench.n_reported < N_MESSAGES + N_LATER)
      run_once(&bench);
    g_assert_cmpuint(answer.n_changed, ==, N_MESSAGES);
    wait_until_listed(&bench, N_LATER);
    wait_until_removed(&bench, scratch.maildir);
    g_assert_cmpuint(count_files(scratch.maildir, "new"), ==, N_LATER);
    close_scene(&scratch, &bench);
  }
}

/* Another program delivers all the time, by path, and reads both directories. */
typedef struct Program {
  const char *maildir;
  gint is_over;
  guint n_delivered;
} Program;

/* As maildir(5) says. */
static void program_deliver(Program *program) {
  g_autofree char *name = g_strdup_printf("1796097000.%u_1.other", program->n_delivered++);
  g_autofree char *from = g_build_filename(program->maildir, "tmp", name, NULL);
  g_autofree char *to = g_build_filename(program->maildir, "new", name, NULL);
  int fd = open(from, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  g_assert_cmpint(fd, >=, 0);
  g_assert_cmpint(write(fd, "Subject: x\n\n", 12), ==, 12);
  close(fd);
  g_assert_cmpint(rename(from, to), ==, 0);
}

static gpointer program_main(gpointer data) {
  Program *program = data;
  g_autofree char *cur = g_build_filename(program->maildir, "cur", NULL);

  while (!g_atomic_int_get(&program->is_over)) {
    program_deliver(program);
    g_autoptr(GDir) dir = g_dir_open(cur, 0, NULL);
    g_assert_nonnull(dir);
    g_usleep(500); /* however slow the disk is, messages do not pile up */
  }
  return NULL;
}

static void other_programs_see_both_directories_at_all_times(void) {
  Scratch scratch;
  FaultIo fault;
  Bench bench;
  guint64 n_deleted = 0;

  open_scene(&scratch, &fault, &bench);
  deliver_some(&bench);
  Program program = {.maildir = scratch.maildir};
  GThread *thread = g_thread_new("program", program_main, &program);
  for (guint i = 0; i < 10; i++) {
    Answer answer = delete_all(&bench);
    g_assert_false(answer.has_error);
    n_deleted += answer.n_changed;
  }
  g_atomic_int_set(&program.is_over, TRUE);
  g_thread_join(thread);
  wait_until_removed(&bench, scratch.maildir);
  while (n_deleted + n_totals(&bench) < N_MESSAGES + program.n_delivered) /* each is deleted or there, and once */
    run_once(&bench);
  g_assert_cmpuint(n_deleted + count_files(scratch.maildir, "new"), ==, N_MESSAGES + program.n_delivered);
  close_scene(&scratch, &bench);
}

/* Each call fails in turn: then they are deleted one by one, or it is said what stays. */
static void failed_calls_leave_nothing_half_done(void) {
  gboolean reached = TRUE;

  for (gint at = 1; reached; at++) {
    Scratch scratch;
    FaultIo fault;
    Bench bench;
    g_assert_cmpint(at, <, CALLS_MAX);
    open_scene(&scratch, &fault, &bench);
    deliver_some(&bench);
    wait_until_listed(&bench, N_MESSAGES);
    fault.fail_errno = EIO;
    g_atomic_int_set(&fault.n_calls, 0);
    fault.fail_to = at;
    g_atomic_int_set(&fault.fail_from, at);
    Answer answer = delete_all(&bench);
    reached = g_atomic_int_get(&fault.n_calls) >= at;
    g_atomic_int_set(&fault.fail_from, G_MAXINT);
    g_assert_true(answer.has_error == (answer.n_changed < N_MESSAGES));
    deliver(&bench, LATER, 100);
    wait_for_reports(&bench, N_MESSAGES + 1);
    answer = delete_all(&bench);
    g_assert_false(answer.has_error);
    deliver(&bench, LATER + 2, 100);
    wait_for_reports(&bench, N_MESSAGES + 2);
    bench_close(&bench);
    guint n_come_back = has_journal(&scratch) ? N_MESSAGES - 1 : 0; /* it could not be brought to an end */
    open_all(&bench, scratch.maildir, &fault);                      /* removes what a failed call left */
    wait_until_removed(&bench, scratch.maildir);
    while (!index_report(store_index(bench.store))->is_whole)
      run_once(&bench);
    g_assert_cmpuint(n_totals(&bench), ==, count_files(scratch.maildir, "new"));
    g_assert_cmpuint(n_totals(&bench), >=, 1);
    g_assert_cmpuint(n_totals(&bench), <=, n_come_back + 2); /* a file that could not be removed is a message again */
    close_scene(&scratch, &bench);
  }
}

/* --- crashes */

/* The ledger gets "A" when all are said to be deleted. */
static gboolean run_until_crash(const Scratch *scratch, gint crash_at) {
  pid_t child = fork();

  if (child == 0) {
    FaultIo fault;
    fault_io_init(&fault, 1);
    fault_keep_ledger(&fault, scratch->ledger);
    Bench bench;
    open_all(&bench, scratch->maildir, &fault);
    deliver_some(&bench);
    wait_until_listed(&bench, N_MESSAGES);
    read_two(scratch->maildir);
    g_atomic_int_set(&fault.n_calls, 0);
    fault.crash_at = crash_at;
    Answer answer;
    ask_to_delete_all(&bench, &answer);
    for (guint n = 0; n < N_LATER; n++)
      deliver(&bench, LATER + 2 * n, body_bytes(LATER + 2 * n));
    while (!answer.is_there || bench.n_reported < N_MESSAGES + N_LATER)
      run_once(&bench);
    dprintf(bench.report_fd, "A\n");
    wait_until_removed(&bench, scratch->maildir);
    _exit(g_atomic_int_get(&fault.n_calls) < crash_at ? 0 : FAULT_CRASH_STATUS);
  }
  return fault_child_ended(child);
}

static guint count_messages(const char *maildir) {
  return count_files(maildir, "new") + count_files(maildir, "cur");
}

static guint count_in_index(const Scratch *scratch, const FaultIo *fault) {
  Bench bench;

  open_all(&bench, scratch->maildir, fault);
  wait_until_removed(&bench, scratch->maildir);
  while (!index_report(store_index(bench.store))->is_whole || n_totals(&bench) != count_messages(scratch->maildir))
    run_once(&bench);
  guint n_messages = n_totals(&bench);
  bench_close(&bench);
  return n_messages;
}

static void check_after_crash(const Scratch *scratch, guint8 boot) {
  FaultIo fault;

  fault_io_init(&fault, boot);
  guint n_listed = count_in_index(scratch, &fault);
  g_autoptr(GHashTable) messages = read_messages(scratch->maildir, body_bytes);
  g_assert_cmpuint(g_hash_table_size(messages) + count_files(scratch->maildir, "cur"), ==, n_listed);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(scratch->ledger, &text, NULL, NULL));
  gboolean is_answered = strstr(text, "\nA\n") != NULL;
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  guint n_before = 0;
  for (char **line = lines; *line; line++) {
    g_auto(GStrv) words = g_strsplit(*line, " ", -1);
    if (g_strcmp0(words[0], "R") != 0)
      continue;
    gboolean is_there = g_hash_table_contains(messages, words[1]);
    if (atoi(words[2]) >= LATER)
      g_assert_true(is_there); /* nobody wanted this one gone */
    else
      n_before += is_there ? 1 : 0;
  }
  n_before += count_files(scratch->maildir, "cur");
  g_assert_true(n_before == 0 || (!is_answered && n_before <= N_MESSAGES));
}

static void crash_everywhere(guint8 boot, gint distance) {
  gboolean ended = FALSE;

  for (gint at = 1; !ended; at += distance) {
    Scratch scratch;
    g_assert_cmpint(at, <, CALLS_MAX);
    scratch_init(&scratch);
    ended = run_until_crash(&scratch, at);
    check_after_crash(&scratch, boot);
    scratch_clear(&scratch);
  }
}

static void killed_between_any_two_steps(void) {
  crash_everywhere(1, 1);
}

/* The journal is replayed as after a power cut. */
static void journal_brings_nothing_back(void) {
  crash_everywhere(2, 3);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/put_aside/" #name, name)
  ADD(all_go_and_later_ones_stay);
  ADD(answer_does_not_depend_on_their_number);
  ADD(message_under_way_stays);
  ADD(other_programs_see_both_directories_at_all_times);
  ADD(failed_calls_leave_nothing_half_done);
  ADD(killed_between_any_two_steps);
  ADD(journal_brings_nothing_back);
  return g_test_run();
}
