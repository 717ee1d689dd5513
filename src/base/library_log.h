#pragma once
/* What libraries report by themselves: warnings of GLib and GMime, and of libevent, become lines of the log, so that
 * each line on standard error has the form that was asked for.
 *
 * Owns: the writer that GLib and the callback that libevent have for the whole process; neither passes on whose it is,
 *       so there is one log at a time.
 * Thread: started and stopped by the loop thread. Libraries may report on any thread; other threads' reports are logged
 *         in their turn on the loop.
 * Errors: none. What is fatal, or comes while a report is being logged, goes to standard error as before.
 * Source: g_log_set_writer_func(), event_set_log_callback(). */
#include "base/job.h"
#include "base/log.h"

/* Both are borrowed until library_log_stop(). */
void library_log_start(Log *log, LoopQueue *queue);

/* After the threads that used the queue have ended and it was freed, before the log is. Without a start it does
 * nothing. */
void library_log_stop(void);
