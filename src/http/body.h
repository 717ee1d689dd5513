#pragma once
/* Sends an answer whose bytes come from a source, piece by piece as the client takes them.
 *
 * Owns: itself, until the last piece is on its way or the client has gone.
 * Thread: the loop thread.
 * Errors: no room for a piece is 503.
 * Units and limits: HTTP_SOURCE_PIECE bytes are counted for each. It may hold a file open, one for each connection.
 * Source: docs/http.md, "Limits". */
#include "http/session_private.h"

/* Takes both; the response has a source. */
void http_body_send(HttpSession *session, HttpRequest *request, HttpResponse *response);
