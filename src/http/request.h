#pragma once
/* One request that has come in whole, and the way to answer it.
 *
 * Owns: what was received. Its handler owns the request until it answers it, once: at once, or later from the loop, for
 *       instance when a helper thread is done.
 * Thread: the loop thread; the body (a GBytes) may be handed to others.
 * Errors: none. An answer to a client that has gone, or to a server that has been freed, is dropped.
 * Units and limits: a body has at most what its route allows (routes.h).
 * Source: RFC 9110, RFC 9112; docs/http.md. */
#include "http/budget.h"
#include <glib.h>

typedef struct HttpRequest HttpRequest;
typedef struct HttpResponse HttpResponse;

typedef void (*HttpHandler)(HttpRequest *request, gpointer user_data);

enum { HTTP_BODY_MAX = 1024 * 1024 };

/* --- what was asked: borrowed until the request is answered */

/* As sent, in capitals: "GET", "HEAD". */
const char *http_request_method(const HttpRequest *request);

/* A parameter of the route's pattern: percent-decoded once, valid UTF-8, no control characters, no slash, not "." or
 * "..". */
const char *http_request_param(const HttpRequest *request, const char *name);

/* A parameter of the query: decoded ('+' is a space), valid UTF-8, without NUL. The first of its name; NULL: there is
 * none. */
const char *http_request_query(const HttpRequest *request, const char *name);

/* A header by its name in any case; several are joined by ", ". NULL: there is none. */
const char *http_request_header(const HttpRequest *request, const char *name);

/* Never NULL. Counted as long as somebody holds it. */
GBytes *http_request_body(const HttpRequest *request);

/* What its answer is counted in, before it is made. */
HttpBudget *http_request_budget(const HttpRequest *request);

/* Who asks, for logs: "127.0.0.1:46542". */
const char *http_request_peer(const HttpRequest *request);

/* TRUE when whoever asks is on this machine, as far as can be told, without a proxy or a page of another site in
 * between: for what concerns the machine and not the messages. */
gboolean http_request_is_near(const HttpRequest *request);

/* Before every path of ours: "" or "/mail". */
const char *http_request_prefix(const HttpRequest *request);

/* Answers. Takes the request and the response. */
void http_request_answer(HttpRequest *request, HttpResponse *response);

/* TRUE: the client has gone, and whatever the answer is, nobody hears it. Any thread, for whoever is about to make it.
 */
gboolean http_request_is_abandoned(const HttpRequest *request);

/* `func` is called, once, when the client goes before it is answered; the request has still to be answered (what with
 * does not matter). With it set, a client that ends its side of the connection counts as gone; else it may listen
 * on. For answers that are waited for, such as long polls. */
void http_request_on_cancel(HttpRequest *request, void (*func)(gpointer user_data), gpointer user_data);
