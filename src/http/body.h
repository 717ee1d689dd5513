#pragma once
/* Sends an answer whose octets come from a source, piece by piece as the client takes them.
 *
 * Owns: itself, until the last piece is on its way or the client has gone.
 * Thread: the loop thread.
 * Errors: no room for the answer, or too many such answers, is 503.
 * Units and limits: HTTP_BODIES_MAX answers at a time, for each may hold a file open.
 * Source: docs/http.md, "Limits". */
#include "http/session_private.h"

enum { HTTP_BODIES_MAX = 256 };

/* Takes both; the response has a source. */
void http_body_send(HttpSession *session, HttpRequest *request, HttpResponse *response);
