#pragma once
/* Which requests are let in: by the name the client has for this server, and by the page that asks.
 *
 * Owns: the names and origins it knows.
 * Thread: the loop thread.
 * Errors: none; a rejection is a value, with a line for the client.
 * Source: RFC 9110 7.2 (Host), RFC 6454 (Origin), Fetch standard (CORS), Fetch Metadata (Sec-Fetch-*); docs/http.md. */
#include "net/address.h"
#include "syntax/http_head.h"
#include <glib.h>

typedef struct HttpGate HttpGate;

/* Hosts: names beside localhost, loopback addresses and those listened at; "*.example.com" is all below. Origins: whose
 * pages may read and change things, "https://app.example:3000"; "*" is every page. Both may be NULL; what is neither
 * (syntax/http_host.h) never matches. */
HttpGate *http_gate_new(const char *const *hosts, const char *const *origins);
void http_gate_free(HttpGate *gate);

/* Clients reach this server at this address. With 0.0.0.0 or "::" every address is a name of this server, and so are
 * names that nobody can register publicly: any without a dot, those below .internal, .svc and .cluster.local, and the
 * name of the machine. */
void http_gate_add_address(HttpGate *gate, const NetAddress *address);

typedef struct HttpVerdict {
  HttpRejection rejection;  /* status 0: come in */
  const char *allow_origin; /* for Access-Control-Allow-Origin; NULL: none. Lent by the head */
} HttpVerdict;

/* What the headers say. `is_public` as in HTTP_ROUTE_PUBLIC; `local` is the listener's address. */
HttpVerdict http_gate_check(const HttpGate *gate, const HttpHead *head, const NetAddress *local, gboolean is_public);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpGate, http_gate_free)
