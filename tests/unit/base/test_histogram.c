#include "base/histogram.h"
#include "base/process_memory.h"
#include <unistd.h>

static void durations_go_into_their_ranges(void) {
  Histogram histogram = {0};

  histogram_add(&histogram, -5);
  histogram_add(&histogram, histogram_bounds_us[0]);
  histogram_add(&histogram, histogram_bounds_us[0] + 1);
  histogram_add(&histogram, histogram_bounds_us[HISTOGRAM_BOUNDS_N - 1] + 1);
  g_assert_cmpuint(histogram.counts[0], ==, 2);
  g_assert_cmpuint(histogram.counts[1], ==, 1);
  g_assert_cmpuint(histogram.counts[HISTOGRAM_BOUNDS_N], ==, 1);
  g_assert_cmpuint(histogram.sum_us, ==,
                   (guint64)(2 * histogram_bounds_us[0] + 1 + histogram_bounds_us[HISTOGRAM_BOUNDS_N - 1] + 1));
}

static void bounds_grow(void) {
  for (guint i = 1; i < HISTOGRAM_BOUNDS_N; i++)
    g_assert_cmpint(histogram_bounds_us[i - 1], <, histogram_bounds_us[i]);
}

static void this_process_uses_memory(void) {
  int fd = process_memory_open();

  g_assert_cmpuint(process_memory_bytes(fd), >, 100 * 1024);
  g_assert_cmpuint(process_memory_bytes(-1), >, 100 * 1024);
  if (fd >= 0)
    close(fd);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/histogram/durations_go_into_their_ranges", durations_go_into_their_ranges);
  g_test_add_func("/histogram/bounds_grow", bounds_grow);
  g_test_add_func("/process_memory/this_process_uses_memory", this_process_uses_memory);
  return g_test_run();
}
