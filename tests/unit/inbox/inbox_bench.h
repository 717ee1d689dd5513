#pragma once
/* An inbox with a loop to itself in a scratch directory or in memory, what it was last told, and another program that
 * uses the Maildir.
 *
 * Owns: the directory, the loop, the inbox; what it was told.
 * Thread: the test's.
 * Errors: end the test.
 * Source: our own. */
#include "inbox/inbox.h"
#include "memory/memory_keeper.h"
#include "store/store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Bench {
  char *root;
  char *place;
  struct event_base *base;
  LoopQueue *queue;
  Crew *crew; /* of the keeper in memory; NULL: the messages are in a Maildir */
  Inbox *inbox;
  Envelope *envelope;
  guint n_delivered;
  GPtrArray *ids; /* char *, delivered, in their order */
  /* The last answer: */
  guint n_answers;
  guint64 n_total;
  guint64 n_unread;
  guint64 n_matching;
  InboxCursor cursor;
  GPtrArray *messages; /* InboxMail * */
  guint64 n_changed;
  int error_code; /* -1: none */
  char *text;
  guint n_foreign; /* messages the other program delivered */
} Bench;

static inline void bench_open_with(Bench *bench, StoreOptions options) {
  g_autoptr(GError) error = NULL;

  bench->queue = loop_queue_new(bench->base, NULL);
  InboxKeeper *keeper = store_open_now(&options, bench->queue, NULL, &error);
  g_assert_no_error(error);
  bench->inbox = inbox_new(keeper, bench->queue, NULL);
}

static inline void bench_open_in_memory(Bench *bench) {
  static const MemoryLimits limits = {.max_messages = 100 * 1000, .max_bytes = 256 * 1024 * 1024};

  bench->queue = loop_queue_new(bench->base, NULL);
  bench->inbox = inbox_new(memory_keeper_new(&limits, 0, bench->crew, bench->queue), bench->queue, NULL);
}

static inline void bench_open(Bench *bench) {
  bench_open_with(bench, (StoreOptions){.directory = bench->place, .sync = STORE_SYNC_NONE});
}

static inline void bench_close(Bench *bench) {
  g_clear_pointer(&bench->inbox, inbox_end);
  g_clear_pointer(&bench->queue, loop_queue_free);
}

static inline void bench_init(Bench *bench, const char *place) {
  bench->place = g_strdup(place);
  bench->base = event_base_new();
  bench->ids = g_ptr_array_new_with_free_func(g_free);
  bench->messages = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_mail_unref);
  bench->envelope = envelope_new();
  bench->envelope->peer = g_strdup("127.0.0.1:5000");
  bench->envelope->peer_literal = g_strdup("[127.0.0.1]");
  bench->envelope->helo = g_strdup("client.example");
  bench->envelope->helo_is_name = TRUE;
  bench->envelope->reverse_path = g_strdup("from@example.com");
  g_ptr_array_add(bench->envelope->forward_paths, g_strdup("to@example.com"));
  bench->envelope->received_us = g_get_real_time();
}

static inline void bench_set_up(Bench *bench, gconstpointer data) {
  bench->root = g_dir_make_tmp("dsmtpd-inbox-XXXXXX", NULL);
  g_autofree char *place = g_build_filename(bench->root, "mail", NULL);
  bench_init(bench, place);
  bench_open(bench);
}

static inline void bench_set_up_in_memory(Bench *bench, gconstpointer data) {
  bench_init(bench, "memory");
  bench->crew = crew_new(CREW_THREADS_MAX);
  bench_open_in_memory(bench);
}

static inline gboolean bench_is_in_memory(const Bench *bench) {
  return bench->crew != NULL;
}

/* In memory, nothing would be left. */
static inline void bench_restart(Bench *bench) {
  if (bench_is_in_memory(bench))
    return;
  bench_close(bench);
  bench_open(bench);
}

static inline void bench_run(const char *const argv[]) {
  int status = 0;

  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint(status, ==, 0);
}

static inline void bench_clear(Bench *bench) {
  bench_close(bench);
  event_base_free(bench->base);
  envelope_free(bench->envelope);
  g_ptr_array_unref(bench->ids);
  g_ptr_array_unref(bench->messages);
  g_free(bench->text);
  g_free(bench->place);
}

