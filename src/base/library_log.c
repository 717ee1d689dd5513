#include "base/library_log.h"
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

/* The libraries' hooks are the process's, so this is too. */
static struct {
  pthread_mutex_t lock;
  pthread_t loop_thread;
  gboolean is_logging; /* the loop thread's: a library has something to say about logging what a library said */
  /* Set by the loop thread, under the lock; it may read them without: */
  Log *log;
  LoopQueue *queue; /* NULL: not started */
} hook = {.lock = PTHREAD_MUTEX_INITIALIZER};

typedef struct Report {
  LogLevel level;
  char *library;
  char *text;
} Report;

static void log_report(LogLevel level, const char *library, const char *text) {
  hook.is_logging = TRUE;
  log_event(hook.log, level, "library", "<library>: <text>", LOG_TEXT("library", library), LOG_SAID("text", text));
  hook.is_logging = FALSE;
}

static void posted_cb(gpointer data) {
  Report *report = data;

  log_report(report->level, report->library, report->text);
  g_free(report->library);
  g_free(report->text);
  g_free(report);
}

static gboolean post(LogLevel level, const char *library, const char *text) {
  pthread_mutex_lock(&hook.lock);
  gboolean is_started = hook.queue != NULL;
  if (is_started) {
    Report *report = g_new0(Report, 1);
    *report = (Report){.level = level, .library = g_strdup(library), .text = g_strdup(text)};
    loop_queue_post(hook.queue, posted_cb, report);
  }
  pthread_mutex_unlock(&hook.lock);
  return is_started;
}

/* FALSE: it could not be. */
static gboolean take(LogLevel level, const char *library, const char *text) {
  pthread_mutex_lock(&hook.lock);
  gboolean is_here = hook.queue && pthread_equal(hook.loop_thread, pthread_self());
  pthread_mutex_unlock(&hook.lock);
  if (!is_here)
    return post(level, library, text);
  if (hook.is_logging)
    return FALSE;
  log_report(level, library, text);
  return TRUE;
}

/* --- GLib, and what logs by it */

static const char *field_of(const GLogField *fields, gsize n_fields, const char *key) {
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp(fields[i].key, key) == 0 && fields[i].length < 0)
      return fields[i].value;
  return NULL;
}

static GLogWriterOutput glib_cb(GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer user_data) {
  static const GLogLevelFlags for_nobody = G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG;
  static const GLogLevelFlags last_words = G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL;
  const char *library = field_of(fields, n_fields, "GLIB_DOMAIN"), *text = field_of(fields, n_fields, "MESSAGE");
  LogLevel level = flags & G_LOG_LEVEL_CRITICAL  ? LOG_LEVEL_ERROR
                   : flags & G_LOG_LEVEL_WARNING ? LOG_LEVEL_WARNING
                                                 : LOG_LEVEL_INFO;

  if (!(flags & (for_nobody | last_words)) && take(level, library ? library : "a library", text ? text : ""))
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_default(flags, fields, n_fields, NULL);
}

/* --- libevent */

static void event_cb(int severity, const char *text) {
  static const LogLevel levels[] = {
      [EVENT_LOG_DEBUG] = LOG_LEVEL_DEBUG,
      [EVENT_LOG_MSG] = LOG_LEVEL_INFO,
      [EVENT_LOG_WARN] = LOG_LEVEL_WARNING,
      [EVENT_LOG_ERR] = LOG_LEVEL_ERROR,
  };

  if (severity != EVENT_LOG_DEBUG && !take(levels[severity], "libevent", text))
    fprintf(stderr, "libevent: %s\n", text);
}

/* --- the whole */

void library_log_start(Log *log, LoopQueue *queue) {
  static gsize is_installed; /* GLib takes a writer once */

  pthread_mutex_lock(&hook.lock);
  hook.loop_thread = pthread_self();
  hook.log = log;
  hook.queue = queue;
  pthread_mutex_unlock(&hook.lock);
  if (g_once_init_enter(&is_installed)) {
    g_log_set_writer_func(glib_cb, NULL, NULL);
    g_once_init_leave(&is_installed, 1);
  }
  event_set_log_callback(event_cb);
}

void library_log_stop(void) {
  pthread_mutex_lock(&hook.lock);
  hook.log = NULL;
  hook.queue = NULL;
  pthread_mutex_unlock(&hook.lock);
  event_set_log_callback(NULL);
}
