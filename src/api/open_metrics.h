#pragma once
/* Metrics as text: OpenMetrics, or the older form of Prometheus for who does not take that.
 *
 * Owns: nothing; the text is the caller's.
 * Thread: any.
 * Units and limits: seconds and bytes, as the names say.
 * Source: OpenMetrics 1.0; Prometheus, "Exposition formats". */
#include "base/histogram.h"

typedef struct OpenMetrics {
  GString *text;
  gboolean is_open; /* OpenMetrics */
} OpenMetrics;

/* `name` is without "_total". `labels` is "" or "a=\"b\"", of our own words; metrics of one name follow each other, and
 * only the first has `help`, the others NULL. */
void open_metrics_add_counter(OpenMetrics *metrics, const char *name, const char *help, const char *labels,
                              guint64 value);
void open_metrics_add_gauge(OpenMetrics *metrics, const char *name, const char *help, const char *labels,
                            guint64 value);
void open_metrics_add_histogram(OpenMetrics *metrics, const char *name, const char *help, const Histogram *histogram);
void open_metrics_end(OpenMetrics *metrics);
