#pragma once
/* What receiving servers, mail programs and readers would object to in a message, as far as it can be told from the
 * message and from DNS records that were given: nothing is looked up and nothing fetched.
 *
 * Owns: a MailCheck owns its strings.
 * Thread: any; pure.
 * Units and limits: each rule is told once a message, with a count where there may be several, and the first example.
 *         Time is linear in the message. What SMTP itself finds (syntax/smtp_diagnostics.h) is not looked for again.
 * Source: each rule has its own, in rules.c. */
#include "message/message.h"
#include "origin/origin.h"
#include "syntax/envelope.h"

enum { CHECK_DETAIL_BYTES_MAX = 300 };

typedef enum {
  CHECK_INFO,    /* worth knowing */
  CHECK_WARNING, /* some programs or readers have trouble */
  CHECK_ERROR    /* against a standard, or broken */
} CheckLevel;

typedef struct MailCheck {
  const char *name; /* "img-no-alt"; static, as are group and source */
  const char *group;
  CheckLevel level;
  char *text;
  char *detail; /* an example out of the message, one line; "": none */
  const char *source;
  const char *located_in; /* "html", "raw": the message as received; NULL: `line` and `line_text` say nothing */
  guint line;             /* of the first one, from 1 */
  char *line_text;        /* as source_line_read() gives it */
} MailCheck;

/* "info", "warning", "error". */
const char *check_level_name(CheckLevel level);

/* Of MailCheck *, in the order of the rules. `message` is the message as received, with CRLF; `received_us` when it
 * came, 0: unknown; `origin` is the report on it. The caller unrefs. */
GPtrArray *checks_run(const Message *message, const Envelope *envelope, gint64 received_us, const OriginReport *origin);
