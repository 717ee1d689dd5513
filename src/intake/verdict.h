#pragma once
/* What is asked of intake at each step of a message's way in, and what it answers. No protocol's words: SMTP says a
 * verdict as a reply (smtp/wording.h), HTTP as a status.
 *
 * Owns: nothing; a verdict is a value, and its texts are lent until the next question.
 * Thread: any.
 * Source: docs/design.md, "Intake". */
#include "syntax/envelope.h"

/* In this order in a session; not every protocol has all of them. */
typedef enum {
  INTAKE_STEP_CONNECT, /* nothing was said yet */
  INTAKE_STEP_HELLO,   /* the client has named itself */
  INTAKE_STEP_LOGIN,   /* its password or token is right */
  INTAKE_STEP_MAIL,    /* the envelope has the reverse-path */
  INTAKE_STEP_RCPT,    /* one more recipient */
  INTAKE_STEP_DATA,    /* the bytes of the message would come */
  INTAKE_STEP_END      /* the message is whole and would be stored */
} IntakeStep;

/* All is lent for the call. */
typedef struct IntakeQuestion {
  IntakeStep step;
  const char *peer;
  const Envelope *envelope; /* from INTAKE_STEP_MAIL on; NULL there: would any message be accepted now? */
  const char *what;         /* the name at HELLO, the user at LOGIN, the recipient at RCPT; NULL: unknown */
} IntakeQuestion;

typedef enum {
  INTAKE_ACCEPT,
  INTAKE_REJECT_FOR_NOW,
  INTAKE_REJECT_FOR_GOOD,
  INTAKE_CUT /* the connection ends with this answer */
} IntakeOutcome;

typedef enum {
  INTAKE_OK,
  INTAKE_CLOSED,  /* there is no inbox: not yet, or not any more */
  INTAKE_NO_ROOM, /* less is free than --min-free */
  INTAKE_RECIPIENT_REJECTED,
  INTAKE_RECIPIENT_NOT_ALLOWED,
  INTAKE_RECIPIENT_UNDECIDED, /* a rule could not be applied */
  INTAKE_TOO_LARGE,
  INTAKE_BAD_CONTENT,
  INTAKE_DISK_FULL,  /* found while storing */
  INTAKE_NOT_STORED, /* for another reason */
  INTAKE_LOGINS_BUSY,
  INTAKE_LOGINS_BLOCKED, /* too many logins of this client failed */
  INTAKE_REASONS_N
} IntakeReason;

typedef struct IntakeVerdict {
  IntakeOutcome outcome;
  IntakeReason why;
  const char *text;   /* for the client; ASCII; NULL when accepted */
  const char *detail; /* what exactly went wrong, for whoever may know what is on this machine; NULL: nothing else */
} IntakeVerdict;

/* The usual verdict for a reason; its text is static. */
IntakeVerdict intake_verdict(IntakeReason why);
