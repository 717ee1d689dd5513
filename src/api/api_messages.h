#pragma once
/* Answers that list messages: the messages are counted as they are read, and printed one by one where they were read.
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

/* For InboxWaitRequest, which takes it: with a reference of its own. */
InboxHold api_hold_ref(ApiHolding *holding);

/* The response where there was no room for a list; NULL: *error is something else, or not set. Any thread. */
HttpResponse *api_holding_rejection(const ApiHolding *holding, GError **error);

/* {..., "messages": [...]}. Takes the head, an object that is not empty. Any thread. */
HttpResponse *api_print_messages(HttpBudget *budget, guint status, json_t *head, const GPtrArray *messages);

/* Lists, and prints with the head that `head` makes of the page: see ApiAskFunc. */
typedef json_t *(*ApiHeadFunc)(const InboxPage *page, gpointer data);
HttpResponse *api_print_list(InboxReader *reader, HttpBudget *budget, const InboxListRequest *wanted, ApiHeadFunc head,
                             gpointer data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApiHolding, api_holding_unref)
