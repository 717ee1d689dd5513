#pragma once
/* Makes a message that a program gives to sendmail into one that can be sent, as a message submission agent does.
 *
 * Owns: a Submission its texts.
 * Thread: the main thread.
 * Errors: none; a submission without recipients is for the caller to reject.
 * Units and limits: none of its own; addresses are passed on unchanged, and checked by the server.
 * Source: RFC 6409 8 (From, Date and Message-ID), RFC 5322 3.6.3 (Bcc); sendmail(1) of Postfix and Sendmail. */
#include <glib.h>

typedef struct SubmissionOptions {
  gboolean ignores_dots;     /* a line that is a single dot is part of the message; else it ends it */
  gboolean reads_recipients; /* those in To, Cc and Bcc get the message as well, and Bcc is removed */
  const char *sender;        /* of the envelope; NULL: `user` */
  const char *full_name;     /* of a sender that the message does not name; NULL: none */
  const char *user;          /* who sends it, without a domain */
  const char *host;          /* for addresses that have none */
} SubmissionOptions;

typedef struct Submission {
  GString *bytes;        /* with LF line ends */
  char *sender;          /* "": the null reverse-path */
  GPtrArray *recipients; /* char *, each once */
} Submission;

/* `bytes`, which is taken, as it was read, with either kind of line ends. `recipients`, of the command line, may have
 * names and several addresses each. */
Submission *submission_new(const SubmissionOptions *options, GString *bytes, char *const *recipients);

/* NULL is fine. */
void submission_free(Submission *submission);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Submission, submission_free)
