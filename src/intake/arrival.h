#pragma once
/* What a protocol tells intake of a message that has arrived, or of what it rejected.
 *
 * Owns: nothing; all is lent: an arrival until `stored` has returned, a rejection for the call.
 * Thread: the loop thread.
 * Source: docs/log.md. */
#include "syntax/envelope.h"
#include "syntax/transcript.h"

/* The protocols. */
typedef enum { INTAKE_BY_SMTP, INTAKE_BY_HTTP, INTAKE_WAYS_N } IntakeWay;

/* A whole message. */
typedef struct IntakeArrival {
  const char *peer; /* who brings it: that of the envelope, or who puts in an older message */
  const Envelope *envelope;
  const char *subject;            /* decoded; any bytes; NULL: none */
  guint64 size_bytes;             /* as RFC 1870 counts */
  const char *bare_lf;            /* see smtp_data_bare_lf() */
  const char *const *diagnostics; /* what a real server would object to; NULL-terminated; NULL: nothing */
} IntakeArrival;

typedef struct IntakeRejection {
  const char *peer;
  const char *helo;         /* NULL: none was given */
  const Envelope *envelope; /* of the transaction under way; NULL: there is none */
  const char *command;      /* what the client sent, any bytes, maybe cut, secrets masked; NULL: nothing, as when it was
                             * slow */
  guint code;               /* RFC 5321 4.2 */
  const char *enhanced;     /* RFC 3463 */
  const char *text;
  const Transcript *transcript; /* up to the reply; NULL: nothing was said before */
} IntakeRejection;
