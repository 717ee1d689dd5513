#pragma once
/* The search language: a line of text into a list of terms, all of which must hold.
 *
 *   query = *( WS term )          term = [ "-" / "!" ] ( field ":" value / value )          value = word / DQUOTE text
 * DQUOTE
 *
 * Owns: a SearchQuery owns its terms and their texts.
 * Thread: any; a query does not change and may be handed over or shared.
 * Errors: SEARCH_QUERY_ERROR, only when `strict`; the message says where ("at 7: ...", counted from 1 in characters)
 *         and what may stand there. Without `strict` every text is a query, read as Mailpit reads it: a date that is
 *         none is left out, and what else is no term of its own is a text to be found.
 * Units and limits: SEARCH_QUERY_BYTES_MAX bytes of query and SEARCH_QUERY_TERMS_MAX terms; beyond that is an error
 *         either way. Sizes in bytes, K and M are powers of 1024; times in microseconds since 1970.
 * Source: docs/search.md. */
#include <glib.h>

#define SEARCH_QUERY_ERROR (search_query_error_quark())
GQuark search_query_error_quark(void);

typedef enum {
  SEARCH_QUERY_ERROR_SYNTAX, /* strict: not a field, not a value for it, a quote without its end */
  SEARCH_QUERY_ERROR_LIMIT   /* too long, too many terms */
} SearchQueryError;

enum { SEARCH_QUERY_BYTES_MAX = 4096, SEARCH_QUERY_TERMS_MAX = 64 };

typedef enum {
  SEARCH_ANY, /* no field: names, addresses, subject, attachments' names, body */
  SEARCH_FROM,
  SEARCH_TO,
  SEARCH_CC,
  SEARCH_BCC,
  SEARCH_REPLY_TO,
  SEARCH_ADDRESSED, /* any of the five before */
  SEARCH_RCPT,      /* the envelope's recipients */
  SEARCH_SUBJECT,
  SEARCH_MESSAGE_ID,
  SEARCH_BODY,
  SEARCH_HEADER, /* text is "Name=value", or "Name" for any value */
  SEARCH_TAG,    /* the whole name, in any case */
  SEARCH_THREAD, /* the id of any message in it */
  SEARCH_BEFORE, /* time_us */
  SEARCH_AFTER,  /* time_us */
  SEARCH_LARGER, /* size_bytes */
  SEARCH_SMALLER,
  SEARCH_READ,
  SEARCH_TAGGED,
  SEARCH_FLAGGED,
  SEARCH_NEWEST, /* no later mail of its conversation is there */
  SEARCH_ATTACHMENT,
  SEARCH_INLINE
} SearchField;

typedef struct SearchTerm {
  SearchField field;
  gboolean negated;
  char *text; /* folded (syntax/search_text.h) but for SEARCH_THREAD; not empty; NULL where a number says it all */
  guint64 size_bytes; /* SEARCH_LARGER, SEARCH_SMALLER */
  gint64 time_us;     /* SEARCH_BEFORE, SEARCH_AFTER */
} SearchTerm;

typedef struct SearchQuery SearchQuery;

typedef struct SearchQueryOptions {
  const char *time_zone; /* for dates without one: "Europe/Berlin", "+02:00"; NULL or unknown: UTC */
  gboolean strict;       /* what is no term is an error instead of a text */
} SearchQueryOptions;

/* `text` may be any bytes. A query of white space has no terms, and matches everything. */
SearchQuery *search_query_parse(const char *text, const SearchQueryOptions *options, GError **error);

/* One more owner, on any thread; each frees. NULL is fine. */
SearchQuery *search_query_ref(SearchQuery *query);
void search_query_free(SearchQuery *query);

/* Lent. */
const SearchTerm *search_query_terms(const SearchQuery *query, guint *out_n_terms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SearchQuery, search_query_free)
