/* Messages that are held while the backlog is full, and passed on in their order. */
#include "store/pacing.h"

#include <event2/event.h>

typedef struct Bench {
  struct event_base *base;
  Pacing *intake;
  guint64 last_ticket;
  guint n_admitted;
  guint n_reported;
  gint64 last_admitted; /* the number of the last one */
  guint n_slowed;
  guint n_flows;
} Bench;

static guint64 admit_cb(Delivery *delivery, gpointer user_data) {
  Bench *bench = user_data;
  gint64 number = g_ascii_strtoll(delivery->id, NULL, 10);

  g_assert_cmpint(number, ==, bench->last_admitted + 1);
  bench->last_admitted = number;
  bench->n_admitted++;
  return ++bench->last_ticket;
}

static void done_cb(const char *id, const GError *error, gpointer user_data) {
  Bench *bench = user_data;

  g_assert_no_error(error);
  g_assert_nonnull(id);
  bench->n_reported++;
}

static void slowed_cb(const InboxIntake *stats, gpointer user_data) {
  Bench *bench = user_data;

  g_assert_cmpint(stats->reason, ==, INBOX_SLOW_READING);
  bench->n_slowed += stats->is_slowed ? 1 : 0;
  bench->n_flows += stats->is_slowed ? 0 : 1;
}

static void set_up(Bench *bench, gconstpointer data) {
  bench->base = event_base_new();
  bench->intake = pacing_new(bench->base, admit_cb, bench);
  pacing_set_slowed(bench->intake, slowed_cb, bench);
  backlog_read(pacing_backlog(bench->intake), g_get_monotonic_time());
}

static void tear_down(Bench *bench, gconstpointer data) {
  pacing_free(bench->intake);
  event_base_free(bench->base);
}

static void offer(Bench *bench, guint first, guint n_messages, gsize n_bytes) {
  for (guint i = 0; i < n_messages; i++) {
    Delivery *delivery = delivery_new(g_strdup_printf("%u", first + i), done_cb, bench);
    delivery->block = g_string_new("");
    delivery->body = g_byte_array_new();
    g_byte_array_set_size(delivery->body, (guint)n_bytes);
    delivery->n_bytes = n_bytes;
    pacing_offer(bench->intake, delivery);
  }
}

static void advance(Bench *bench, guint64 ticket) {
  backlog_advance(pacing_backlog(bench->intake), ticket, g_get_monotonic_time());
  pacing_look(bench->intake);
}

static void held_messages_are_passed_on_in_their_order(Bench *bench, gconstpointer data) {
  enum { N_MORE = 10 };

  offer(bench, 1, BACKLOG_READ_MESSAGES_MAX + N_MORE, 1);
  InboxIntake stats = pacing_stats(bench->intake);
  g_assert_cmpuint(stats.n_waiting, ==, BACKLOG_READ_MESSAGES_MAX);
  g_assert_cmpuint(stats.n_waiting_max, ==, BACKLOG_READ_MESSAGES_MAX);
  g_assert_cmpuint(stats.n_held, ==, N_MORE);
  g_assert_cmpint(stats.reason, ==, INBOX_SLOW_READING);
  g_assert_cmpuint(bench->n_reported, ==, BACKLOG_READ_MESSAGES_MAX);

  advance(bench, 4);
  g_assert_cmpuint(bench->n_reported, ==, BACKLOG_READ_MESSAGES_MAX + 4);
  /* A later one does not overtake them. */
  offer(bench, BACKLOG_READ_MESSAGES_MAX + N_MORE + 1, 1, 1);
  g_assert_cmpuint(pacing_stats(bench->intake).n_held, ==, N_MORE - 4 + 1);
  advance(bench, bench->last_ticket);
  g_assert_cmpuint(bench->n_reported, ==, BACKLOG_READ_MESSAGES_MAX + N_MORE + 1);
  stats = pacing_stats(bench->intake);
  guint64 n_delayed = 0;
  for (guint i = 0; i <= HISTOGRAM_BOUNDS_N; i++)
    n_delayed += stats.delays.counts[i];
  g_assert_cmpuint(n_delayed, ==, N_MORE + 1);
}

static void nothing_is_held_where_the_index_cannot_be_written(Bench *bench, gconstpointer data) {
  offer(bench, 1, BACKLOG_READ_MESSAGES_MAX + 5, 1);
  pacing_set_bounded(bench->intake, FALSE);
  pacing_look(bench->intake);
  g_assert_cmpuint(pacing_stats(bench->intake).n_held, ==, 0);
  offer(bench, BACKLOG_READ_MESSAGES_MAX + 6, BACKLOG_MESSAGES_MAX, 1);
  g_assert_cmpuint(bench->n_reported, ==, BACKLOG_READ_MESSAGES_MAX + 5 + BACKLOG_MESSAGES_MAX);
}

static void held_bytes_are_bounded(Bench *bench, gconstpointer data) {
  enum { PIECE_BYTES = 64 * 1024, N_MORE = 100 };

  offer(bench, 1, BACKLOG_READ_BYTES_MAX / PIECE_BYTES + N_MORE, PIECE_BYTES);
  g_assert_cmpuint(pacing_stats(bench->intake).n_held, ==, N_MORE);
  guint n_with_bytes = 0;
  Delivery *next = NULL;
  for (Delivery *delivery = pacing_steal(bench->intake); delivery; delivery = next) {
    next = delivery->next;
    n_with_bytes += delivery->body ? 1 : 0;
    delivery_free(delivery);
  }
  g_assert_cmpuint(n_with_bytes, ==, 4 * 1024 * 1024 / PIECE_BYTES);
}

static void stolen_messages_keep_their_order(Bench *bench, gconstpointer data) {
  offer(bench, 1, BACKLOG_READ_MESSAGES_MAX + 3, 1);
  gint64 number = BACKLOG_READ_MESSAGES_MAX;
  Delivery *next = NULL;
  for (Delivery *delivery = pacing_steal(bench->intake); delivery; delivery = next) {
    next = delivery->next;
    g_assert_cmpint(g_ascii_strtoll(delivery->id, NULL, 10), ==, ++number);
    delivery_report(delivery);
  }
  g_assert_cmpuint(bench->n_reported, ==, BACKLOG_READ_MESSAGES_MAX + 3);
  g_assert_cmpuint(pacing_stats(bench->intake).n_held, ==, 0);
}

/* Once, however many are held; and once when that is over. */
static void slowing_is_told_once(Bench *bench, gconstpointer data) {
  offer(bench, 1, BACKLOG_READ_MESSAGES_MAX + 3, 1);
  while (bench->n_slowed == 0)
    g_assert_cmpint(event_base_loop(bench->base, EVLOOP_ONCE), ==, 0);
  advance(bench, bench->last_ticket);
  while (bench->n_flows == 0)
    g_assert_cmpint(event_base_loop(bench->base, EVLOOP_ONCE), ==, 0);
  g_assert_cmpuint(bench->n_slowed, ==, 1);
  g_assert_cmpuint(bench->n_flows, ==, 1);
  g_assert_cmpuint(bench->n_reported, ==, BACKLOG_READ_MESSAGES_MAX + 3);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/intake/" #name, Bench, NULL, set_up, name, tear_down)
  ADD(held_messages_are_passed_on_in_their_order);
  ADD(nothing_is_held_where_the_index_cannot_be_written);
  ADD(held_bytes_are_bounded);
  ADD(stolen_messages_keep_their_order);
  ADD(slowing_is_told_once);
  return g_test_run();
}
