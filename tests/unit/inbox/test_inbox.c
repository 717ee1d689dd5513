#include "inbox/inbox.h"
#include "store/store.h"

#include <glib/gstdio.h>
#include <string.h>

enum { APPEND_BYTES = 32 * 1024 };

typedef struct Fixture {
  char *root;
  char *place;
  struct event_base *base;
  LoopQueue *queue;
  Inbox *inbox;
  Envelope *envelope;
  guint n_delivered;
  guint n_failed;
  guint n_resumed;
  guint n_closed;
  char *last_id;
} Fixture;

static void fixture_open(Fixture *fixture, StoreSync sync) {
  const StoreOptions options = {.directory = fixture->place, .sync = sync};
  g_autoptr(GError) error = NULL;
  guint n_recovered;
  InboxKeeper *keeper = store_open_now(&options, fixture->queue, &n_recovered, &error);

  g_assert_no_error(error);
  fixture->inbox = inbox_new(keeper, fixture->queue, NULL);
  g_assert_cmpuint(n_recovered, ==, 0);
}

static void set_up(Fixture *fixture, gconstpointer sync) {
  fixture->root = g_dir_make_tmp("dsmtpd-inbox-XXXXXX", NULL);
  fixture->place = g_build_filename(fixture->root, "mail", NULL);
  fixture->base = event_base_new();
  fixture->queue = loop_queue_new(fixture->base, NULL);
  fixture->envelope = envelope_new();
  fixture->envelope->peer = g_strdup("127.0.0.1:5000");
  fixture->envelope->peer_literal = g_strdup("[127.0.0.1]");
  fixture->envelope->helo = g_strdup("client.example");
  fixture->envelope->helo_is_name = TRUE;
  fixture->envelope->protocol = "ESMTP";
  fixture->envelope->reverse_path = g_strdup("from@example.com");
  g_ptr_array_add(fixture->envelope->forward_paths, g_strdup("to@example.com"));
  fixture->envelope->received_us = 1000 * 1000;
  fixture_open(fixture, (StoreSync)GPOINTER_TO_INT(sync));
}

static void tear_down(Fixture *fixture, gconstpointer sync) {
  inbox_end(fixture->inbox);
  loop_queue_free(fixture->queue);
  event_base_free(fixture->base);
  envelope_free(fixture->envelope);
  const char *const argv[] = {"rm", "-rf", fixture->root, NULL};
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free(fixture->root);
  g_free(fixture->place);
  g_free(fixture->last_id);
}

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  Fixture *fixture = user_data;

  g_assert_true((id == NULL) == (error != NULL));
  fixture->n_delivered += id ? 1 : 0;
  fixture->n_failed += id ? 0 : 1;
  g_free(fixture->last_id);
  fixture->last_id = g_strdup(id);
}

static void resume_cb(gpointer user_data) {
  ((Fixture *)user_data)->n_resumed++;
}

static void run_until(Fixture *fixture, const guint *counter, guint value) {
  while (*counter < value)
    g_assert_cmpint(event_base_loop(fixture->base, EVLOOP_ONCE), ==, 0);
}

/* Appends as a session does: waits when it is asked to. */
static void append_all(Fixture *fixture, InboxDraft *draft, const guint8 *bytes, gsize n_bytes) {
  for (gsize at = 0; at < n_bytes; at += APPEND_BYTES) {
    guint n_resumed = fixture->n_resumed;
    if (!inbox_draft_append(draft, bytes + at, MIN(APPEND_BYTES, n_bytes - at))) {
      g_assert_cmpuint(fixture->n_resumed, ==, n_resumed);
      run_until(fixture, &fixture->n_resumed, n_resumed + 1);
    }
  }
}

static guint8 *make_body(gsize n_bytes) {
  guint8 *body = g_malloc(n_bytes + 1);

  for (gsize i = 0; i < n_bytes; i++)
    body[i] = i % 73 == 72 ? '\n' : (guint8)('a' + i % 26);
  return body;
}

/* The one file in new/ is the block, printed for this message, and the body. */
static void check_only_mail(const Fixture *fixture, const guint8 *body, gsize n_bytes, const char *bare_lf) {
  g_autofree char *directory = g_build_filename(fixture->place, "new", NULL);
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  const char *name = g_dir_read_name(dir);

  g_assert_nonnull(name);
  g_assert_true(g_str_has_prefix(name, fixture->last_id));
  g_autofree char *path = g_build_filename(directory, name, NULL);
  g_autofree char *bytes = NULL;
  gsize n_read;
  g_assert_true(g_file_get_contents(path, &bytes, &n_read, NULL));
  g_autoptr(GString) block = g_string_new(NULL);
  envelope_print_block(fixture->envelope, g_get_host_name(), fixture->last_id, bare_lf, block);
  g_assert_cmpmem(bytes, MIN(n_read, block->len), block->str, block->len);
  g_assert_cmpmem(bytes + block->len, n_read - block->len, body, n_bytes);
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_null(g_dir_read_name(dir));
}