static inline void bench_tear_down(Bench *bench, gconstpointer data) {
  bench_clear(bench);
  bench_run((const char *const[]){"rm", "-rf", bench->root, NULL});
  g_free(bench->root);
}

static inline void bench_tear_down_in_memory(Bench *bench, gconstpointer data) {
  bench_clear(bench);
  crew_free(bench->crew);
}

/* What holds whoever keeps the messages. */
static inline void bench_add_for_all(const char *suite, const char *name, void (*test)(Bench *, gconstpointer)) {
  g_autofree char *in_maildir = g_strdup_printf("/%s/%s", suite, name);
  g_autofree char *in_memory = g_strdup_printf("/%s/memory/%s", suite, name);

  g_test_add(in_maildir, Bench, NULL, bench_set_up, test, bench_tear_down);
  g_test_add(in_memory, Bench, NULL, bench_set_up_in_memory, test, bench_tear_down_in_memory);
}

static inline void bench_wait_for(Bench *bench, const guint *counter, guint value) {
  while (*counter < value)
    g_assert_cmpint(event_base_loop(bench->base, EVLOOP_ONCE), ==, 0);
}

/* Until all that was there at the start is listed. */
static inline void bench_wait_whole(Bench *bench) {
  while (!inbox_stats(bench->inbox).is_whole)
    g_assert_cmpint(event_base_loop(bench->base, EVLOOP_ONCE), ==, 0);
}

/* --- delivering */

static inline void bench_delivered_cb(const char *id, const GError *error, gpointer user_data) {
  Bench *bench = user_data;

  g_assert_no_error(error);
  g_ptr_array_add(bench->ids, g_strdup(id));
  bench->n_delivered++;
}

static inline void bench_resume_cb(gpointer user_data) {}

static inline void bench_send(Bench *bench, const char *mail) {
  InboxDraft *draft = inbox_draft_new(bench->inbox, bench->envelope, bench_resume_cb, bench);

  (void)inbox_draft_append(draft, (const guint8 *)mail, strlen(mail));
  inbox_draft_commit(draft, NULL, bench_delivered_cb, bench);
}

/* Returns the id. Lent. */
static inline const char *bench_deliver(Bench *bench, const char *subject) {
  g_autofree char *mail = g_strdup_printf("Subject: %s\n\nHello\n", subject);

  bench_send(bench, mail);
  bench_wait_for(bench, &bench->n_delivered, bench->n_delivered + 1);
  return g_ptr_array_index(bench->ids, bench->ids->len - 1);
}

/* --- asking */

static inline void bench_take_error(Bench *bench, const GError *error) {
  bench->error_code = error ? error->code : -1;
  if (error)
    g_test_message("%s", error->message);
  bench->n_answers++;
}

static inline void bench_take_messages(Bench *bench, const GPtrArray *messages) {
  g_ptr_array_set_size(bench->messages, 0);
  for (guint i = 0; messages && i < messages->len; i++)
    g_ptr_array_add(bench->messages, inbox_mail_ref(g_ptr_array_index(messages, i)));
}

static inline gpointer bench_list_cb(InboxReader *reader, gpointer user_data, GError **error) {
  InboxPage page;

  return inbox_reader_list(reader, user_data, &page, error) ? g_memdup2(&page, sizeof page) : NULL;
}

typedef struct BenchListing {
  InboxListRequest request; /* first */
  Bench *bench;
} BenchListing;

static inline void bench_listed_cb(gpointer answer, const GError *error, gpointer user_data) {
  g_autofree BenchListing *listing = user_data;
  g_autofree InboxPage *page = answer;
  Bench *bench = listing->bench;

  bench_take_error(bench, error);
  if (page) {
    bench->n_total = page->n_total;
    bench->n_unread = page->n_unread;
    bench->n_matching = page->n_matching;
    bench->cursor = page->cursor;
  }
  bench_take_messages(bench, page ? page->messages : NULL);
  if (page)
    inbox_page_clear(page);
  search_query_free(listing->request.query);
}

