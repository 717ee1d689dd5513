#include "base/log.h"
#include "base/printable.h"
#include "base/terminal.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  RETRY_MS = 20,        /* how often a full pipe is looked at */
  LAST_WORDS_MS = 1000, /* how long log_free() waits for a reader */
  TIME_TEXT_BYTES = 32
};

static const char cut_mark[] = "...";

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "DEBUG",
    [LOG_LEVEL_INFO] = "INFO",
    [LOG_LEVEL_WARNING] = "WARNING",
    [LOG_LEVEL_ERROR] = "ERROR",
};

struct Log {
  int fd;
  gboolean fd_is_own;
  gsize write_max; /* what one write may have without waiting for a reader, once the descriptor is ready */
  LogFormat format;
  LogLevel threshold;
  struct event *flush; /* made active at the first line of a loop iteration; a timer while nobody reads */
  GString *pending;
  gboolean torn;      /* the rest of a line was dropped, so the next one starts with a line end */
  guint64 n_lost;     /* lines, since the start */
  guint64 n_reported; /* of these */
  gint64 second;      /* the one in second_text */
  char second_text[TIME_TEXT_BYTES];
};

/* Appends `text`, which may be any bytes, as printable UTF-8 of at most LOG_LINE_MAX bytes. */
static void append_escaped(GString *out, const char *text) {
  gsize len = strlen(text), end = out->len + LOG_LINE_MAX - sizeof cut_mark - PRINTABLE_ESCAPE_MAX;

  for (gsize at = 0; at < len;) {
    gsize room = out->len < end ? end - out->len : 0, run = 0;
    while (run < room && at + run < len && text[at + run] >= 0x20 && text[at + run] < 0x7F)
      run++;
    g_string_append_len(out, text + at, (gssize)run);
    at += run;
    if (at == len)
      return;
    if (out->len >= end) {
      g_string_append(out, cut_mark);
      return;
    }
    at += printable_append(out, text + at, len - at);
  }
}

/* The current time as the format wants it. Breaking a time down is slow, so it is done once a second. */
static void append_time(Log *log, GString *out) {
  gint64 now_ms = g_get_real_time() / 1000;
  time_t second = now_ms / 1000;

  if (second != log->second) {
    struct tm tm;
    if (log->format == LOG_FORMAT_JSON)
      strftime(log->second_text, sizeof log->second_text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&second, &tm));
    else
      strftime(log->second_text, sizeof log->second_text, "%Y-%m-%d %H:%M:%S", localtime_r(&second, &tm));
    log->second = second;
  }
  g_string_append_printf(out, log->format == LOG_FORMAT_JSON ? "%s.%03dZ" : "%s,%03d", log->second_text,
                         (int)(now_ms % 1000));
}

static json_t *json_escaped(const char *text) {
  g_autoptr(GString) escaped = g_string_new(NULL);

  append_escaped(escaped, text);
  return json_stringn_nocheck(escaped->str, escaped->len);
}

static json_t *json_field(const LogField *field) {
  if (field->kind == LOG_FIELD_TEXT)
    return json_escaped(field->text);
  if (field->kind == LOG_FIELD_NUMBER)
    return json_integer(field->number);
  json_t *list = json_array();
  for (const char *const *item = field->list; *item; item++)
    json_array_append_new(list, json_escaped(*item));
  return list;
}

static int append_json_cb(const char *bytes, size_t n_bytes, void *user_data) {
  g_string_append_len(user_data, bytes, (gssize)n_bytes);
  return 0;
}

static void append_json(Log *log, LogLevel level, const char *event, const char *message, const LogField *fields) {
  g_autoptr(GString) time_text = g_string_new(NULL);

  append_time(log, time_text);
  json_t *line = json_object();
  json_object_set_new_nocheck(line, "time", json_stringn_nocheck(time_text->str, time_text->len));
  json_object_set_new_nocheck(line, "level", json_string(level_names[level]));
  json_object_set_new_nocheck(line, "event", json_string(event));
  json_object_set_new_nocheck(line, "message", json_escaped(message));
  for (; fields->key; fields++)
    if (log_field_is_shown(fields))
      json_object_set_new_nocheck(line, fields->key, json_field(fields));
  json_dump_callback(line, append_json_cb, log->pending, JSON_COMPACT);
  json_decref(line);
}

static void append_text(Log *log, LogLevel level, const char *message) {
  append_time(log, log->pending);
  g_string_append_printf(log->pending, " %s: ", level_names[level]);
  append_escaped(log->pending, message);
}

static void append_line(Log *log, LogLevel level, const char *event, const char *message, const LogField *fields) {
  if (log->torn)
    g_string_append_c(log->pending, '\n');
  log->torn = FALSE;
  if (log->format == LOG_FORMAT_JSON)
    append_json(log, level, event, message, fields);
  else
    append_text(log, level, message);
  g_string_append_c(log->pending, '\n');
}

static void append_report_of_lost(Log *log) {
  const LogField fields[] = {LOG_NUMBER("lost", (gint64)log->n_lost), {.key = NULL}};
  g_autofree char *message = log_fields_say("<lost> log lines were lost so far: nobody read them", fields);

  append_line(log, LOG_LEVEL_WARNING, "lines-lost", message, fields);
  log->n_reported = log->n_lost;
}

