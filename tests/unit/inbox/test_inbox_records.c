/* Records of others as their owner sees them; that they survive crashes is shown in tests/unit/store/test_records.c. */
#include "inbox_bench.h"

static const char *const places[] = {"queue", NULL};

static void open_with_places(Bench *bench) {
  bench_close(bench);
  bench_open_with(bench, (StoreOptions){.directory = bench->place, .places = places});
}

static gboolean add(InboxDraft *draft, const char *place, const char *name) {
  g_autoptr(GBytes) bytes = g_bytes_new_static("job", 3);
  g_autoptr(GError) error = NULL;
  gboolean ok = inbox_draft_add_record(draft, place, name, bytes, &error);

  if (!ok)
    g_assert_error(error, INBOX_ERROR, INBOX_ERROR_INVALID);
  return ok;
}

static void found_cb(const char *name, GBytes *bytes, gpointer user_data) {
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "job", 3);
  g_string_append_printf(user_data, "%s ", name);
}

static void assert_records(Bench *bench, const char *expected) {
  g_autoptr(GString) names = g_string_new(NULL);
  g_autoptr(GError) error = NULL;
  gboolean ok = inbox_read_records(bench->inbox, "queue", found_cb, names, &error);

  g_assert_no_error(error);
  g_assert_true(ok);
  g_assert_cmpstr(names->str, ==, expected);
}

/* Of a small message and of one that is written to disk as it comes. */
static void records_come_with_their_message_and_go_when_done(Bench *bench, gconstpointer data) {
  static const gsize sizes[] = {100, 300 * 1000};

  open_with_places(bench);
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
    InboxDraft *draft = inbox_draft_new(bench->inbox, bench->envelope, bench_resume_cb, bench);
    g_autofree char *body = g_strnfill(sizes[i], 'x');
    g_autofree char *name = g_strdup_printf("job-%u", i);
    g_assert_true(add(draft, "queue", name));
    (void)inbox_draft_append(draft, (const guint8 *)body, sizes[i]);
    inbox_draft_commit(draft, NULL, bench_delivered_cb, bench);
    bench_wait_for(bench, &bench->n_delivered, i + 1);
    g_autofree char *expected = g_strconcat(name, " ", NULL);
    assert_records(bench, expected);
    g_assert_true(inbox_delete_record(bench->inbox, "queue", name, NULL));
    assert_records(bench, "");
  }
}

static void records_of_a_discarded_draft_are_dropped(Bench *bench, gconstpointer data) {
  open_with_places(bench);
  InboxDraft *draft = inbox_draft_new(bench->inbox, bench->envelope, bench_resume_cb, bench);
  g_assert_true(add(draft, "queue", "job"));
  g_assert_false(add(draft, "elsewhere", "job"));
  inbox_draft_discard(draft);
  assert_records(bench, "");
}

static void no_records_where_no_place_is_announced(Bench *bench, gconstpointer data) {
  InboxDraft *draft = inbox_draft_new(bench->inbox, bench->envelope, bench_resume_cb, bench);

  g_assert_false(add(draft, "queue", "job"));
  inbox_draft_discard(draft);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/inbox_records/" #name, Bench, NULL, bench_set_up, name, bench_tear_down)
  ADD(records_come_with_their_message_and_go_when_done);
  ADD(records_of_a_discarded_draft_are_dropped);
  ADD(no_records_where_no_place_is_announced);
  g_test_add("/inbox_records/memory_has_no_records", Bench, NULL, bench_set_up_in_memory,
             no_records_where_no_place_is_announced, bench_tear_down_in_memory);
  return g_test_run();
}
