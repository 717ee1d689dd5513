#pragma once
/* What is listed: messages, tags, recipients.
 *
 * Owns: pages own what they list.
 * Thread: whoever has it.
 * Units and limits: a page has at most INBOX_PAGE_MAX messages or INBOX_RECIPIENTS_MAX recipients. */
#include "inbox/mail.h"
#include "syntax/search_query.h"

enum { INBOX_PAGE_MAX = 10000, INBOX_RECIPIENTS_MAX = 1000 };

typedef struct InboxListRequest {
  SearchQuery *query; /* NULL: all messages match */
  guint64 start;      /* how many of the matching are left out */
  guint64 limit;
  InboxCursor after; /* messages between these; 0: no bound */
  InboxCursor before;
  gboolean oldest_first;
  InboxHold hold;          /* borrowed; INBOX_ERROR_NO_ROOM when it rejects */
  gboolean counts_threads; /* each message says how many are in its conversation (`n_in_thread`, 1,000 at most) */
} InboxListRequest;

typedef struct InboxPage {
  guint64 n_total;
  guint64 n_unread;
  guint64 n_matching;
  guint64 n_matching_unread;
  InboxCursor cursor;  /* all messages that came before are taken into account */
  GPtrArray *messages; /* InboxMail * */
} InboxPage;

void inbox_page_clear(InboxPage *page);

typedef struct InboxTag {
  char *name;
  guint64 n_messages;
} InboxTag;

void inbox_tag_free(InboxTag *tag);

typedef struct InboxRecipient {
  char *address; /* in lower case */
  guint64 n_messages;
  guint64 n_unread;
} InboxRecipient;

typedef struct InboxRecipientPage {
  guint64 n_total;       /* recipients there are */
  guint64 n_matching;    /* whose address has the text in it */
  GPtrArray *recipients; /* InboxRecipient *, those with the most messages first, then by address */
} InboxRecipientPage;

void inbox_recipient_free(InboxRecipient *recipient);
void inbox_recipient_page_clear(InboxRecipientPage *page);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InboxPage, inbox_page_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InboxRecipientPage, inbox_recipient_page_clear)
