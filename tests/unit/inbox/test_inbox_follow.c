/* Whatever we and other programs do, at the same time or while the server is away: in the end the lists say what is in
 * the Maildir. And whatever becomes of the index, messages are taken and listed. */
#include "inbox_bench.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { N_OPERATIONS = 400, SETTLE_SECONDS = 30 };

/* What a directory says: "id read flagged", a line each, sorted. */
static gint compare_lines(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join_sorted(GPtrArray *lines) {
  g_ptr_array_sort(lines, compare_lines);
  g_ptr_array_add(lines, NULL);
  return g_strjoinv("\n", (char **)lines->pdata);
}

static char *describe_maildir(const Bench *bench) {
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  static const char *const directories[] = {"new", "cur"};

  for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
    g_autoptr(GPtrArray) names = foreign_list(bench, directories[i]);
    for (guint j = 0; j < names->len; j++) {
      const char *name = g_ptr_array_index(names, j);
      const char *flags = i == 1 && strstr(name, ":2,") ? strstr(name, ":2,") + 3 : "";
      g_ptr_array_add(lines, g_strdup_printf("%.*s %d %d", (int)strcspn(name, ",:"), name, strchr(flags, 'S') != NULL,
                                             strchr(flags, 'F') != NULL));
    }
  }
  return join_sorted(lines);
}

static char *describe_list(Bench *bench) {
  bench_list(bench, 0, INBOX_PAGE_MAX);
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  guint n_unread = 0;
  for (guint i = 0; i < bench->messages->len; i++) {
    const InboxMail *mail = bench_mail(bench, i);
    n_unread += mail->is_read ? 0 : 1;
    g_ptr_array_add(lines, g_strdup_printf("%s %d %d", mail->id, mail->is_read, mail->is_flagged));
  }
  g_assert_cmpuint(bench->n_total, ==, bench->messages->len);
  g_assert_cmpuint(bench->n_unread, ==, n_unread);
  return join_sorted(lines);
}

/* Waits until they agree, and says at once how they don't if that lasts too long. */
static void settle(Bench *bench) {
  gint64 end_us = g_get_monotonic_time() + SETTLE_SECONDS * G_USEC_PER_SEC;

  for (;;) {
    g_autofree char *maildir = describe_maildir(bench);
    g_autofree char *list = describe_list(bench);
    if (strcmp(maildir, list) == 0)
      return;
    if (g_get_monotonic_time() > end_us) {
      g_auto(GStrv) left = g_strsplit(list, "\n", -1);
      g_auto(GStrv) right = g_strsplit(maildir, "\n", -1);
      for (guint i = 0; left[i] || right[i]; i++)
        g_assert_cmpstr(left[i], ==, right[i]);
    }
    const struct timeval pause = {.tv_usec = 10 * 1000};
    event_base_loopexit(bench->base, &pause);
    event_base_dispatch(bench->base);
  }
}

/* --- the other program */

/* A file of the Maildir by chance, FALSE: there is none. */
static gboolean choose_file(Bench *bench, GRand *random, const char **out_directory, char **out_name) {
  *out_directory = g_rand_boolean(random) ? "new" : "cur";
  g_autoptr(GPtrArray) names = foreign_list(bench, *out_directory);
  if (names->len == 0)
    return FALSE;
  *out_name = g_strdup(g_ptr_array_index(names, (guint)g_rand_int_range(random, 0, (gint32)names->len)));
  return TRUE;
}

static void foreign_mark(Bench *bench, GRand *random) {
  static const char *const flags[] = {"", "S", "F", "FS", "RS", "DFPRST"};
  const char *directory = NULL;
  g_autofree char *name = NULL;

  if (!choose_file(bench, random, &directory, &name))
    return;
  g_autofree char *target = g_strdup_printf("%.*s:2,%s", (int)strcspn(name, ":"), name,
                                            flags[g_rand_int_range(random, 0, G_N_ELEMENTS(flags))]);
  g_autofree char *from = bench_path(bench, directory, name);
  g_autofree char *to = bench_path(bench, "cur", target);
  (void)g_rename(from, to); /* we may have been faster */
}

static void foreign_remove(Bench *bench, GRand *random) {
  const char *directory = NULL;
  g_autofree char *name = NULL;

  if (!choose_file(bench, random, &directory, &name))
    return;
  g_autofree char *path = bench_path(bench, directory, name);
  (void)g_unlink(path);
}

