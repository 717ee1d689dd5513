#pragma once
/* What SIGHUP means. From elsewhere (kill -HUP) it asks to read files again: each part is read by itself, and one that
 * fails keeps what it had, and the log says why. It also comes when the terminal on which the server was started is
 * closed: then the server has to end, or it would hold its port and Maildir unseen. nohup(1) prevents that.
 *
 * Owns: the watch on the signal, the strand that reads.
 * Thread: the loop thread, which reads no file: a thread of the crew does, one signal after another.
 * Errors: told in one ERROR line for each part that failed.
 * Source: dsmtpd(1), "Signals"; termios(3) and setsid(2): a session whose terminal is gone cannot open /dev/tty. */
#include "base/job.h"
#include "base/log.h"

typedef struct Reload Reload;

/* What is read: static. */
typedef struct ReloadPart {
  const char *what;                                      /* in the log, as in "certificates" */
  gpointer (*read)(gpointer user_data, GError **error);  /* on any thread; NULL: it failed */
  void (*use)(gpointer user_data, gpointer what_is_new); /* on the loop thread; takes it */
  GDestroyNotify forget;                                 /* it comes too late to be used */
} ReloadPart;

/* Reads a part at the start, when there is no loop yet. */
gboolean reload_read_now(const ReloadPart *part, gpointer user_data, GError **error);

/* The log is lent and must outlive it. */
Reload *reload_new(Log *log);

/* From now on the signal is taken; without it, nothing is read again. `hung_up` is called in place of reading when the
 * terminal is gone, for each signal. Once. */
typedef void (*ReloadHungUp)(gpointer user_data);
void reload_watch(Reload *reload, LoopQueue *queue, ReloadHungUp hung_up, gpointer user_data);

/* At the start. */
void reload_add(Reload *reload, const ReloadPart *part, gpointer user_data);

/* Waits for what is being read; nothing is used any more, and the signal is caught in vain. */
void reload_stop(Reload *reload);

/* After the queue was freed. NULL is fine. */
void reload_free(Reload *reload);
