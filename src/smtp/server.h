#pragma once
/* The sessions of an SMTP server, for a NetService with `smtp_protocol` and an SmtpServer.
 *
 * Owns: nothing; an SmtpServer is filled by whoever runs it, and outlives the service.
 * Thread: the loop thread.
 * Units and limits: those of a session (smtp/session.h); timeout_s without progress: a command answered, or 4 KiB of a
 *         message.
 * Source: RFC 5321 4.5.3.2 (timeouts), 3.8 (421); RFC 3207; docs/smtp.md. */
#include "net/service.h"
#include "smtp/reply.h"
#include "smtp/session.h"

typedef struct SmtpServer {
  SmtpSettings session;
  const SmtpHandler *handler;
  gpointer handler_data;
  const GArray *xclients; /* NetCidr, borrowed: clients that may use XCLIENT; NULL: nobody */
  guint timeout_s;
} SmtpServer;

extern const NetProtocol smtp_protocol;

/* What a client is told that is one too many. */
const SmtpReply *smtp_server_turn_away_reply(NetTurnedAway why);
