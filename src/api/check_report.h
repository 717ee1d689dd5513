#pragma once
/* What is wrong with one message, as JSON, wherever the message is: in an inbox, or in a file that no server knows.
 *
 * Owns: nothing; all in a CheckedMessage is borrowed.
 * Thread: any; pure.
 * Units and limits: those of checks/checks.h, origin/origin.h and message/links.h.
 * Source: docs/api.md, "Checks". */
#include "message/message.h"
#include "origin/dns_records.h"
#include "syntax/envelope.h"
#include "syntax/smtp_diagnostics.h"
#include <jansson.h>

typedef struct CheckedMessage {
  const char *id; /* NULL: not stored */
  const Message *message;
  GBytes *bytes; /* as received, with CRLF, of which `message` is read */
  const Envelope *envelope;
  gint64 received_us;        /* 0: unknown */
  const DnsRecords *records; /* NULL: none */
} CheckedMessage;

/* {ID, Checks, Authentication}: what SMTP finds, what exceeded limits, and what the checks find. The caller decrefs. */
json_t *checks_report(const CheckedMessage *checked);

/* [{URL, Kind, Text, Context}]. The caller decrefs. */
json_t *links_report(const Message *message);

/* What SMTP said or would say about these bytes. */
SmtpDiagnostics diagnostics_report(GBytes *bytes, const Envelope *envelope);