/* Takes a message out of new/ or cur/ and puts it back. */
static void foreign_take_and_return(Bench *bench, GRand *random) {
  const char *directory = NULL;
  g_autofree char *name = NULL;

  if (!choose_file(bench, random, &directory, &name))
    return;
  g_autofree char *path = bench_path(bench, directory, name);
  g_autofree char *outside = g_build_filename(bench->root, "outside", NULL);
  if (g_rename(path, outside) == 0)
    g_assert_cmpint(g_rename(outside, path), ==, 0);
}

static void foreign_operate(Bench *bench, GRand *random) {
  switch (g_rand_int_range(random, 0, 8)) {
  case 0:
  case 1:
  case 2:
    g_free(foreign_deliver(bench, "foreign"));
    break;
  case 3:
    foreign_remove(bench, random);
    break;
  case 4:
    foreign_take_and_return(bench, random);
    break;
  default:
    foreign_mark(bench, random);
    break;
  }
}

/* --- we */

static void ignore_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  ((Bench *)user_data)->n_changed++;
}

static void own_operate(Bench *bench, GRand *random) {
  const char *id = bench->ids->len == 0
                       ? "nobody"
                       : g_ptr_array_index(bench->ids, (guint)g_rand_int_range(random, 0, (gint32)bench->ids->len));

  switch (g_rand_int_range(random, 0, 8)) {
  case 0:
    inbox_delete(bench->inbox, bench_select(id, NULL), ignore_cb, bench);
    break;
  case 1:
    inbox_mark(bench->inbox, bench_select(id, NULL), INBOX_MARK_READ, INBOX_MARK_FLAGGED, ignore_cb, bench);
    break;
  case 2:
    inbox_mark(bench->inbox, bench_all, INBOX_MARK_FLAGGED, INBOX_MARK_READ, ignore_cb, bench);
    break;
  case 3:
    event_base_loop(bench->base, EVLOOP_NONBLOCK);
    break;
  default:
    bench_send(bench, "Subject: own\n\nHello\n");
    break;
  }
}

static void lists_agree_whoever_does_what(Bench *bench, gconstpointer seed) {
  g_autoptr(GRand) random = g_rand_new_with_seed(GPOINTER_TO_UINT(seed));

  for (guint round = 0; round < 4; round++) {
    for (guint i = 0; i < N_OPERATIONS; i++)
      (g_rand_boolean(random) ? own_operate : foreign_operate)(bench, random);
    if (round % 2) { /* with all in the middle of it */
      bench_close(bench);
      for (guint i = 0; i < N_OPERATIONS / 4; i++)
        foreign_operate(bench, random);
      bench_open(bench);
    }
    settle(bench);
  }
}

