#pragma once
/* What is read again on SIGHUP. Each part is read by itself: one that fails keeps what it had, and the log says why.
 *
 * Owns: the watch on the signal.
 * Thread: the loop thread.
 * Errors: told in one ERROR line for each part that failed.
 * Units and limits: none.
 * Source: dsmtpd(1), "Signals". */
#include "base/log.h"

typedef struct Reload Reload;

/* FALSE: nothing was changed. */
typedef gboolean (*ReloadPart)(gpointer user_data, GError **error);

/* The log is lent and must outlive it. */
Reload *reload_new(Log *log);

/* From now on the signal is taken; without it, nothing is read again. Once. */
void reload_watch(Reload *reload, struct event_base *base);

/* `what` names the part in the log, as in "certificates"; static. */
void reload_add(Reload *reload, const char *what, ReloadPart read_again, gpointer user_data);

/* NULL is fine. */
void reload_free(Reload *reload);
