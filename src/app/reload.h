#pragma once
/* What SIGHUP means. From elsewhere (kill -HUP) it asks to read files again: each part is read by itself, and one that
 * fails keeps what it had, and the log says why. It also comes when the terminal on which the server was started is
 * closed: then the server has to end, or it would hold its port and Maildir unseen. nohup(1) prevents that.
 *
 * Owns: the watch on the signal.
 * Thread: the loop thread.
 * Errors: told in one ERROR line for each part that failed.
 * Source: dsmtpd(1), "Signals"; termios(3) and setsid(2): a session whose terminal is gone cannot open /dev/tty. */
#include "base/log.h"

typedef struct Reload Reload;

/* FALSE: nothing was changed. */
typedef gboolean (*ReloadPart)(gpointer user_data, GError **error);

/* The log is lent and must outlive it. */
Reload *reload_new(Log *log);

/* From now on the signal is taken; without it, nothing is read again. `hung_up` is called in place of reading when the
 * terminal is gone, for each signal. Once. */
typedef void (*ReloadHungUp)(gpointer user_data);
void reload_watch(Reload *reload, struct event_base *base, ReloadHungUp hung_up, gpointer user_data);

/* `what` names the part in the log, as in "certificates"; static. */
void reload_add(Reload *reload, const char *what, ReloadPart read_again, gpointer user_data);

/* No part is read again any more; the signal is still caught. */
void reload_stop(Reload *reload);

/* NULL is fine. */
void reload_free(Reload *reload);
