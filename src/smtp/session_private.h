#pragma once
/* The inside of a session, for the files of smtp/ that hold its commands.
 *
 * Owns: see smtp/session.h; a transaction owns its envelope, its mail and what was noticed about it.
 * Thread: the loop thread.
 * Errors: a command's outcome is the reply it sends.
 * Source: RFC 5321 3.3 (transactions), 4.1.4 (order of commands). */
#include "auth/secret.h"
#include "smtp/reply.h"
#include "smtp/session.h"
#include "syntax/header_scan.h"
#include "syntax/smtp_command.h"
#include "syntax/smtp_data.h"
#include "syntax/smtp_diagnostics.h"

typedef enum {
  SMTP_STATE_COMMAND,  /* reading a command line */
  SMTP_STATE_DATA,     /* reading a message up to CRLF . CRLF */
  SMTP_STATE_CHUNK,    /* reading the bytes of a BDAT */
  SMTP_STATE_STORING,  /* the handler stores a message */
  SMTP_STATE_AUTH,     /* reading a response of a login */
  SMTP_STATE_CHECKING, /* the handler checks a login */
  SMTP_STATE_STARTTLS, /* the command waits for its answer */
  SMTP_STATE_SECURING, /* a handshake is under way */
  SMTP_STATE_DONE,
  SMTP_STATE_CUT
} SmtpState;

/* From MAIL to the end of the message, RSET or a new greeting. */
typedef struct SmtpTransaction {
  gboolean open; /* MAIL was accepted */
  Envelope *envelope;
  guint n_rejected; /* RCPTs rejected */
  gsize path_bytes; /* of the forward-paths */
  gboolean body_8bit;
  gboolean smtputf8;

  SmtpDiagnostics diagnostics;
  guint64 chunk_bytes; /* announced by the BDATs so far */
  gboolean failed;     /* a BDAT was rejected: only RSET helps (RFC 3030 2) */

  gboolean begun; /* 354 was sent or a BDAT taken; what follows is valid */
  SmtpData data;
  HeaderScan header;
  SmtpMail *mail; /* NULL once it is clear that the message will be rejected at its end */
  gboolean over_limit;

  IntakeArrival arrival; /* while the message is being stored; points at the rest of this */
  char *subject;
  char *bare_lf;
  char **findings;
} SmtpTransaction;

struct SmtpSession {
  const SmtpSettings *settings;
  const SmtpHandler *handler;
  gpointer handler_data;
  SmtpResume wake;
  gpointer wake_data;
  struct evbuffer *output;
  guint ref_count; /* the owner, and the handler while it stores or checks */
  Transcript *transcript;
  gint64 begun_us; /* monotonic */

  char *peer;
  char *peer_literal;
  NetPeerKey key;
  gboolean offers_tls;
  NetSecured tls;   /* its `client` is tls_client */
  char *tls_client; /* NULL: none */
  char *helo;
  gboolean helo_is_name;
  char *peer_name; /* the client's host name, by XCLIENT; NULL: not told */
  gboolean is_unix;
  gboolean logged_in;
  char *login; /* as whom, by AUTH or XCLIENT; NULL: it is not, or not said */
  guint n_auth_failures;
  AuthExchange *exchange; /* NULL: none is under way */
  gboolean after_auth;    /* what is not a command may be a secret: AUTH was the last there was */
  gboolean offers_xclient;
  gboolean extended;           /* said EHLO */
  SmtpDiagnostics diagnostics; /* of the session, part of every message's */

  SmtpState state;
  gboolean paused; /* the handler asked to wait with more bytes */
  guint n_errors;
  guint n_commands; /* since the last message, without recipients that were taken */
  guint64 progress;
  gsize body_bytes_since_progress;

  const char *line;    /* the command under way without its secrets, lent during dispatch; for the log of rejections */
  gboolean more_input; /* there was input after the line when it was read */

  gboolean is_ahead;   /* did not wait for the reply to EHLO or DATA */
  gboolean stall_told; /* of the message under way, or of the commands */

  gboolean skipping_line; /* dropping bytes up to CRLF */
  gboolean skipped_cr;

  guint64 chunk_bytes_left;
  gboolean chunk_last;
  gboolean chunk_rejected; /* its bytes are read and dropped */

  SmtpTransaction transaction;
};

