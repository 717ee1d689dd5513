#pragma once
/* A handler for SMTP sessions without an inbox: keeps what was delivered in memory and answers when told.
 *
 * Owns: the messages kept and a log of what was rejected.
 * Thread: one.
 * Errors on purpose: a recipient whose local part is "refused" gets 550, a sender "refused" 452 at MAIL, senders
 *         "refused-at-data" and "refused-at-end" at those steps; the user "refused" 452 after the login; who calls
 *         itself "refused.*" in EHLO is cut off.
 * Units and limits: messages are kept whole; `pause_every` > 0 makes every so many appends ask the session to wait.
 * Source: smtp/handler.h. */
#include "smtp/handler.h"

typedef struct FakeMail {
  char *route; /* "from -> to, to" */
  const char *protocol;
  char *auth_user; /* NULL: nobody */
  char *dsn;       /* the value of X-Dsn in the block; "": none */
  GString *bytes;
  char *diagnostics; /* joined by "; " */
} FakeMail;

typedef struct FakeHandler {
  GPtrArray *messages; /* FakeMail, those answered with 250 */
  guint n_lost;
  guint pause_every;

  guint n_appends;
  GString *traced; /* the whole transcript */
  GString *told;   /* a line for each rejection, failed login, stall and loss, with what the handler was told of it */
  char *said;      /* up to the last mail stored, or rejection; NULL: none yet */
  IntakeReason connect;    /* its verdict ends a session before the greeting; INTAKE_OK: none does */
  IntakeReason auth_start; /* INTAKE_OK: logins are checked */
  AuthExchange *checking;
  SmtpChecked checked;
  gpointer checked_data;
  SmtpMail *under_way;
  SmtpMail *storing;
  gboolean paused;
} FakeHandler;

extern const SmtpHandler fake_handler_table;

FakeHandler *fake_handler_new(void);
void fake_handler_free(FakeHandler *handler);

/* Does what was put off: resumes a paused session, answers a message being stored. FALSE: there was nothing. */
gboolean fake_handler_work(FakeHandler *handler);
