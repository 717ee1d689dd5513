#pragma once
/* One SMTP session: bytes in, replies out. It has no socket, clock or disk, so tests and fuzzers can run it.
 *
 * Owns: the transaction under way, and its SmtpMail until that is committed.
 * Thread: the loop thread.
 * Errors: protocol outcomes are replies.
 * Units and limits: a command line has at most SMTP_LINE_MAX bytes with its line end, SMTP_AUTH_LINE_MAX where it logs
 *         in; no command is read while SMTP_OUTPUT_MAX bytes of replies wait to be sent; SMTP_ERRORS_MAX rejected
 *         commands, or SMTP_COMMANDS_MAX commands but recipients, since the last message end a session, and so do
 *         SMTP_AUTH_FAILURES_MAX failed logins in a row. Recipients of a message have SMTP_PATH_BYTES each on average.
 *         What a session can hold in all stands in docs/smtp.md.
 * Source: RFC 5321; docs/smtp.md lists extensions, limits and diagnostics, docs/departures.md what differs. */
#include "net/transport.h"
#include "smtp/handler.h"
#include <event2/buffer.h>

enum {
  SMTP_LINE_MAX = 4096,
  SMTP_AUTH_LINE_MAX = 12288 + 2,
  SMTP_OUTPUT_MAX = 64 * 1024,
  SMTP_ERRORS_MAX = 50,
  SMTP_COMMANDS_MAX = 200 * 1000,
  SMTP_AUTH_FAILURES_MAX = 3,
  SMTP_PATH_BYTES = 256
};

typedef enum {
  SMTP_AUTH_OFF,  /* AUTH is not known */
  SMTP_AUTH_ANY,  /* whatever a client says is accepted, with or without TLS */
  SMTP_AUTH_USERS /* it is checked against the users */
} SmtpAuth;

/* Shared by all sessions of a server; lent, must outlive them. */
typedef struct SmtpSettings {
  const char *host;       /* what the server calls itself */
  guint64 max_size_bytes; /* 0: no limit */
  guint max_recipients;
  gboolean smtputf8;
  gboolean dsn;         /* offer DSN: whoever stores the messages keeps what is asked for */
  gboolean strict;      /* reject what is lenient about addresses and names (SmtpLeniency), instead of noting it */
  gboolean require_tls; /* without TLS, nothing but what leads there */
  SmtpAuth auth;
  AuthUsers *const *users; /* with SMTP_AUTH_USERS: those in force, which may be others after each call */
  gboolean auth_insecure;  /* SMTP_AUTH_USERS without TLS too */
  gboolean require_auth;   /* no message before a login */
} SmtpSettings;

/* Who is at the other end of a session, and by what way. */
typedef struct SmtpOrigin {
  const char *peer;         /* "127.0.0.1:50312" */
  const char *peer_literal; /* "[127.0.0.1]"; NULL: it has no IP address */
  NetPeerKey key;           /* by which logins of one client count together */
  gboolean is_unix;         /* it came by a unix socket, where nobody can listen in */
  gboolean offers_tls;      /* STARTTLS can be had */
  gboolean offers_xclient;  /* it may say by XCLIENT for whom it speaks */
  NetSecured tls;
} SmtpOrigin;

typedef struct SmtpSession SmtpSession;

typedef enum {
  SMTP_SESSION_READING,  /* all input was used up, or is part of a line: call again with more */
  SMTP_SESSION_BLOCKED,  /* too many replies wait to be sent: call again when they have been */
  SMTP_SESSION_WAITING,  /* the handler or a handshake is at work; `wake` or smtp_session_secured() will be called */
  SMTP_SESSION_CHECKING, /* the same, for a login; the session may be ended meanwhile */
  SMTP_SESSION_STARTTLS, /* call smtp_session_answer_starttls() */
  SMTP_SESSION_DONE,     /* said goodbye as the client asked: send the output and close */
  SMTP_SESSION_CUT       /* ended against the client's will: send the output, let it arrive, close */
} SmtpSessionStatus;

/* Greets at once into `output`, which is lent; `origin` is copied. `wake` asks that smtp_session_read() be
 * called again; it comes from the loop. */
SmtpSession *smtp_session_new(const SmtpSettings *settings, const SmtpHandler *handler, gpointer handler_data,
                              const SmtpOrigin *origin, struct evbuffer *output, SmtpResume wake, gpointer wake_data);

/* Drops the transaction under way, unless it is being stored already. NULL is fine. */
void smtp_session_free(SmtpSession *session);

/* Takes what it can from `input` and answers. */
SmtpSessionStatus smtp_session_read(SmtpSession *session, struct evbuffer *input);

/* Answers STARTTLS. When TLS is ready, what the client sent after the command is dropped unread, because nobody knows
 * who wrote it (CVE-2011-0411), and the handler is told; then send the output, shake hands and call
 * smtp_session_secured(). Otherwise the session continues without. */
void smtp_session_answer_starttls(SmtpSession *session, struct evbuffer *input, gboolean ready);

/* The handshake succeeded: the session is as after the greeting, and nothing the client said before holds any more (RFC
 * 3207 4.2). `origin` says how it came about now. */
void smtp_session_secured(SmtpSession *session, const SmtpOrigin *origin);

/* Grows when the client gets something done: a command answered, or 4 KiB more of a message. A client that only drips
 * does not make it grow. */
guint64 smtp_session_progress(const SmtpSession *session);

/* TRUE while bytes of a message are expected. */
gboolean smtp_session_in_mail(const SmtpSession *session);

/* TRUE when the client sent commands or a message before it could know the reply that allows them. */
gboolean smtp_session_is_ahead(const SmtpSession *session);

/* TRUE when a line or the bytes after DATA have begun and their end has not come. `input` is what was left unread. */
gboolean smtp_session_awaits_rest(const SmtpSession *session, struct evbuffer *input);

/* Nothing has come for a while although the rest is awaited. Tells the handler if line ends that end nothing explain
 * it; they never end anything for that. */
void smtp_session_stall(SmtpSession *session, struct evbuffer *input);

/* Ends the session with a 421: too slow, or the server stops. The status is SMTP_SESSION_CUT from then on. Not to be
 * called while a message is being stored. */
void smtp_session_expire(SmtpSession *session, struct evbuffer *input);
void smtp_session_shut_down(SmtpSession *session);

/* The client sends no more, and nothing of `input` can be read. Tells the handler what was cut off. */
void smtp_session_input_ended(SmtpSession *session, struct evbuffer *input);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpSession, smtp_session_free)