/* Something about the connection that belongs into the transcript. */
void smtp_session_note(SmtpSession *session, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Sends a reply, counts and reports rejections; more than SMTP_ERRORS_MAX of them cut the session off. */
void smtp_session_reply(SmtpSession *session, guint code, const char *enhanced, const char *text);
void smtp_session_reply_format(SmtpSession *session, guint code, const char *enhanced, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* The same for what the handler knows already. */
void smtp_session_answer(SmtpSession *session, guint code, const char *enhanced, const char *text);

/* Asks the handler whether this step may be taken; FALSE: it may not, and that was answered. `what`: see
 * IntakeQuestion. */
gboolean smtp_session_ask(SmtpSession *session, IntakeStep step, const char *what);

/* Answers a verdict that does not accept. */
void smtp_session_reject(SmtpSession *session, const IntakeVerdict *verdict);

/* Says 220. */
void smtp_session_greet(SmtpSession *session);

/* The client calls itself so; what is odd about it counts for every message from now on (cmd_hello.c). */
void smtp_session_set_helo(SmtpSession *session, const char *name, gsize len);

/* The only function that changes the state. */
void smtp_session_enter(SmtpSession *session, SmtpState state);

/* Frees the session when nobody holds it any more. */
void smtp_session_unref(SmtpSession *session);

/* Sends 421 and ends the session. */
void smtp_session_cut(SmtpSession *session, const char *enhanced, const char *text);

/* --- transaction.c */

void smtp_transaction_open(SmtpSession *session, const char *reverse_path);
void smtp_transaction_reset(SmtpSession *session);

/* Keeps nothing more of the message; the transaction stays as it is. */
void smtp_transaction_give_up_mail(SmtpSession *session);

/* Starts the message of the transaction. */
void smtp_transaction_begin_mail(SmtpSession *session, SmtpDataForm form);

/* Reads bytes of the message; returns how many: fewer than given when its end was among them, or when the handler asked
 * to wait. */
gsize smtp_transaction_read(SmtpSession *session, const guint8 *bytes, gsize n_bytes);

/* The message is whole: rejects it, or hands it to the handler and waits. */
void smtp_transaction_end_mail(SmtpSession *session);

/* One row of the command table (commands.c). `needs` are conditions checked before `run`. */
typedef enum {
  SMTP_NEEDS_HELLO = 1 << 0,
  SMTP_NEEDS_NO_TRANSACTION = 1 << 1,
  SMTP_NEEDS_TRANSACTION = 1 << 2,
  SMTP_TAKES_NO_ARGUMENT = 1 << 3,
  SMTP_TAKES_ARGUMENT = 1 << 4,
  SMTP_WITHOUT_TLS = 1 << 5, /* may run before STARTTLS where that is required */
  SMTP_NEEDS_LOGIN = 1 << 6  /* where that is required */
} SmtpCommandNeeds;

typedef struct SmtpCommand {
  const char *verb;
  const char *syntax; /* for HELP and for replies about missing or extra arguments */
  guint needs;
  gboolean (*offered)(const SmtpSession *session); /* NULL: always; else the command is unknown where it is not */
  void (*run)(SmtpSession *session, const char *args, gsize args_len);
} SmtpCommand;

/* TRUE for the first line of an HTTP request, whole or cut. */
gboolean smtp_line_is_http(const char *text, gsize len);

/* TRUE when the line begins with a command there is. */
gboolean smtp_line_is_command(const SmtpSession *session, const char *line, gsize len);

/* Runs the command in `line`, which is NUL-terminated and has no line end. */
void smtp_command_dispatch(SmtpSession *session, const char *line, gsize len);

/* Reads the path of MAIL or RCPT; FALSE: it was rejected, and answered. On success *out_rest points at the parameters.
 * The path is to be cleared (path_check.c). */
gboolean smtp_path_check(SmtpSession *session, const char *args, gsize args_len, SmtpPathKind kind, SmtpPath *out_path,
                         const char **out_rest);

/* Notes what is odd about a path of the open transaction. */
void smtp_path_note(SmtpSession *session, const SmtpPath *path);

/* One parameter of a command (parameters.c); a table ends with a row without a keyword. */
typedef struct SmtpParameterRule {
  const char *keyword;
  gboolean (*offered)(const SmtpSession *session); /* NULL: always, after EHLO */
  /* NULL: taken into the command's own record. Else what is wrong with the value, which is "" without one; static. */
  const char *(*take)(const SmtpParameter *parameter, gpointer values);
} SmtpParameterRule;

/* Reads all parameters into `values`; FALSE: one was rejected, and answered. */
gboolean smtp_parameters_read(SmtpSession *session, const char *cursor, const char *end, const SmtpParameterRule *rules,
                              gpointer values);

gboolean smtp_dsn_is_offered(const SmtpSession *session);

/* TRUE when the transaction has a recipient; otherwise says so (cmd_data.c). */
gboolean smtp_recipients_check(SmtpSession *session, const char *verb);

/* cmd_starttls.c: TLS is required and there is none; the same, FALSE when so, and said to the client. */
gboolean smtp_tls_is_missing(const SmtpSession *session);
gboolean smtp_tls_check(SmtpSession *session);

/* cmd_auth.c: whether the command exists, and whether EHLO lists it. */
gboolean smtp_auth_is_known(const SmtpSession *session);
gboolean smtp_auth_is_offered(const SmtpSession *session);
void smtp_auth_print_mechanisms(const SmtpSession *session, GString *out);

/* FALSE: a login is required and there was none; it was said. */
gboolean smtp_login_check(SmtpSession *session);

/* Takes a line in SMTP_STATE_AUTH. */
void smtp_auth_take_line(SmtpSession *session, const char *line, gsize len);

/* Ends the exchange with this reply. */
void smtp_auth_abandon(SmtpSession *session, guint code, const char *enhanced, const char *text);

/* TRUE for the command itself, whatever follows. */
gboolean smtp_line_is_auth(const char *line, gsize len);

/* TRUE when a line may hold a password, and what may be shown of it then. The caller frees. */
gboolean smtp_line_is_secret(const SmtpSession *session, const char *line, gsize len);
char *smtp_secret_shown(const SmtpSession *session, const char *line, gsize len);

/* Behind the keyword in the answer to EHLO (cmd_xclient.c). */
void smtp_xclient_print_attributes(const SmtpSession *session, GString *out);

/* Answers EHLO (capabilities.c). */
void smtp_capabilities_reply(SmtpSession *session);

extern const SmtpCommand smtp_command_helo;
extern const SmtpCommand smtp_command_ehlo;
extern const SmtpCommand smtp_command_mail;
extern const SmtpCommand smtp_command_rcpt;
extern const SmtpCommand smtp_command_data;
extern const SmtpCommand smtp_command_bdat;
extern const SmtpCommand smtp_command_auth;
extern const SmtpCommand smtp_command_rset;
extern const SmtpCommand smtp_command_noop;
extern const SmtpCommand smtp_command_quit;
extern const SmtpCommand smtp_command_starttls;
extern const SmtpCommand smtp_command_vrfy;
extern const SmtpCommand smtp_command_expn;
extern const SmtpCommand smtp_command_help;
extern const SmtpCommand smtp_command_xclient;
