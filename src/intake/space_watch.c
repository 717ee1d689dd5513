#include "intake/space_watch.h"

struct SpaceWatch {
  Inbox *inbox; /* NULL: closed */
  Log *log;
  guint64 min_free_bytes;
  struct event *timer;
  gboolean is_asking; /* an answer is to come */
  gboolean is_short;
};

static void report(const SpaceWatch *watch, guint64 free_bytes) {
  log_event(watch->log, watch->is_short ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "space",
            watch->is_short ? "<free> bytes are left for <place>, less than the <min_free> of --min-free: messages are "
                              "rejected until there is room"
                            : "<free> bytes are left for <place>, at least the <min_free> of --min-free: messages are "
                              "accepted again",
            LOG_TEXT("place", inbox_place(watch->inbox)), LOG_NUMBER("free", (gint64)MIN(free_bytes, G_MAXINT64)),
            LOG_NUMBER("min_free", (gint64)watch->min_free_bytes));
}

/* The next question waits for this answer: a disk that hangs is not asked over and over. */
static void measured_cb(guint64 free_bytes, gpointer user_data) {
  static const struct timeval interval = {.tv_sec = SPACE_WATCH_MS / 1000, .tv_usec = SPACE_WATCH_MS % 1000 * 1000};
  SpaceWatch *watch = user_data;
  gboolean is_short = free_bytes < watch->min_free_bytes;

  watch->is_asking = FALSE;
  if (!watch->inbox) {
    g_free(watch);
    return;
  }
  if (is_short != watch->is_short) {
    watch->is_short = is_short;
    report(watch, free_bytes);
  }
  event_add(watch->timer, &interval);
}

static void ask(SpaceWatch *watch) {
  watch->is_asking = TRUE;
  inbox_measure_space(watch->inbox, measured_cb, watch);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  ask(user_data);
}

SpaceWatch *space_watch_new(struct event_base *base, Inbox *inbox, Log *log, guint64 min_free_bytes) {
  SpaceWatch *watch = g_new0(SpaceWatch, 1);

  watch->inbox = inbox;
  watch->log = log;
  watch->min_free_bytes = min_free_bytes;
  watch->timer = event_new(base, -1, 0, timer_cb, watch);
  ask(watch);
  return watch;
}

IntakeVerdict space_watch_judge(const IntakeQuestion *question, gpointer user_data) {
  const SpaceWatch *watch = user_data;

  return intake_verdict(watch->is_short ? INTAKE_NO_ROOM : INTAKE_OK);
}

/* Who asks gets an answer, and frees it then. */
void space_watch_close(SpaceWatch *watch) {
  if (!watch)
    return;
  watch->inbox = NULL;
  g_clear_pointer(&watch->timer, event_free);
  if (!watch->is_asking)
    g_free(watch);
}
