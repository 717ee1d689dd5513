#pragma once
/* A store with a loop to itself in a scratch directory, and messages that can be told from each other: what the tests
 * of the store share.
 *
 * Owns: a Scratch its directory; a Bench its store and its loop.
 * Thread: the test's.
 * Errors: end the test.
 * Units and limits: bytes.
 * Source: our own. */
#include "store/journal.h"
#include "store/store_private.h"

#include "fault_io.h"
#include <stdio.h>

enum { N_MESSAGES = 8, SPOOLED_BYTES = 200 * 1000, CALLS_MAX = 2000, BIG_BYTES = 60 * 1000 };

typedef struct Scratch {
  char *root;
  char *maildir;
  char *ledger;
} Scratch;

static inline void scratch_init(Scratch *scratch) {
  scratch->root = g_dir_make_tmp("dsmtpd-store-XXXXXX", NULL);
  g_assert_nonnull(scratch->root);
  scratch->maildir = g_build_filename(scratch->root, "mail", NULL);
  scratch->ledger = g_build_filename(scratch->root, "ledger", NULL);
}

static inline void scratch_clear(Scratch *scratch) {
  const char *const argv[] = {"rm", "-rf", scratch->root, NULL};

  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free(scratch->root);
  g_free(scratch->maildir);
  g_free(scratch->ledger);
}

/* One store with a loop to itself. */
typedef struct Bench {
  struct event_base *base;
  LoopQueue *queue;
  Store *store;
  guint n_recovered;
  guint n_reported;
  guint n_stored;
  GHashTable *ids; /* id -> number of the message + 1, of those stored */
  int report_fd;   /* -1: not reported to the outside */
  guint n_records; /* of others, which each message brings */
  FaultIo *fault;  /* for scenes that change it; NULL: they do not */
} Bench;

typedef struct Expected {
  Bench *bench;
  guint number;
} Expected;

static inline gboolean bench_open(Bench *bench, const char *maildir, const FaultIo *fault, gboolean durable,
                                  GError **error) {
  *bench = (Bench){.report_fd = -1};
  bench->base = event_base_new();
  bench->queue = loop_queue_new(bench->base, NULL);
  bench->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const StoreOptions options = {
      .directory = maildir, .sync = durable ? STORE_SYNC_ALWAYS : STORE_SYNC_NONE, .places = fault_places};
  bench->store = store_new(&options, &fault->io, FALSE, bench->queue, &bench->n_recovered, error);
  return bench->store != NULL;
}

static inline void bench_open_with_index(Bench *bench, const char *maildir, const FaultIo *fault,
                                         guint64 aside_messages) {
  const StoreOptions options = {.directory = maildir, .aside_messages = aside_messages};
  g_autoptr(GError) error = NULL;

  *bench = (Bench){.report_fd = fault->ledger_fd};
  bench->base = event_base_new();
  bench->queue = loop_queue_new(bench->base, NULL);
  bench->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  bench->store = store_new(&options, &fault->io, TRUE, bench->queue, &bench->n_recovered, &error);
  g_assert_no_error(error);
}

static inline void run_once(const Bench *bench) {
  g_assert_cmpint(event_base_loop(bench->base, EVLOOP_ONCE), ==, 0);
}

/* To a change. */
typedef struct Answer {
  gboolean is_there;
  guint64 n_changed;
  gboolean has_error;
} Answer;

static inline void changed_cb(guint64 n_changed, const GError *error, gpointer user_data) {
  *(Answer *)user_data = (Answer){TRUE, n_changed, error != NULL};
}

static inline void closed_cb(gpointer is_closed) {
  *(gboolean *)is_closed = TRUE;
}

static inline void bench_close_store(Bench *bench) {
  gboolean is_closed = bench->store == NULL;

  if (bench->store)
    store_close(g_steal_pointer(&bench->store), closed_cb, &is_closed);
  while (!is_closed)
    g_assert_cmpint(event_base_loop(bench->base, EVLOOP_ONCE), ==, 0);
}

static inline void bench_close(Bench *bench) {
  bench_close_store(bench);
  loop_queue_free(bench->queue);
  event_base_free(bench->base);
  g_hash_table_unref(bench->ids);
}

/* Even numbers are small messages, odd ones spooled; of those every other gets another block at the end. */
static inline GString *make_block(guint number, gboolean final) {
  GString *block = g_string_new(NULL);

  g_string_printf(block, "X-Number: %u%s\n", number, final && number % 4 == 3 ? " replaced" : "");
  return block;
}

