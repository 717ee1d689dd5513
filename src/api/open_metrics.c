#include "api/open_metrics.h"

/* Families of counters are called without "_total" in OpenMetrics, and with it before. */
static void begin_family(OpenMetrics *metrics, const char *name, const char *type, const char *suffix,
                         const char *help) {
  const char *family_suffix = metrics->is_open ? "" : suffix;

  if (help)
    g_string_append_printf(metrics->text, "# TYPE %s%s %s\n# HELP %s%s %s\n", name, family_suffix, type, name,
                           family_suffix, help);
}

static void add_sample(OpenMetrics *metrics, const char *name, const char *suffix, const char *labels, guint64 value) {
  gboolean has_labels = *labels != '\0';

  g_string_append_printf(metrics->text, "%s%s%s%s%s %" G_GUINT64_FORMAT "\n", name, suffix, has_labels ? "{" : "",
                         labels, has_labels ? "}" : "", value);
}

void open_metrics_add_counter(OpenMetrics *metrics, const char *name, const char *help, const char *labels,
                              guint64 value) {
  begin_family(metrics, name, "counter", "_total", help);
  add_sample(metrics, name, "_total", labels, value);
}

void open_metrics_add_gauge(OpenMetrics *metrics, const char *name, const char *help, const char *labels,
                            guint64 value) {
  begin_family(metrics, name, "gauge", "", help);
  add_sample(metrics, name, "", labels, value);
}

void open_metrics_add_histogram(OpenMetrics *metrics, const char *name, const char *help, const Histogram *histogram) {
  guint64 n = 0;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  begin_family(metrics, name, "histogram", "", help);
  for (guint i = 0; i < HISTOGRAM_BOUNDS_N; i++) {
    n += histogram->counts[i];
    g_ascii_formatd(number, sizeof number, "%.9g", (double)histogram_bounds_us[i] / G_USEC_PER_SEC);
    g_autofree char *labels = g_strdup_printf("le=\"%s\"", number);
    add_sample(metrics, name, "_bucket", labels, n);
  }
  n += histogram->counts[HISTOGRAM_BOUNDS_N];
  add_sample(metrics, name, "_bucket", "le=\"+Inf\"", n);
  add_sample(metrics, name, "_count", "", n);
  g_ascii_formatd(number, sizeof number, "%.6f", (double)histogram->sum_us / G_USEC_PER_SEC);
  g_string_append_printf(metrics->text, "%s_sum %s\n", name, number);
}

void open_metrics_end(OpenMetrics *metrics) {
  if (metrics->is_open)
    g_string_append(metrics->text, "# EOF\n");
}
