#pragma once
/* The log: one line an event on standard error, for people (text) or programs (JSON).
 *
 * Owns: lines not yet written, at most LOG_PENDING_MAX bytes; not the file descriptor given, but a
 *       non-blocking one of its own on the same pipe or terminal, where the system allows.
 * Thread: the loop thread only. Helper threads report to the loop, which decides what to log.
 * Errors: none. A reader that does not read never stops the server: when the pipe stays full and the room for
 *         waiting lines is used up, further lines are counted and the count is logged once there is room.
 * Units and limits: a line is cut at LOG_LINE_MAX bytes of text.
 * Source: the text form is that of dsmtpd 1.x ("2013-01-13 14:00:07,346 INFO: text"), in local time; docs/log.md.
 *
 * Whatever a peer sent may be passed as it came: what base/printable.h calls unsafe, and bytes that are
 * not UTF-8, are written as \xNN or \u{NNNN}, so a line can be neither forged nor reach the terminal. */
#include "base/log_field.h"
#include <event2/event.h>

typedef struct Log Log;

typedef enum { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR } LogLevel;
typedef enum { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } LogFormat;

enum { LOG_LINE_MAX = 8192, LOG_PENDING_MAX = 1024 * 1024 };

/* `threshold`: events below it are left out. The descriptor is borrowed and must outlive the log. */
Log *log_new(struct event_base *base, int fd, LogFormat format, LogLevel threshold);

/* Writes what is pending, waiting at most a second for a reader, then frees. NULL is fine. */
void log_free(Log *log);

/* TRUE when events of this level are written; ask before building an expensive message. */
gboolean log_enabled(const Log *log, LogLevel level);

/* Logs one event. `event` is its fixed machine name ("mail", "refused"), the fields appear in JSON, and `template` (see
 * base/log_field.h) makes of them the sentence for people:
 *
 *   log_event(log, LOG_LEVEL_INFO, "proxied", "<peer>: connected through the proxy <proxy>", LOG_TEXT("peer", peer),
 *             LOG_TEXT("proxy", proxy)); */
#define log_event(log, level, event, template, ...)                                                                    \
  log_event_fields((log), (level), (event), (template), (const LogField[]){__VA_ARGS__, {.key = NULL}})

void log_event_fields(Log *log, LogLevel level, const char *event, const char *template, const LogField *fields);

/* The same without fields, printf style. */
void log_say(Log *log, LogLevel level, const char *event, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Lines for a person, as they are: whole ones, with nothing in them that a peer sent. Only where the log is a
 * terminal's and text; nothing elsewhere. */
void log_show(Log *log, const char *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Log, log_free)
