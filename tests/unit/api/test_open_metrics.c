#include "api/open_metrics.h"
#include <string.h>

static char *print(gboolean is_open) {
  OpenMetrics metrics = {.text = g_string_new(NULL), .is_open = is_open};
  Histogram histogram = {0};

  histogram_add(&histogram, 100);
  histogram_add(&histogram, 20 * 1000 * 1000);
  open_metrics_add_counter(&metrics, "a", "As.", "k=\"1\"", 1);
  open_metrics_add_counter(&metrics, "a", NULL, "k=\"2\"", G_MAXUINT64);
  open_metrics_add_gauge(&metrics, "b", "Bs.", "", 0);
  open_metrics_add_histogram(&metrics, "c_seconds", "Cs.", &histogram);
  open_metrics_end(&metrics);
  return g_string_free(metrics.text, FALSE);
}

static void families_are_named_as_each_form_wants_it(void) {
  g_autofree char *open = print(TRUE);
  g_autofree char *older = print(FALSE);

  g_assert_true(g_str_has_prefix(open, "# TYPE a counter\n# HELP a As.\na_total{k=\"1\"} 1\n"
                                       "a_total{k=\"2\"} 18446744073709551615\n# TYPE b gauge\n# HELP b Bs.\nb 0\n"));
  g_assert_true(g_str_has_suffix(open, "\n# EOF\n"));
  g_assert_true(g_str_has_prefix(older, "# TYPE a_total counter\n# HELP a_total As.\n"));
  g_assert_null(strstr(older, "EOF"));
}

static void buckets_add_up(void) {
  g_autofree char *text = print(TRUE);

  g_assert_nonnull(strstr(text, "c_seconds_bucket{le=\"0.0001\"} 1\n"));
  g_assert_nonnull(strstr(text, "c_seconds_bucket{le=\"10\"} 1\n"));
  g_assert_nonnull(strstr(text, "c_seconds_bucket{le=\"+Inf\"} 2\n"));
  g_assert_nonnull(strstr(text, "c_seconds_count 2\n"));
  g_assert_nonnull(strstr(text, "c_seconds_sum 20.000100\n"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/open_metrics/families_are_named_as_each_form_wants_it", families_are_named_as_each_form_wants_it);
  g_test_add_func("/open_metrics/buckets_add_up", buckets_add_up);
  return g_test_run();
}
