#pragma once
/* How many connections there may be, so that storing and answering never lack a file descriptor.
 *
 * Owns: nothing; raises the limit of the process.
 * Thread: the main thread, at start.
 * Errors: DESCRIPTORS_ERROR: the process may open too few files to work at all.
 * Units and limits: a connection counts as two descriptors, its socket and the file of the message that it sends or
 *         reads; of more than DESCRIPTORS_MESSAGES connections not all are expected to have such a file at once.
 *         DESCRIPTORS_FILES is what the inbox and the server open besides, as docs/smtp.md lists.
 * Source: docs/smtp.md, "Descriptors"; getrlimit(2), RLIMIT_NOFILE. */
#include <glib.h>

enum {
  DESCRIPTORS_FILES = 28,      /* without journal_held_max() */
  DESCRIPTORS_OUTREACH = 40,   /* with --spamd or --fetch-links */
  DESCRIPTORS_MESSAGES = 4096, /* whose files are open at once */
  DESCRIPTORS_MIN = 40,        /* below this, not even a listener is opened */
  DESCRIPTORS_CONNECTIONS = 2, /* that each server has at least */
};

#define DESCRIPTORS_ERROR (descriptors_error_quark())
GQuark descriptors_error_quark(void);

/* In: what was asked for. Out: what there may be. */
typedef struct DescriptorShares {
  guint n_smtp;
  guint n_http;       /* 0: HTTP is off */
  gboolean is_scarce; /* it is less than what was asked for */
  guint64 n_wanted;   /* descriptors that all that was asked for would take */
} DescriptorShares;

/* Raises the soft limit to the hard one; returns the limit, G_MAXUINT64 when it is not known. FALSE: too few for
 * anything. */
gboolean descriptors_raise_limit(guint64 *out_limit, GError **error);

/* How many are open now. */
guint descriptors_open_now(void);

/* Shares what is left of `limit` by connections: HTTP gets a third at most. `n_taken`: open now, and kept for what the
 * options ask for. Pure. */
gboolean descriptors_share(guint64 limit, guint n_taken, DescriptorShares *shares, GError **error);
