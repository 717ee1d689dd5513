#pragma once
/* How long something took, many times: how often it was in which range.
 *
 * Thread: one at a time.
 * Units and limits: microseconds; the ranges are fixed.
 * Source: the histograms of OpenMetrics 1.0. */
#include <glib.h>

enum { HISTOGRAM_BOUNDS_N = 14 };

/* The upper ends of the ranges, each included; what is beyond the last is in one more. */
extern const gint64 histogram_bounds_us[HISTOGRAM_BOUNDS_N];

typedef struct Histogram {
  guint64 counts[HISTOGRAM_BOUNDS_N + 1];
  guint64 sum_us;
} Histogram;

void histogram_add(Histogram *histogram, gint64 duration_us);