/* Killed at any moment, and the Maildir changed before the next start. */
static void lists_agree_after_kill(Bench *bench, gconstpointer seed) {
  g_autoptr(GRand) random = g_rand_new_with_seed(GPOINTER_TO_UINT(seed));

  for (guint round = 0; round < 6; round++) {
    bench_close(bench);
    pid_t child = fork();
    if (child == 0) {
      bench->base = event_base_new();
      bench_open(bench);
      for (;;) {
        (g_rand_boolean(random) ? own_operate : foreign_operate)(bench, random);
        event_base_loop(bench->base, EVLOOP_NONBLOCK);
      }
    }
    g_usleep((gulong)g_rand_int_range(random, 1000, 300 * 1000)); /* any moment will do */
    g_assert_cmpint(kill(child, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
    bench->n_foreign += 100 * 1000; /* names the child did not use */
    for (guint i = 0; i < 20; i++)
      foreign_operate(bench, random);
    bench_open(bench);
    settle(bench);
  }
}

/* --- single things others do */

/* As programs do that fear to overwrite a file. */
static void moves_by_links_are_followed(Bench *bench, gconstpointer data) {
  for (guint i = 0; i < 50; i++) {
    g_autofree char *name = foreign_deliver(bench, "foreign");
    g_autofree char *flagged = g_strconcat(name, i % 2 ? ":2,S" : ":2,F", NULL);
    g_autofree char *from = bench_path(bench, "new", name);
    g_autofree char *to = bench_path(bench, "cur", flagged);
    if (i % 3 == 0)
      settle(bench);
    g_assert_cmpint(link(from, to), ==, 0);
    g_assert_cmpint(g_unlink(from), ==, 0);
  }
  settle(bench);
}

static void file_that_is_still_written_is_read_in_the_end(Bench *bench, gconstpointer data) {
  g_autofree char *path = bench_path(bench, "cur", "1700000000.1_1.other:2,F");
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  g_assert_cmpint(fd, >=, 0);
  settle(bench);
  g_assert_cmpstr(bench_mail(bench, 0)->summary->subject, ==, "");
  static const char mail[] = "Subject: at last\n\nHello\n";
  g_assert_cmpint(write(fd, mail, strlen(mail)), ==, (gssize)strlen(mail));
  close(fd);
  gint64 end_us = g_get_monotonic_time() + SETTLE_SECONDS * G_USEC_PER_SEC;
  while (strcmp(bench_mail(bench, 0)->summary->subject, "at last") != 0 && g_get_monotonic_time() < end_us)
    settle(bench);
  g_assert_cmpstr(bench_mail(bench, 0)->summary->subject, ==, "at last");
  g_assert_true(bench_mail(bench, 0)->is_flagged);
}

static void odd_names_have_safe_ids(Bench *bench, gconstpointer data) {
  static const char *const names[] = {"a b", "x-1", "\xff\xfe", "%2e%2e", "'; DROP TABLE mail; --", "a:2,S", ",S=1"};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = bench_path(bench, "cur", names[i]);
    g_assert_true(g_file_set_contents(path, "Subject: odd\n\n", -1, NULL));
  }
  gint64 end_us = g_get_monotonic_time() + SETTLE_SECONDS * G_USEC_PER_SEC;
  do
    bench_list(bench, 0, 50);
  while (bench->n_total < G_N_ELEMENTS(names) && g_get_monotonic_time() < end_us);
  g_assert_cmpuint(bench->n_total, ==, G_N_ELEMENTS(names));
  for (guint i = 0; i < bench->messages->len; i++)
    g_assert_cmpuint(strspn(bench_mail(bench, i)->id, "0123456789abcdefghijklmnopqrstuvwxyz.-"), ==,
                     strlen(bench_mail(bench, i)->id));
  bench_delete(bench, bench_all);
  g_assert_cmpint(bench->error_code, ==, -1);
  settle(bench);
}

/* --- what becomes of the index */

static char *index_path(const Bench *bench) {
  return g_build_filename(bench->place, "dsmtpd.index", NULL);
}

typedef void (*Damage)(const char *path);

static void damage_remove(const char *path) {
  g_assert_cmpint(g_unlink(path), ==, 0);
}

static void damage_empty(const char *path) {
  g_assert_cmpint(truncate(path, 0), ==, 0);
}

static void damage_cut(const char *path) {
  g_assert_cmpint(truncate(path, 5000), ==, 0);
}

static void damage_garbage(const char *path) {
  g_autofree char *garbage = g_strnfill(100000, '\xa5');

  g_assert_true(g_file_set_contents(path, garbage, 100000, NULL));
}

/* All but the first page. */
static void damage_middle(const char *path) {
  g_autofree char *bytes = NULL;
  gsize n_bytes;

  g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
  g_assert_cmpuint(n_bytes, >=, 4096);
  memset(bytes + 4096, 0x5a, n_bytes - 4096);
  g_assert_true(g_file_set_contents(path, bytes, (gssize)n_bytes, NULL));
}

static void damage_version(const char *path) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  static const guint8 version[] = {0, 0, 1, 0};

  g_assert_cmpint(pwrite(fd, version, sizeof version, 60), ==, sizeof version); /* user_version, in the header */
  close(fd);
}

static void damage_directory(const char *path) {
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
}

static const struct {
  const char *name;
  Damage damage;
} damages[] = {
    {"removed", damage_remove}, {"empty", damage_empty},     {"cut", damage_cut},          {"garbage", damage_garbage},
    {"middle", damage_middle},  {"version", damage_version}, {"folder", damage_directory},
};

/* In order, and with the messages that come meanwhile. */
static void check_damaged(Bench *bench) {
  for (guint i = 0; i < 20; i++)
    bench_deliver(bench, "after");
  settle(bench);
  for (guint i = 0; i < bench->ids->len; i++)
    g_assert_cmpstr(bench_mail(bench, i)->id, ==, g_ptr_array_index(bench->ids, bench->ids->len - 1 - i));
}

static void damaged_index_is_made_anew(Bench *bench, gconstpointer damage) {
  for (guint i = 0; i < 50; i++)
    bench_deliver(bench, "before");
  bench_close(bench);
  g_autofree char *path = index_path(bench);
  damages[GPOINTER_TO_UINT(damage)].damage(path);
  bench_open(bench);
  check_damaged(bench);
  bench_close(bench);
  bench_open(bench);
  check_damaged(bench);
}

