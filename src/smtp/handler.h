#pragma once
/* What the SMTP server asks of whoever runs it: the seam between the protocol and everything else.
 *
 * Thread: all on the loop thread.
 * Errors: are verdicts.
 * Units and limits: a session has at most one SmtpMail under way.
 * Source: docs/design.md. */
#include "auth/exchange.h"
#include "intake/arrival.h"
#include "intake/verdict.h"
#include "net/peer_count.h"

typedef struct SmtpMail SmtpMail; /* the handler's own view of a message under way */

typedef void (*SmtpResume)(gpointer user_data);
/* `id` is what the message is called from now on; NULL: it was not stored. */
typedef void (*SmtpStored)(const IntakeVerdict *verdict, const char *id, gpointer user_data);
typedef void (*SmtpChecked)(AuthOutcome outcome, gpointer user_data);

typedef struct SmtpHandler {
  /* Asked at each step that is right by the protocol and has had no effect yet: the gap where whoever runs the server
   * may reject it. */
  IntakeVerdict (*ask)(gpointer handler_data, const IntakeQuestion *question);

  /* The bytes of a message will come. Never fails: what goes wrong is told at commit. The envelope is lent until the
   * message is discarded or `stored` has returned. */
  SmtpMail *(*mail_begin)(gpointer handler_data, const Envelope *envelope, SmtpResume resume, gpointer user_data);

  /* Bytes in the stored form (LF line ends). FALSE asks the session to wait for `resume`. */
  gboolean (*mail_append)(SmtpMail *mail, const guint8 *bytes, gsize n_bytes);

  /* The message is whole and is now the handler's: store it and call `stored` once, later, never from inside this call.
   * `stored` is called even when the client has gone meanwhile. */
  void (*mail_commit)(SmtpMail *mail, const IntakeArrival *arrival, SmtpStored stored, gpointer user_data);

  /* The message will not be stored: free it and forget `resume`. */
  void (*mail_discard)(SmtpMail *mail);

  /* Runs auth_exchange_check() where it may take its time, tells a failure late, and calls `checked` once, never from
   * inside this call, even when the client has gone meanwhile. The exchange is lent until then. `client` tells clients
   * apart that guess. Only when it is accepted that the check begins is `checked` called. */
  IntakeVerdict (*auth_check)(gpointer handler_data, AuthExchange *exchange, const NetPeerKey *client,
                              SmtpChecked checked, gpointer user_data);

  /* A login failed, the `n_failures`th in a row. `user` is printable UTF-8, or NULL. The client may be told later,
   * which then is no `rejected`. */
  void (*auth_failed)(gpointer handler_data, const char *peer, const char *mechanism, const char *user,
                      guint n_failures);

  /* A client was rejected something. */
  void (*rejected)(gpointer handler_data, const IntakeRejection *rejection);

  /* A message was stored and its client told so, if it is still there: what was said up to then. */
  void (*said)(gpointer handler_data, const char *id, const Transcript *transcript);

  /* A client says by XCLIENT for whom it speaks, and is `client` from now on. `name`, a host name, and `login` may be
   * NULL. */
  void (*speaks_for)(gpointer handler_data, const char *peer, const char *client, const char *name, const char *login);

  /* A client went away before it had sent all of something: `what`, in words, printable UTF-8 without secrets. With
   * `in_mail`, bytes of a message were to come; nothing of it is stored. */
  void (*lost)(gpointer handler_data, const char *peer, gboolean in_mail, const char *what);

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