static inline GByteArray *make_body(guint number, gsize n_bytes) {
  GByteArray *body = g_byte_array_sized_new((guint)n_bytes);

  g_byte_array_set_size(body, (guint)n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    body->data[i] = (guint8)(i * 7 + i / 251 + number);
  return body;
}

static inline gsize body_bytes(guint number) {
  return number % 2 ? SPOOLED_BYTES + number : 100 + number;
}

static inline void done_cb(const char *id, const GError *error, gpointer user_data) {
  g_autofree Expected *expected = user_data;
  Bench *bench = expected->bench;

  bench->n_reported++;
  if (!id) {
    g_assert_nonnull(error);
    if (bench->report_fd >= 0)
      dprintf(bench->report_fd, "F %u\n", expected->number);
    return;
  }
  bench->n_stored++;
  g_assert_no_error(error);
  g_hash_table_insert(bench->ids, g_strdup(id), GUINT_TO_POINTER(expected->number + 1));
  if (bench->report_fd >= 0)
    dprintf(bench->report_fd, "R %s %u\n", id, expected->number);
}

static inline void resume_cb(gpointer user_data) {}

/* The records of a message: of some bytes, of none, and of some more, in both places. */
static inline char *record_name(guint number, guint i) {
  return g_strdup_printf("job-%u-%u", number, i);
}

static inline GBytes *record_bytes_for(guint number, guint i) {
  GByteArray *bytes = make_body(number + i, i * 50 * (number % 50 + 1));

  return g_byte_array_free_to_bytes(bytes);
}

static inline GPtrArray *make_records(const Bench *bench, guint number) {
  GPtrArray *records = NULL;

  for (guint i = 0; i < bench->n_records; i++) {
    g_autofree char *name = record_name(number, i);
    g_autoptr(GBytes) bytes = record_bytes_for(number, i);
    g_assert_true(store_add_record(bench->store, &records, fault_places[i % 2], name, bytes, NULL));
  }
  return records;
}

static inline void deliver(Bench *bench, guint number, gsize n_bytes) {
  Expected *expected = g_new(Expected, 1);

  *expected = (Expected){.bench = bench, .number = number};
  Delivery *delivery = delivery_new(store_next_id(bench->store), done_cb, expected);
  GByteArray *body = make_body(number, n_bytes);
  delivery->records = make_records(bench, number);
  if (number % 2 == 0) {
    delivery->block = make_block(number, TRUE);
    delivery->body = body;
    store_deliver(bench->store, delivery);
    return;
  }
  Spool *spool = store_spool_new(bench->store, delivery->id, resume_cb, NULL);
  GString *block = make_block(number, FALSE);
  (void)spool_append(spool, (const guint8 *)block->str, block->len);
  (void)spool_append(spool, body->data, body->len);
  store_spool_commit(bench->store, spool, delivery, number % 4 == 3 ? make_block(number, TRUE) : NULL, block->len);
  g_string_free(block, TRUE);
  g_byte_array_unref(body);
}

static inline void wait_for_reports(Bench *bench, guint n_reported) {
  while (bench->n_reported < n_reported)
    g_assert_cmpint(event_base_loop(bench->base, EVLOOP_ONCE), ==, 0);
}

static inline void deliver_all(Bench *bench) {
  for (guint i = 0; i < N_MESSAGES; i++) {
    deliver(bench, i, body_bytes(i));
    if (i % 3 == 2)
      wait_for_reports(bench, i + 1); /* so that there is more than one batch */
  }
  wait_for_reports(bench, N_MESSAGES);
}

/* Every file in new/ is a whole message, there once; returns id -> number + 1. */
static inline GHashTable *read_messages(const char *maildir, gsize (*size_of)(guint number)) {
  g_autofree char *directory = g_build_filename(maildir, "new", NULL);
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  GHashTable *messages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (const char *name; (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *bytes = NULL;
    gsize n_bytes;
    guint number;
    g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
    g_assert_cmpint(sscanf(bytes, "X-Number: %u", &number), ==, 1);
    GString *block = make_block(number, TRUE);
    GByteArray *body = make_body(number, size_of(number));
    g_assert_cmpuint(n_bytes, ==, block->len + body->len);
    g_assert_cmpmem(bytes, block->len, block->str, block->len);
    g_assert_cmpmem(bytes + block->len, n_bytes - block->len, body->data, body->len);
    g_string_free(block, TRUE);
    g_byte_array_unref(body);
    g_autofree char *suffix = g_strdup_printf(",S=%" G_GSIZE_FORMAT, n_bytes);
    g_assert_true(g_str_has_suffix(name, suffix));
    g_assert_true(g_hash_table_insert(messages, g_strndup(name, strcspn(name, ",")), GUINT_TO_POINTER(number + 1)));
  }
  return messages;
}

static inline guint count_files(const char *maildir, const char *directory_name) {
  g_autofree char *directory = g_build_filename(maildir, directory_name, NULL);
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  guint n_files = 0;

  while (g_dir_read_name(dir))
    n_files++;
  return n_files;
}

static inline gboolean has_journal(const Scratch *scratch) {
  g_autofree char *path = g_build_filename(scratch->maildir, JOURNAL_NAME, NULL);

  return g_file_test(path, G_FILE_TEST_EXISTS);
}

static inline void remove_messages(const Scratch *scratch) {
  g_autofree char *directory = g_build_filename(scratch->maildir, "new", NULL);
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (const char *name; (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_assert_cmpint(unlink(path), ==, 0);
  }
}
