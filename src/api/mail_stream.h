#pragma once
/* An answer made of many messages, one after the other, each read when the client has taken those before.
 *
 * Owns: itself, until the answer is complete or the client has gone.
 * Thread: the loop thread; `begin_mail` and `next` are called on helper threads, one call at a time.
 * Errors: before the first message an answer as any; later the connection is cut, so that the client sees that
 * something is missing. Messages deleted meanwhile are left out.
 * Units and limits: a piece of one message of each
 * stream in memory, and what http/stream.h lets wait; what a format makes of a whole message is counted by it;
 * MAIL_STREAMS_MAX streams.
 * Source: docs/api.md. */
#include "api/api_private.h"

enum { MAIL_STREAMS_MAX = 16 };

/* How messages become bytes. What a function returns is queued and unref'd; of what is NULL nothing is sent. */
typedef struct MailStreamFormat {
  guint64 max_messages;                                         /* more are rejected; 0: any number */
  HttpResponse *(*begin)(const InboxPage *page, gpointer data); /* headers, and what goes before all messages */
  /* How a message begins; what is long is counted in the budget. FALSE: there is no room. */
  gboolean (*begin_mail)(const InboxMail *mail, StoredMail *stored, HttpBudget *budget, gpointer data, GBytes **out);
  /* The bytes that follow, HTTP_SOURCE_PIECE at most; 0: the message is complete. NULL: nothing follows. */
  gsize (*next)(StoredMail *stored, guint8 *bytes, gpointer data);
  GBytes *(*between)(gpointer data); /* two messages; may be NULL */
  GBytes *(*end)(guint64 n_messages, gpointer data);
  void (*free)(gpointer data); /* may be NULL */
} MailStreamFormat;

/* Answers with what `wanted` finds, its limit and all; with `is_whole`, the oldest first, with everything it finds that
 * was there when the request came. Takes the query and the data. */
void mail_stream_start(Api *api, HttpRequest *request, const InboxListRequest *wanted, gboolean is_whole,
                       const MailStreamFormat *format, gpointer data);