static gboolean wait_for_reader(const Log *log, int timeout_ms) {
  struct pollfd descriptor = {.fd = log->fd, .events = POLLOUT};

  /* An error counts as ready: write() will tell. */
  return log->write_max == G_MAXSSIZE || poll(&descriptor, 1, timeout_ms) > 0;
}

/* For what cannot be written at all: the reader has gone, or the disk is full. */
static void drop_pending(Log *log) {
  for (const char *end = log->pending->str; (end = strchr(end, '\n')); end++)
    log->n_lost++;
  g_string_truncate(log->pending, 0);
}

/* Writes what the descriptor takes now. */
static void write_pending(Log *log) {
  gsize n_written = 0;

  while (n_written < log->pending->len && wait_for_reader(log, 0)) {
    ssize_t n = write(log->fd, log->pending->str + n_written, MIN(log->pending->len - n_written, log->write_max));
    if (n >= 0) {
      n_written += (gsize)n;
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      log->torn = log->torn || (n_written > 0 && log->pending->str[n_written - 1] != '\n');
      g_string_erase(log->pending, 0, (gssize)n_written);
      drop_pending(log);
      return;
    }
  }
  g_string_erase(log->pending, 0, (gssize)n_written);
  if (log->pending->len == 0 && log->n_lost > log->n_reported) {
    append_report_of_lost(log);
    write_pending(log);
  }
}

static void log_flush_cb(evutil_socket_t fd, short what, gpointer user_data) {
  Log *log = user_data;

  write_pending(log);
  if (log->pending->len > 0)
    event_add(log->flush, &(struct timeval){.tv_usec = RETRY_MS * 1000});
}

/* Sees to it that no write waits for a reader. O_NONBLOCK cannot simply be set, for it would hold for every program
 * that shares the descriptor; so a terminal or pipe is opened again for us alone. Where that cannot be done, a pipe
 * that is ready takes PIPE_BUF bytes without waiting (pipe(7)). A file has no reader. */
static void set_descriptor(Log *log, int fd) {
  struct stat status;

  log->fd = fd;
  log->write_max = G_MAXSSIZE;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
    return;
  log->write_max = PIPE_BUF;
  g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
  int own_fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  log->fd_is_own = own_fd >= 0;
  if (log->fd_is_own)
    log->fd = own_fd;
}

Log *log_new(struct event_base *base, int fd, LogFormat format, LogLevel threshold) {
  Log *log = g_new0(Log, 1);

  set_descriptor(log, fd);
  log->format = format;
  log->threshold = threshold;
  log->flush = event_new(base, -1, 0, log_flush_cb, log);
  log->pending = g_string_new(NULL);
  log->second = -1;
  return log;
}

void log_free(Log *log) {
  if (!log)
    return;
  gint64 end_us = g_get_monotonic_time() + LAST_WORDS_MS * 1000, left_us;
  write_pending(log);
  while (log->pending->len > 0 && (left_us = end_us - g_get_monotonic_time()) > 0)
    if (wait_for_reader(log, (int)(left_us / 1000) + 1))
      write_pending(log);
  event_free(log->flush);
  if (log->fd_is_own)
    close(log->fd);
  g_string_free(log->pending, TRUE);
  g_free(log);
}

gboolean log_enabled(const Log *log, LogLevel level) {
  return level >= log->threshold;
}

/* At the first line of a loop iteration. */
static void flush_soon(Log *log) {
  if (!event_pending(log->flush, EV_TIMEOUT, NULL))
    event_active(log->flush, EV_TIMEOUT, 0);
}

static void log_message(Log *log, LogLevel level, const char *event, const char *message, const LogField *fields) {
  /* Once lines were lost, half of the room has to be free again, so that losses come in few and large gaps. */
  gboolean losing = log->n_lost > log->n_reported;

  if (log->pending->len >= (losing ? LOG_PENDING_MAX / 2 : LOG_PENDING_MAX)) {
    log->n_lost++;
    return;
  }
  if (losing)
    append_report_of_lost(log);
  gsize len_before = log->pending->len;
  append_line(log, level, event, message, fields);
  if (log->pending->len > LOG_PENDING_MAX) {
    g_string_truncate(log->pending, len_before);
    log->n_lost++;
  }
  flush_soon(log);
}

void log_event_fields(Log *log, LogLevel level, const char *event, const char *template, const LogField *fields) {
  if (!log_enabled(log, level))
    return;
  g_autofree char *message = log_fields_say(template, fields);
  log_message(log, level, event, message, fields);
}

void log_show(Log *log, const char *lines) {
  if (log->format != LOG_FORMAT_TEXT || !log_enabled(log, LOG_LEVEL_INFO) || !terminal_is_at(log->fd))
    return;
  g_string_append(log->pending, lines);
  flush_soon(log);
}

void log_say(Log *log, LogLevel level, const char *event, const char *format, ...) {
  if (!log_enabled(log, level))
    return;
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  log_message(log, level, event, message, &(const LogField){.key = NULL});
}
