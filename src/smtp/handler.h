#pragma once
/* What the SMTP server asks of whoever runs it: the seam between the protocol and everything else.
 *
 * Thread: all on the loop thread.
 * Errors: told as an SmtpReply through SmtpStored.
 * Units and limits: a session has at most one SmtpMail under way.
 * Source: docs/design.md. */
#include "auth/exchange.h"
#include "net/peer_count.h"
#include "smtp/reply.h"
#include "syntax/envelope.h"
#include "syntax/transcript.h"

typedef struct SmtpMail SmtpMail; /* the handler's own view of a message under way */

/* What is known of a message when it has arrived whole. Lent until `stored` has returned. */
typedef struct SmtpArrival {
  const Envelope *envelope;
  const char *subject;            /* raw header value, any bytes; NULL: none */
  guint64 size_bytes;             /* as RFC 1870 counts */
  const char *bare_lf;            /* see smtp_data_bare_lf() */
  const char *const *diagnostics; /* what a real server would object to; NULL-terminated, may be empty */
} SmtpArrival;

typedef void (*SmtpResume)(gpointer user_data);
/* `id` is what the message is called from now on; NULL: it was not stored. */
typedef void (*SmtpStored)(const SmtpReply *reply, const char *id, gpointer user_data);
typedef void (*SmtpChecked)(AuthOutcome outcome, gpointer user_data);

/* What a client was rejected. All is lent for the call. */
typedef struct SmtpRejection {
  const char *peer;
  const char *helo;         /* NULL: none was given */
  const Envelope *envelope; /* of the transaction under way; NULL: there is none */
  const char *command;      /* what it sent, any bytes, maybe cut, secrets masked; NULL: nothing, as when it was slow */
  const SmtpReply *reply;
  const Transcript *transcript; /* up to the reply */
} SmtpRejection;

/* A client went away before it had sent all of something. All is lent for the call. */
typedef struct SmtpLoss {
  const char *peer;
  gboolean in_mail; /* bytes of a message were to come; nothing of it is stored */
  const char *what; /* what is incomplete, in words, printable UTF-8 without secrets */
} SmtpLoss;

/* A step of a transaction that is right by the protocol and has no effect yet: the gap where whoever runs the server
 * may reject it. */
typedef enum {
  SMTP_STEP_MAIL, /* the transaction is open, its envelope has the reverse-path */
  SMTP_STEP_RCPT, /* `forward_path` would be the next recipient */
  SMTP_STEP_END,  /* the message is whole and would be stored */
} SmtpStep;

typedef enum {
  SMTP_AUTH_BEGUN,
  SMTP_AUTH_BUSY,   /* too many logins are being checked already */
  SMTP_AUTH_BLOCKED /* too many logins of this client failed */
} SmtpAuthStart;

typedef struct SmtpHandler {
  /* NULL: the step is taken. Else what the client is told; lent until the next call. `forward_path` is set at
   * SMTP_STEP_RCPT. */
  const SmtpReply *(*check)(gpointer handler_data, SmtpStep step, const Envelope *envelope, const char *forward_path);

  /* The bytes of a message will come. Never fails: what goes wrong is told at commit. The envelope is lent until the
   * message is discarded or `stored` has returned. */
  SmtpMail *(*mail_begin)(gpointer handler_data, const Envelope *envelope, SmtpResume resume, gpointer user_data);

  /* Bytes in the stored form (LF line ends). FALSE asks the session to wait for `resume`. */
  gboolean (*mail_append)(SmtpMail *mail, const guint8 *bytes, gsize n_bytes);

  /* The message is whole and is now the handler's: store it and call `stored` once, later, never from inside this call.
   * `stored` is called even when the client has gone meanwhile. */
  void (*mail_commit)(SmtpMail *mail, const SmtpArrival *arrival, SmtpStored stored, gpointer user_data);

  /* The message will not be stored: free it and forget `resume`. */
  void (*mail_discard)(SmtpMail *mail);

  /* Runs auth_exchange_check() where it may take its time, tells a failure late, and calls `checked` once, never from
   * inside this call, even when the client has gone meanwhile. The exchange is lent until then. `client` tells clients
   * apart that guess. Only with SMTP_AUTH_BEGUN is `checked` called. */
  SmtpAuthStart (*auth_check)(gpointer handler_data, AuthExchange *exchange, const NetPeerKey *client,
                              SmtpChecked checked, gpointer user_data);

  /* A login failed, the `n_failures`th in a row. `user` is printable UTF-8, or NULL. The client may be told later,
   * which then is no `rejected`. */
  void (*auth_failed)(gpointer handler_data, const char *peer, const char *mechanism, const char *user,
                      guint n_failures);

  /* A client was rejected something. */
  void (*rejected)(gpointer handler_data, const SmtpRejection *rejection);

  /* A message was stored and its client told so, if it is still there: what was said up to then. */
  void (*said)(gpointer handler_data, const char *id, const Transcript *transcript);

  /* A client says by XCLIENT for whom it speaks, and is `client` from now on. `name`, a host name, and `login` may be
   * NULL. */
  void (*speaks_for)(gpointer handler_data, const char *peer, const char *client, const char *name, const char *login);

  void (*lost)(gpointer handler_data, const SmtpLoss *loss);

  /* A client sends nothing, and what it sent last explains why: `what`, in words, ASCII. At most once for each message,
   * and once for the commands. */
  void (*stalled)(gpointer handler_data, const char *peer, const char *what);

  /* A client, or somebody who can write into its connection, sent more after STARTTLS: `what`, in words, ASCII. It was
   * dropped. */
  void (*injected)(gpointer handler_data, const char *peer, const char *what);

  /* A protocol line went by, without its line end and secrets: 'C' from the client, 'S' from the server, '*' about the
   * connection. NULL: not wanted. */
  void (*trace)(gpointer handler_data, const char *peer, char side, const char *line, gsize len);
} SmtpHandler;
