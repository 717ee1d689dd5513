#pragma once
/* Answers that list messages: the messages are counted as they are read from the index, and printed one by one.
 *
 * Owns: an ApiHolding what was counted; it is shared with whoever reads the list.
 * Thread: the loop thread, unless it says otherwise.
 * Errors: what does not fit is 503, or 507 when it never will.
 * Units and limits: JSON grows message by message, each counted before it is appended.
 * Source: docs/http.md, "Limits". */
#include "api/api_private.h"

/* How much the messages of a list take, which is counted while they are read. */
typedef struct ApiHolding {
  gint n_refs; /* atomic */
  HttpBudget *budget;
  HttpCharge *charge;
  gsize n_wanted; /* bytes of all messages up to the one for which there was no room; 0: there was */
} ApiHolding;

ApiHolding *api_holding_new(HttpBudget *budget);
void api_holding_unref(ApiHolding *holding);

/* For InboxListRequest, which borrows it until the list is there. */
InboxHold api_hold(ApiHolding *holding);

/* For inbox_wait(), which takes it: with a reference of its own. */
InboxHold api_hold_ref(ApiHolding *holding);

/* What went wrong with a list. */
HttpResponse *api_holding_error(const ApiHolding *holding, const GError *error);

/* Prints {..., "messages": [...]} on another thread, and answers with it. Takes the head, an object that is not empty,
 * and the holding, and keeps references to the messages (InboxMail *) until it is printed. */
void api_answer_messages(Api *api, HttpRequest *request, guint status, json_t *head, const GPtrArray *messages,
                         ApiHolding *holding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApiHolding, api_holding_unref)
