#pragma once
/* Whether a message is what a query asks for, without an index: what a keeper with few messages searches by, and what
 * the answers of an index are checked by.
 *
 * Thread: any; pure.
 * Units and limits: takes time in proportion to the terms of the query and the texts of the message.
 * Source: docs/search.md. */
#include "inbox/mail.h"
#include "syntax/search_query.h"

typedef struct MatchSubject {
  const InboxMail *mail;
  GString *const *texts; /* SEARCHABLE_N, by searchable_read() (message/searchable.h) */
  gboolean is_newest;    /* no later message of its conversation is there */
} MatchSubject;

/* The conversation (`InboxMail.thread`) of the message with this ID; 0: there is no such message. */
typedef guint64 (*MatchThreadOf)(const char *id, gconstpointer user_data);

/* `query` NULL: every message matches. */
gboolean match_query(const SearchQuery *query, const MatchSubject *subject, MatchThreadOf thread_of,
                     gconstpointer user_data);
