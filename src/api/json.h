#pragma once
/* Messages as JSON: the one owner of the names of their fields.
 *
 * Owns: nothing; what is returned is the caller's.
 * Thread: any, one at a time for each value.
 * Units and limits: what is printed has to fit a budget: a message of control characters is six times as long in JSON.
 * Source: docs/api.md; the names are Mailpit's (API v1). */
#include "http/budget.h"
#include "inbox/inbox.h"
#include "message/message.h"
#include <jansson.h>

/* A text; what is no valid UTF-8 is made it. NULL is "". */
json_t *json_text(const char *text);

/* An instant, "2026-01-31T13:45:00Z", with milliseconds where there are any. */
json_t *json_time(gint64 time_us);

/* char *. */
json_t *json_texts(const GPtrArray *texts);

/* The names of tags (InboxTag *). */
json_t *json_tags(const GPtrArray *tags);

/* {Name, Address}; NULL: both empty. */
json_t *json_address(const MailAddress *address);

/* MailAddress *. */
json_t *json_addresses(const GPtrArray *addresses);

/* A message in a list. */
json_t *json_summary(const InboxMail *mail);

/* {ID}. */
json_t *json_id(const char *id);

/* {In, Line, Text}: a line of "html" or "raw". */
json_t *json_location(const char *source, guint line, const char *text);

/* What may have changed of a message: {ID, Read, Flagged, Tags}. */
json_t *json_change(const InboxMail *mail);

/* Appends to the list of this name in an object, which is made when it is not there. Takes the value. */
void json_add_to_list(json_t *object, const char *name, json_t *value);

/* The whole message; `bytes` is where its parts are. */
json_t *json_mail(const InboxMail *mail, const Message *message);

/* {Name: [values]} in their order. */
json_t *json_headers(const Message *message);

/* Prints, and takes the value. What is returned is counted in the budget, and unref'd by the caller. NULL: there is no
 * room or no memory for it; `*out_n_bytes`, which may be NULL, is how long it would have been, and 0 when it could not
 * be measured. */
GBytes *json_print(HttpBudget *budget, json_t *value, gsize *out_n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)