/* While it is in use, and though it may be read from memory still. */
static void index_damaged_in_use_is_made_anew(Bench *bench, gconstpointer damage) {
  for (guint i = 0; i < 50; i++)
    bench_deliver(bench, "before");
  settle(bench); /* there is something to damage */
  g_autofree char *path = index_path(bench);
  damages[GPOINTER_TO_UINT(damage)].damage(path);
  for (guint i = 0; i < 20; i++)
    bench_deliver(bench, "after");
  gint64 end_us = g_get_monotonic_time() + SETTLE_SECONDS * G_USEC_PER_SEC;
  const InboxListRequest request = {.limit = 1000};
  do { /* a list may fail while it is made */
    guint n_answers = bench->n_answers;
    bench_list_later(bench, &request);
    bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  } while ((bench->error_code != -1 || bench->messages->len != bench->ids->len) && g_get_monotonic_time() < end_us);
  g_assert_cmpuint(bench->messages->len, ==, bench->ids->len);
}

/* Files that cannot grow beyond some bytes stand for a disk that is full: messages fit, the index does not. */
static void limit_files(rlim_t max_bytes) {
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit;
  g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = MIN(max_bytes, limit.rlim_max);
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

static void index_without_room_is_kept_in_memory(Bench *bench, gconstpointer data) {
  for (guint i = 0; i < 30; i++)
    bench_deliver(bench, "before");
  bench_close(bench);
  g_autofree char *path = index_path(bench);
  damage_remove(path);
  limit_files(16 * 1024);
  bench_open(bench);
  check_damaged(bench);
  g_assert_true(inbox_stats(bench->inbox).is_in_memory);
  bench_mark(bench, bench_all, INBOX_MARK_READ, 0);
  settle(bench);
  bench_close(bench);
  limit_files(RLIM_INFINITY);
  bench_open(bench);
  settle(bench);
  g_assert_false(inbox_stats(bench->inbox).is_in_memory);
}

static void index_that_finds_no_more_room_catches_up(Bench *bench, gconstpointer data) {
  for (guint i = 0; i < 30; i++)
    bench_deliver(bench, "before");
  settle(bench);
  limit_files(16 * 1024);
  InboxCursor after = inbox_now(bench->inbox);
  for (guint i = 0; i < 20; i++)
    bench_deliver(bench, "after");
  while (!inbox_stats(bench->inbox).trouble)
    g_assert_cmpint(event_base_loop(bench->base, EVLOOP_ONCE), ==, 0);
  bench_list(bench, 0, 1000); /* what there is, and at once */
  g_assert_cmpuint(bench->messages->len, >=, 30);
  bench_mark(bench, bench_all, INBOX_MARK_READ, 0);
  g_assert_cmpint(bench->error_code, ==, INBOX_ERROR_FAILED);
  limit_files(RLIM_INFINITY);
  settle(bench);
  g_assert_cmpuint(bench->messages->len, ==, 50);
  for (guint i = 0; i < 20; i++) /* whoever waited meanwhile still gets them */
    g_assert_cmpuint(bench_mail(bench, i)->cursor, >, after);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (guint seed = 1; seed <= 5; seed++) {
    g_autofree char *path = g_strdup_printf("/inbox_follow/lists_agree_whoever_does_what/%u", seed);
    g_test_add(path, Bench, GUINT_TO_POINTER(seed), bench_set_up, lists_agree_whoever_does_what, bench_tear_down);
  }
  for (guint seed = 1; seed <= 3; seed++) {
    g_autofree char *path = g_strdup_printf("/inbox_follow/lists_agree_after_kill/%u", seed);
    g_test_add(path, Bench, GUINT_TO_POINTER(seed), bench_set_up, lists_agree_after_kill, bench_tear_down);
  }
#define ADD(name) g_test_add("/inbox_follow/" #name, Bench, NULL, bench_set_up, name, bench_tear_down)
  ADD(moves_by_links_are_followed);
  ADD(file_that_is_still_written_is_read_in_the_end);
  ADD(odd_names_have_safe_ids);
  ADD(index_without_room_is_kept_in_memory);
  ADD(index_that_finds_no_more_room_catches_up);
  for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
    g_autofree char *path = g_strdup_printf("/inbox_follow/damaged_index_is_made_anew/%s", damages[i].name);
    g_test_add(path, Bench, GUINT_TO_POINTER(i), bench_set_up, damaged_index_is_made_anew, bench_tear_down);
  }
  for (guint i = 0; i < G_N_ELEMENTS(damages) - 1; i++) {
    g_autofree char *path = g_strdup_printf("/inbox_follow/index_damaged_in_use_is_made_anew/%s", damages[i].name);
    g_test_add(path, Bench, GUINT_TO_POINTER(i), bench_set_up, index_damaged_in_use_is_made_anew, bench_tear_down);
  }
  return g_test_run();
}
