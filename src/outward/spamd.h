#pragma once
/* SpamAssassin's opinion of a message, asked of its daemon.
 *
 * Owns: a Spamd the checks under way; the resolver is lent.
 * Thread: the loop thread. Callbacks come from the loop, never from inside a call.
 * Errors: SPAMD_ERROR, NET_ERROR or SPAMD_ANSWER_ERROR; one line that says what to do where something can be done.
 * Units and limits: SPAMD_CHECKS_MAX checks at a time, as many as spamd has children, others are rejected; messages of
 *         SPAMD_MAIL_MAX bytes; a check has its time for everything, looking up the host included; answers as in
 *         syntax/spamd_answer.h.
 * Source: spamd/PROTOCOL in SpamAssassin 4.0: REPORT, version 1.5. */
#include "net/resolver.h"
#include "syntax/spamd_answer.h"

#define SPAMD_ERROR (spamd_error_quark())
GQuark spamd_error_quark(void);

typedef enum {
  SPAMD_ERROR_LIMIT, /* the message is too long, or too many are being checked */
  SPAMD_ERROR_SILENT /* no whole answer came in time */
} SpamdError;

enum { SPAMD_CHECKS_MAX = 5, SPAMD_MAIL_MAX = 4 * 1024 * 1024, SPAMD_TIMEOUT_MS = 60 * 1000 };

typedef struct Spamd Spamd;
typedef struct SpamdCheck SpamdCheck;

/* `answer` is lent; NULL: `error`. */
typedef void (*SpamdChecked)(const SpamdAnswer *answer, const GError *error, gpointer user_data);

/* `place` is HOST:PORT or unix:/path (net_endpoint_split()). */
Spamd *spamd_new(struct event_base *base, NetResolver *resolver, const char *place, guint timeout_ms);

/* When no check is under way. NULL is fine. */
void spamd_free(Spamd *spamd);

/* `mail` is a whole one, as it was received. `checked` is called once; then the check is gone. NULL: a limit, and it is
 * not called. */
SpamdCheck *spamd_check(Spamd *spamd, GBytes *mail, SpamdChecked checked, gpointer user_data, GError **error);

/* `checked` is not called. NULL is fine. */
void spamd_check_cancel(SpamdCheck *check);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spamd, spamd_free)
