#pragma once
/* A message to be sent, as a client describes it in JSON: read, checked, made.
 *
 * Owns: a SendRequest owns its mail and its addresses.
 * Thread: any, one at a time.
 * Errors: API_ERROR, one line for the client.
 * Units and limits: SEND_RECIPIENTS_MAX recipients, SEND_ATTACHMENTS_MAX attachments, SEND_HEADERS_MAX headers;
 *         attachments share the body's own limit.
 * Source: docs/api.md, "Sending". */
#include "message/compose.h"
#include <jansson.h>

enum { SEND_RECIPIENTS_MAX = 1000, SEND_ATTACHMENTS_MAX = 200, SEND_HEADERS_MAX = 200 };

typedef struct SendRequest {
  Compose *mail;
  GPtrArray *recipients; /* char *, of the envelope */
  GPtrArray *tags;       /* char *, also in the message's X-Tags; may be empty */
} SendRequest;

/* NULL: `error` is set. */
SendRequest *send_request_read(const json_t *body, GError **error);
void send_request_free(SendRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SendRequest, send_request_free)
