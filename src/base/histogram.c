#include "base/histogram.h"

const gint64 histogram_bounds_us[HISTOGRAM_BOUNDS_N] = {
    100,       250,       500,        1000,       2500,        5000,        10 * 1000,
    25 * 1000, 50 * 1000, 100 * 1000, 250 * 1000, 1000 * 1000, 2500 * 1000, 10 * 1000 * 1000,
};

void histogram_add(Histogram *histogram, gint64 duration_us) {
  guint at = 0;

  duration_us = MAX(duration_us, 0);
  while (at < HISTOGRAM_BOUNDS_N && duration_us > histogram_bounds_us[at])
    at++;
  histogram->counts[at]++;
  histogram->sum_us += (guint64)duration_us;
}
