#include "cli/progress.h"
#include <stdarg.h>

enum { BAR_MIN = 10, BAR_MAX = 40, BESIDE_BAR = 45 };

struct Progress {
  Output *output;
  gboolean draws;
  gboolean is_drawn;
  gint64 start_us;
  gint64 drawn_us;
};

Progress *progress_new(OptionsGetenv get_variable) {
  Progress *progress = g_new0(Progress, 1);

  progress->output = output_new(stderr, get_variable);
  progress->draws = output_is_terminal(progress->output) && g_strcmp0(get_variable("TERM"), "dumb") != 0;
  progress->start_us = progress->drawn_us = g_get_monotonic_time();
  return progress;
}

static void rub_out(Progress *progress) {
  if (progress->is_drawn)
    output_text(progress->output, "\r\033[K");
  progress->is_drawn = FALSE;
}

void progress_free(Progress *progress) {
  if (!progress)
    return;
  rub_out(progress);
  output_end(progress->output, NULL);
  output_free(progress->output);
  g_free(progress);
}

/* As wide as there is room for. */
static void draw_bar(Progress *progress, guint64 done, guint64 total) {
  guint width = output_width(progress->output);
  guint bar = CLAMP(width, BAR_MIN + BESIDE_BAR, BAR_MAX + BESIDE_BAR) - BESIDE_BAR;
  double part = MIN((double)done / (double)total, 1.0);
  guint full = (guint)(part * bar);
  g_autofree char *filled = g_strnfill(full, '#');
  g_autofree char *text = g_strdup_printf("[%s%*s] %3u%%  ", filled, (int)(bar - full), "", (guint)(part * 100));

  output_text(progress->output, text);
}

void progress_show(Progress *progress, guint64 done, guint64 total, guint64 n_messages) {
  gint64 now_us = g_get_monotonic_time();

  if (!progress->draws || now_us - progress->drawn_us < G_USEC_PER_SEC / PROGRESS_PER_S)
    return;
  double seconds = (double)(now_us - progress->start_us) / G_USEC_PER_SEC;
  g_autofree char *text =
      g_strdup_printf("%" G_GUINT64_FORMAT " messages, %.0f/s", n_messages, (double)n_messages / seconds);
  rub_out(progress);
  if (total > 0)
    draw_bar(progress, done, total);
  output_text(progress->output, text);
  output_end(progress->output, NULL);
  progress->is_drawn = TRUE;
  progress->drawn_us = now_us;
}

void progress_tell(Progress *progress, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  rub_out(progress);
  output_line(progress->output, text);
  output_end(progress->output, NULL);
}
