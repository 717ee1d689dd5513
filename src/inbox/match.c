#include "inbox/match.h"

#include "message/searchable.h"
#include <string.h>

typedef struct Match {
  const MatchSubject *subject;
  MatchThreadOf thread_of;
  gconstpointer user_data;
} Match;

static gboolean has_text(const MatchSubject *subject, const SearchTerm *term) {
  guint texts = searchable_texts_of(term->field);
  gsize len = strlen(term->text);
  gboolean found = FALSE;

  for (guint i = 0; i < SEARCHABLE_N && !found; i++)
    found = (texts & (1U << i)) != 0 && memmem(subject->texts[i]->str, subject->texts[i]->len, term->text, len);
  return found;
}

static gboolean has_tag(const InboxMail *mail, const char *name) {
  gboolean found = FALSE;

  for (guint i = 0; i < mail->tags->len && !found; i++)
    found = g_ascii_strcasecmp(g_ptr_array_index(mail->tags, i), name) == 0; /* tags are ASCII */
  return found;
}

static gboolean is_in_thread(const Match *match, const char *id) {
  guint64 thread = match->thread_of(id, match->user_data);

  return thread != 0 && thread == match->subject->mail->thread;
}

static gboolean holds(const Match *match, const SearchTerm *term) {
  const MatchSubject *subject = match->subject;
  const InboxMail *mail = subject->mail;

  switch (term->field) {
  case SEARCH_HEADER:
    return searchable_has_header(subject->texts[SEARCHABLE_HEADERS]->str, term->text);
  case SEARCH_TAG:
    return has_tag(mail, term->text);
  case SEARCH_THREAD:
    return is_in_thread(match, term->text);
  case SEARCH_BEFORE:
    return mail->received_us < term->time_us;
  case SEARCH_AFTER:
    return mail->received_us >= term->time_us;
  case SEARCH_LARGER:
    return mail->summary->size_bytes > term->size_bytes;
  case SEARCH_SMALLER:
    return mail->summary->size_bytes < term->size_bytes;
  case SEARCH_READ:
    return mail->is_read;
  case SEARCH_TAGGED:
    return mail->tags->len > 0;
  case SEARCH_FLAGGED:
    return mail->is_flagged;
  case SEARCH_NEWEST:
    return subject->is_newest;
  case SEARCH_ATTACHMENT:
    return mail->summary->n_attachments > 0;
  case SEARCH_INLINE:
    return mail->summary->n_inline > 0;
  default:
    return has_text(subject, term);
  }
}

gboolean match_query(const SearchQuery *query, const MatchSubject *subject, MatchThreadOf thread_of,
                     gconstpointer user_data) {
  const Match match = {subject, thread_of, user_data};
  guint n_terms = 0;
  const SearchTerm *terms = query ? search_query_terms(query, &n_terms) : NULL;
  gboolean matches = TRUE;

  for (guint i = 0; i < n_terms && matches; i++)
    matches = holds(&match, &terms[i]) != terms[i].negated;
  return matches;
}
