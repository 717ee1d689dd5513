/* When a message may join those that wait for the index. */
#include "store/backlog.h"

enum { NOW = 1000 * G_USEC_PER_SEC, KIB = 1024 };

static const InboxLimits none = {0};

static void fill(Backlog *backlog, guint64 first_ticket, guint n_messages, guint64 n_bytes) {
  for (guint i = 0; i < n_messages; i++)
    backlog_add(backlog, first_ticket + i, n_bytes, NOW);
}

static void bound_is_exact(void) {
  Backlog backlog = {0};

  fill(&backlog, 1, BACKLOG_MESSAGES_MAX - 1, 1);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_add(&backlog, BACKLOG_MESSAGES_MAX, 1, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_FULL);
  backlog_advance(&backlog, 1, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_clear(&backlog);
}

static void bytes_are_bounded_too(void) {
  Backlog backlog = {0};

  backlog_add(&backlog, 5, BACKLOG_BYTES_MAX - 1, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_add(&backlog, 7, 1, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_FULL);
  backlog_advance(&backlog, 6, NOW); /* tickets of other tasks lie between */
  g_assert_cmpuint(backlog.n_bytes, ==, 1);
  g_assert_cmpuint(backlog.waiting.length, ==, 1);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_clear(&backlog);
}

static void one_message_of_any_size_is_admitted(void) {
  Backlog backlog = {0};

  backlog_read(&backlog, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_add(&backlog, 1, 10 * (guint64)BACKLOG_BYTES_MAX, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_READING);
  backlog_clear(&backlog);
}

static void fewer_may_wait_for_some_time_after_a_read(void) {
  Backlog backlog = {0};

  fill(&backlog, 1, BACKLOG_READ_MESSAGES_MAX, KIB);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_read(&backlog, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_READING);
  backlog_advance(&backlog, 0, NOW + BACKLOG_READ_US); /* did nothing */
  g_assert_cmpint(backlog_reason(&backlog, NOW + BACKLOG_STALL_US - 1), ==, INBOX_SLOW_READING);
  backlog_advance(&backlog, 1, NOW + BACKLOG_READ_US - 1);
  backlog_add(&backlog, 1000, KIB, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW + BACKLOG_READ_US - 1), ==, INBOX_SLOW_READING);
  g_assert_cmpint(backlog_reason(&backlog, NOW + BACKLOG_READ_US), ==, INBOX_NOT_SLOW);
  backlog_clear(&backlog);
}

static void index_that_does_not_advance_is_not_waited_for(void) {
  Backlog backlog = {0};

  fill(&backlog, 1, 2 * BACKLOG_MESSAGES_MAX, 1);
  g_assert_cmpint(backlog_reason(&backlog, NOW + BACKLOG_STALL_US - 1), ==, INBOX_SLOW_FULL);
  g_assert_cmpint(backlog_reason(&backlog, NOW + BACKLOG_STALL_US), ==, INBOX_NOT_SLOW);
  backlog_advance(&backlog, 1, NOW + 2 * BACKLOG_STALL_US);
  g_assert_cmpint(backlog_reason(&backlog, NOW + 2 * BACKLOG_STALL_US), ==, INBOX_SLOW_FULL);
  backlog_clear(&backlog);
}

static void time_without_messages_is_no_stall(void) {
  Backlog backlog = {0};

  fill(&backlog, 1, 1, 1);
  backlog_advance(&backlog, 1, NOW);
  gint64 later_us = NOW + 100 * BACKLOG_STALL_US;
  for (guint i = 0; i < BACKLOG_MESSAGES_MAX; i++)
    backlog_add(&backlog, 2 + i, 1, later_us);
  g_assert_cmpint(backlog_reason(&backlog, later_us), ==, INBOX_SLOW_FULL);
  backlog_clear(&backlog);
}

static void limits_hold_within_a_tenth(void) {
  Backlog backlog = {0};
  const InboxLimits limits = {.max_messages = 5000};
  InboxTotals totals = {.n_messages = 5498};

  backlog_set_limits(&backlog, &limits, NOW);
  backlog_note_totals(&backlog, &totals, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_add(&backlog, 1, 1, NOW); /* what waits is on the disk, too */
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_add(&backlog, 2, 1, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_LIMITS);
  backlog_advance(&backlog, 2, NOW); /* and so is what was taken in and not reported */
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_LIMITS);
  totals.n_messages = 5499;
  backlog_note_totals(&backlog, &totals, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_clear(&backlog);
}

static void what_is_below_the_limit_may_wait(void) {
  Backlog backlog = {0};
  const InboxLimits limits = {.max_messages = 5000, .max_bytes = 100 * (guint64)BACKLOG_READ_BYTES_MAX};

  backlog_set_limits(&backlog, &limits, NOW);
  fill(&backlog, 1, 4000, KIB);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_clear(&backlog);
}

static void bytes_over_the_limit_count_as_well(void) {
  Backlog backlog = {0};
  const InboxLimits limits = {.max_bytes = 100 * (guint64)BACKLOG_READ_BYTES_MAX};
  const InboxTotals totals = {.n_messages = 1, .n_bytes = 111 * (guint64)BACKLOG_READ_BYTES_MAX};

  backlog_set_limits(&backlog, &limits, NOW);
  backlog_note_totals(&backlog, &totals, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_LIMITS);
  backlog_set_limits(&backlog, &none, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  backlog_clear(&backlog);
}

static void small_limits_leave_room_for_a_batch(void) {
  Backlog backlog = {0};
  const InboxLimits limits = {.max_messages = 1, .max_bytes = 1};
  const InboxTotals totals = {.n_messages = BACKLOG_READ_MESSAGES_MAX, .n_bytes = BACKLOG_READ_BYTES_MAX};

  backlog_set_limits(&backlog, &limits, NOW);
  backlog_note_totals(&backlog, &totals, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_NOT_SLOW);
  fill(&backlog, 1, 1, 1);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_LIMITS);
  backlog_clear(&backlog);
}

/* Files that cannot be removed: nobody waits for what does not come. */
static void limits_that_are_not_reached_are_not_waited_for(void) {
  Backlog backlog = {0};
  const InboxLimits limits = {.max_messages = 10};
  const InboxTotals totals = {.n_messages = 1000};

  backlog_set_limits(&backlog, &limits, NOW);
  backlog_note_totals(&backlog, &totals, NOW);
  g_assert_cmpint(backlog_reason(&backlog, NOW + BACKLOG_STALL_US - 1), ==, INBOX_SLOW_LIMITS);
  backlog_note_totals(&backlog, &totals, NOW + BACKLOG_STALL_US);
  g_assert_cmpint(backlog_reason(&backlog, NOW + BACKLOG_STALL_US), ==, INBOX_NOT_SLOW);
  backlog_trimmed(&backlog, NOW + BACKLOG_STALL_US);
  g_assert_cmpint(backlog_reason(&backlog, NOW + BACKLOG_STALL_US), ==, INBOX_SLOW_LIMITS);
  backlog_clear(&backlog);
}

/* Nothing can be removed before it is in the index: that takes its time, and counts as progress. */
static void limits_wait_for_the_index_as_long_as_it_advances(void) {
  Backlog backlog = {0};
  const InboxLimits limits = {.max_messages = 10};
  const InboxTotals totals = {.n_messages = 10};

  backlog_set_limits(&backlog, &limits, NOW);
  fill(&backlog, 1, 1000, 1);
  g_assert_cmpint(backlog_reason(&backlog, NOW), ==, INBOX_SLOW_LIMITS);
  gint64 later_us = NOW + 3 * BACKLOG_STALL_US;
  backlog_advance(&backlog, 10, later_us);
  backlog_note_totals(&backlog, &totals, later_us);
  g_assert_cmpint(backlog_reason(&backlog, later_us), ==, INBOX_SLOW_LIMITS);
  backlog_note_totals(&backlog, &totals, later_us + BACKLOG_STALL_US);
  g_assert_cmpint(backlog_reason(&backlog, later_us + BACKLOG_STALL_US), ==, INBOX_NOT_SLOW);
  backlog_clear(&backlog);
}

static void index_may_rest_while_little_waits_and_nobody_reads(void) {
  const InboxLimits limits = {.max_messages = 1000 * 1000};
  Backlog backlog = {0};

  fill(&backlog, 1, BACKLOG_REST_MESSAGES_MAX - 1, 1);
  g_assert_true(backlog_lets_rest(&backlog, NOW));
  backlog_add(&backlog, BACKLOG_REST_MESSAGES_MAX, 1, NOW);
  g_assert_false(backlog_lets_rest(&backlog, NOW));
  backlog_advance(&backlog, 1, NOW);
  g_assert_true(backlog_lets_rest(&backlog, NOW));
  backlog_add(&backlog, BACKLOG_REST_MESSAGES_MAX + 1, BACKLOG_REST_BYTES_MAX, NOW);
  g_assert_false(backlog_lets_rest(&backlog, NOW));
  backlog_advance(&backlog, BACKLOG_REST_MESSAGES_MAX + 1, NOW);
  backlog_read(&backlog, NOW);
  g_assert_false(backlog_lets_rest(&backlog, NOW + BACKLOG_READ_US - 1));
  g_assert_true(backlog_lets_rest(&backlog, NOW + BACKLOG_READ_US));
  backlog_set_limits(&backlog, &limits, NOW);
  g_assert_false(backlog_lets_rest(&backlog, NOW + BACKLOG_READ_US));
  backlog_clear(&backlog);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/backlog/" #name, name)
  ADD(bound_is_exact);
  ADD(bytes_are_bounded_too);
  ADD(one_message_of_any_size_is_admitted);
  ADD(fewer_may_wait_for_some_time_after_a_read);
  ADD(index_that_does_not_advance_is_not_waited_for);
  ADD(time_without_messages_is_no_stall);
  ADD(limits_hold_within_a_tenth);
  ADD(what_is_below_the_limit_may_wait);
  ADD(bytes_over_the_limit_count_as_well);
  ADD(small_limits_leave_room_for_a_batch);
  ADD(limits_that_are_not_reached_are_not_waited_for);
  ADD(limits_wait_for_the_index_as_long_as_it_advances);
  ADD(index_may_rest_while_little_waits_and_nobody_reads);
  return g_test_run();
}
