#pragma once
/* What of a message is searched for as text, whoever searches: its texts, and which of them a field of a query means.
 *
 * Thread: any.
 * Units and limits: SEARCHABLE_BYTES_MAX bytes of each text count.
 * Source: docs/search.md. */
#include "message/summary.h"
#include "syntax/search_query.h"

/* The longest first: FTS5 says with each word of another column which one that is. */
typedef enum {
  SEARCHABLE_BODY,
  SEARCHABLE_HEADERS, /* "\nname:value" of each */
  SEARCHABLE_FROM,
  SEARCHABLE_TO,
  SEARCHABLE_CC,
  SEARCHABLE_BCC,
  SEARCHABLE_REPLY_TO,
  SEARCHABLE_RETURN_PATH,
  SEARCHABLE_RCPT,
  SEARCHABLE_SUBJECT,
  SEARCHABLE_MESSAGE_ID,
  SEARCHABLE_ATTACHMENTS, /* their names */
  SEARCHABLE_N
} SearchableText;

enum { SEARCHABLE_BYTES_MAX = 1024 * 1024 };

/* Replaces the content of `texts` by the message's, folded (syntax/search_text.h). */
void searchable_read(const MailSummary *summary, GString *const texts[SEARCHABLE_N]);

/* The texts that a field means, one bit (1 << SearchableText) each. 0: the field means no text. */
guint searchable_texts_of(SearchField field);

/* Whether SEARCHABLE_HEADERS has what a term of SEARCH_HEADER asks for. */
gboolean searchable_has_header(const char *headers, const char *wanted);
