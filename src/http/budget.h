#pragma once
/* How many bytes of bodies and answers a server holds at once, for all its clients together.
 *
 * Whoever is about to allocate bytes whose number a client chooses takes a charge for them first, and makes something
 * else, or answers 503, when they do not fit. A charge that is attached to bytes is given back when the last reference
 * to them goes, wherever that is: sent, dropped with a connection, or thrown away by a helper thread.
 *
 * Owns: the count. A charge holds a reference to its budget, so that it may outlive the server.
 * Thread: any.
 * Errors: what does not fit is a value, not an error.
 * Units and limits: bytes; the count never exceeds the maximum.
 * Source: docs/http.md, "Limits". */
#include <glib.h>

typedef struct HttpBudget HttpBudget;
typedef struct HttpCharge HttpCharge;

HttpBudget *http_budget_new(gsize max_bytes);
HttpBudget *http_budget_ref(HttpBudget *budget);
void http_budget_unref(HttpBudget *budget);

gsize http_budget_max(const HttpBudget *budget);

/* Now. */
gsize http_budget_held(HttpBudget *budget);

/* NULL: so many bytes do not fit. The caller frees or attaches it. */
HttpCharge *http_charge_new(HttpBudget *budget, gsize n_bytes);

/* Counts so many bytes more. FALSE: they do not fit, and the charge stays as it was. */
gboolean http_charge_grow(HttpCharge *charge, gsize n_bytes);

/* Gives back all but so many bytes; one that counts fewer stays as it is. */
void http_charge_shrink(HttpCharge *charge, gsize n_bytes);

gsize http_charge_bytes(const HttpCharge *charge);

/* Gives everything back. NULL is fine. */
void http_charge_free(HttpCharge *charge);

/* The same bytes, which from now on carry the charge, shrunk to their size. Takes both; the caller unrefs. */
GBytes *http_charge_attach(HttpCharge *charge, GBytes *bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpBudget, http_budget_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpCharge, http_charge_free)
