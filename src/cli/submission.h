#pragma once
/* A mail as a program hands it to sendmail, made into one that can be sent: what a mail submission agent does.
 *
 * Owns: a Submission its texts.
 * Thread: the main thread.
 * Errors: none; a submission without recipients is for the caller to refuse.
 * Units and limits: none of its own; an address is passed on as it is, and checked by whoever takes the mail.
 * Source: RFC 6409 8 (From, Date and Message-ID), RFC 5322 3.6.3 (Bcc); sendmail(1) of Postfix and Sendmail. */
#include <glib.h>

typedef struct SubmissionOptions {
  gboolean ignores_dots;     /* a line with a dot alone is one like others; else it ends the mail */
  gboolean reads_recipients; /* those in To, Cc and Bcc get the mail as well, and Bcc is taken out */
  const char *sender;        /* of the envelope; NULL: `user` */
  const char *full_name;     /* of a sender that the mail does not name; NULL: none */
  const char *user;          /* who sends it, without a domain */
  const char *host;          /* for addresses that have none */
} SubmissionOptions;

typedef struct Submission {
  GString *octets;       /* with LF line ends */
  char *sender;          /* "": the null reverse-path */
  GPtrArray *recipients; /* char *, each once */
} Submission;

/* `octets`, which is taken, as it was read, with either kind of line ends. `recipients`, of the command line, may have
 * names and several addresses each. */
Submission *submission_new(const SubmissionOptions *options, GString *octets, char *const *recipients);

/* NULL is fine. */
void submission_free(Submission *submission);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Submission, submission_free)