typedef struct BenchWork {
  Bench *bench;
  InboxWork work;
  gpointer data;
  gpointer answer;
} BenchWork;

static inline gpointer bench_work_cb(InboxReader *reader, gpointer user_data, GError **error) {
  const BenchWork *work = user_data;

  return work->work(reader, work->data, error);
}

static inline void bench_worked_cb(gpointer answer, const GError *error, gpointer user_data) {
  BenchWork *work = user_data;

  work->answer = answer;
  bench_take_error(work->bench, error);
}

/* Asks, and waits for the answer. */
static inline gpointer bench_ask(Bench *bench, InboxLane lane, InboxWork func, gpointer data) {
  BenchWork work = {bench, func, data, NULL};
  guint n_answers = bench->n_answers;

  inbox_ask(bench->inbox, lane, bench_work_cb, bench_worked_cb, &work);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  return work.answer;
}

/* Takes the query. */
static inline void bench_list_later(Bench *bench, const InboxListRequest *request) {
  BenchListing *listing = g_new(BenchListing, 1);

  *listing = (BenchListing){*request, bench};
  inbox_ask(bench->inbox, INBOX_LANE_LISTS, bench_list_cb, bench_listed_cb, listing);
}

static inline void bench_list_request(Bench *bench, const InboxListRequest *request) {
  guint n_answers = bench->n_answers;

  bench_list_later(bench, request);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
  g_assert_cmpint(bench->error_code, ==, -1);
}

static inline void bench_list(Bench *bench, guint64 start, guint64 limit) {
  const InboxListRequest request = {.start = start, .limit = limit};

  bench_list_request(bench, &request);
}

static inline const InboxMail *bench_mail(const Bench *bench, guint n) {
  g_assert_cmpuint(n, <, bench->messages->len);
  return g_ptr_array_index(bench->messages, n);
}

static inline void bench_changed_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  Bench *bench = user_data;

  bench->n_changed = n_changed;
  bench_take_error(bench, error);
}

/* The ids given, up to NULL. */
static inline InboxSelection bench_select(const char *id, ...) {
  GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
  va_list args;

  va_start(args, id);
  for (; id; id = va_arg(args, const char *))
    g_ptr_array_add(ids, g_strdup(id));
  va_end(args);
  return (InboxSelection){ids};
}

static const InboxSelection bench_all = {NULL};

static inline void bench_mark(Bench *bench, InboxSelection selection, InboxMarks set, InboxMarks clear) {
  guint n_answers = bench->n_answers;

  inbox_mark(bench->inbox, selection, set, clear, bench_changed_cb, bench);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
}

static inline void bench_delete(Bench *bench, InboxSelection selection) {
  guint n_answers = bench->n_answers;

  inbox_delete(bench->inbox, selection, bench_changed_cb, bench);
  bench_wait_for(bench, &bench->n_answers, n_answers + 1);
}

/* --- another program */

static inline char *bench_path(const Bench *bench, const char *directory, const char *name) {
  return g_build_filename(bench->place, directory, name, NULL);
}

/* Delivers as maildir(5) says. The caller frees the name. */
static inline char *foreign_deliver(Bench *bench, const char *subject) {
  char *name =
      g_strdup_printf("%" G_GINT64_FORMAT ".%u_1.other", g_get_real_time() / G_USEC_PER_SEC, ++bench->n_foreign);
  g_autofree char *from = bench_path(bench, "tmp", name);
  g_autofree char *to = bench_path(bench, "new", name);
  g_autofree char *mail = g_strdup_printf("Subject: %s\n\nHello\n", subject);

  g_assert_true(g_file_set_contents(from, mail, -1, NULL));
  g_assert_cmpint(g_rename(from, to), ==, 0);
  return name;
}

/* The names in a directory, char *. */
static inline GPtrArray *foreign_list(const Bench *bench, const char *directory) {
  g_autofree char *path = bench_path(bench, directory, NULL);
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

  for (const char *name; (name = g_dir_read_name(dir));)
    if (name[0] != '.')
      g_ptr_array_add(names, g_strdup(name));
  return names;
}
