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
Reload *reload_new(struct event_base *base, Log *log);

/* `what` names the part in the log, as in "certificates"; static. */
void reload_add(Reload *reload, const char *what, ReloadPart read_again, gpointer user_data);

/* NULL is fine. */
void reload_free(Reload *reload);