static void mail_of_any_size_is_stored_behind_its_block(Fixture *fixture, gconstpointer sync) {
  static const gsize sizes[] = {0, 1, 4096, 65535, 65536, 65537, 131072, 1000 * 1000, 5 * 1000 * 1000};
  static const char *const bare_lfs[] = {NULL, "3 7-9"};

  for (gsize i = 0; i < 2 * G_N_ELEMENTS(sizes); i++) {
    const char *bare_lf = bare_lfs[i % 2];
    gsize n_bytes = sizes[i / 2];
    g_autofree guint8 *body = make_body(n_bytes);
    InboxDraft *draft = inbox_draft_new(fixture->inbox, fixture->envelope, resume_cb, fixture);
    append_all(fixture, draft, body, n_bytes);
    guint n_delivered = fixture->n_delivered;
    inbox_draft_commit(draft, bare_lf, delivered_cb, fixture);
    g_assert_cmpuint(fixture->n_delivered, ==, n_delivered);
    run_until(fixture, &fixture->n_delivered, n_delivered + 1);
    check_only_mail(fixture, body, n_bytes, bare_lf);
  }
  g_assert_cmpuint(fixture->n_failed, ==, 0);
}

static void discarded_draft_leaves_nothing(Fixture *fixture, gconstpointer sync) {
  g_autofree guint8 *body = make_body(1000 * 1000);
  InboxDraft *draft = inbox_draft_new(fixture->inbox, fixture->envelope, resume_cb, fixture);

  inbox_draft_append(draft, body, 1000);
  inbox_draft_discard(draft);
  draft = inbox_draft_new(fixture->inbox, fixture->envelope, resume_cb, fixture);
  while (inbox_draft_append(draft, body, 1000 * 1000)) {
  }
  inbox_draft_discard(draft);
  inbox_draft_discard(NULL);
  g_clear_pointer(&fixture->inbox, inbox_end);
  g_assert_cmpint(event_base_loop(fixture->base, EVLOOP_NONBLOCK), >=, 0);
  g_assert_cmpuint(fixture->n_resumed, ==, 0);
  static const char *const directories[] = {"tmp", "new"};
  for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
    g_autofree char *directory = g_build_filename(fixture->place, directories[i], NULL);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    g_assert_null(g_dir_read_name(dir));
  }
}

static void closed_cb(gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_closed++;
  g_assert_cmpuint(fixture->n_delivered, ==, 20);
}

static void every_commit_is_answered_by_the_close(Fixture *fixture, gconstpointer sync) {
  g_autofree guint8 *body = make_body(300 * 1000);

  for (guint i = 0; i < 20; i++) {
    InboxDraft *draft = inbox_draft_new(fixture->inbox, fixture->envelope, resume_cb, fixture);
    inbox_draft_append(draft, body, i % 2 ? 300 * 1000 : 4000);
    inbox_draft_commit(draft, NULL, delivered_cb, fixture);
  }
  inbox_close(g_steal_pointer(&fixture->inbox), closed_cb, fixture);
  g_assert_cmpuint(fixture->n_delivered, ==, 0);
  run_until(fixture, &fixture->n_closed, 1);
}

static void lost_directory_is_an_error_of_the_mail(Fixture *fixture, gconstpointer sync) {
  g_autofree char *tmp = g_build_filename(fixture->place, "tmp", NULL);

  g_assert_cmpint(g_rmdir(tmp), ==, 0);
  g_autofree guint8 *body = make_body(300 * 1000);
  static const gsize sizes[] = {100, 300 * 1000};
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
    InboxDraft *draft = inbox_draft_new(fixture->inbox, fixture->envelope, resume_cb, fixture);
    inbox_draft_append(draft, body, sizes[i]);
    inbox_draft_commit(draft, NULL, delivered_cb, fixture);
    run_until(fixture, &fixture->n_failed, i + 1);
  }
}

static void place_that_is_no_maildir_is_invalid(Fixture *fixture, gconstpointer sync) {
  const StoreOptions options = {.directory = fixture->root};
  g_autoptr(GError) error = NULL;

  g_assert_null(store_open_now(&options, fixture->queue, NULL, &error));
  g_assert_error(error, INBOX_ERROR, INBOX_ERROR_INVALID);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name, sync)                                                                                                \
  g_test_add("/inbox/" #name "/" #sync, Fixture, GINT_TO_POINTER(STORE_SYNC_##sync), set_up, name, tear_down)
  ADD(mail_of_any_size_is_stored_behind_its_block, ALWAYS);
  ADD(mail_of_any_size_is_stored_behind_its_block, NONE);
  ADD(discarded_draft_leaves_nothing, ALWAYS);
  ADD(every_commit_is_answered_by_the_close, ALWAYS);
  ADD(every_commit_is_answered_by_the_close, NONE);
  ADD(lost_directory_is_an_error_of_the_mail, ALWAYS);
  ADD(place_that_is_no_maildir_is_invalid, ALWAYS);
  return g_test_run();
}
