#pragma once
/* HTML as a sequence of texts and tags, the way a message needs it: no tree, nothing rejected, nothing run.
 *
 * Owns: nothing: tokens point into the HTML.
 * Thread: any; an HtmlReader belongs to one thread at a time.
 * Errors: none: what is not a tag is text.
 * Units and limits: linear in the HTML; names of tags are compared up to HTML_NAME_BYTES_MAX bytes.
 * Source: WHATWG HTML 13.2.5 (tokenization), simplified. */
#include <glib.h>

enum { HTML_NAME_BYTES_MAX = 15 };

typedef enum { HTML_TOKEN_TEXT, HTML_TOKEN_START, HTML_TOKEN_END } HtmlTokenKind;

typedef struct HtmlToken {
  HtmlTokenKind kind;
  char name[HTML_NAME_BYTES_MAX + 1]; /* of a tag, lower case */
  const char *tag;                    /* its "<"; of a text, where it begins */
  const char *start;                  /* the text with its references, or the attributes */
  const char *end;
} HtmlToken;

typedef struct HtmlReader {
  const char *at; /* private */
  const char *end;
  guint unended;   /* private: bits of the elements that nothing ends any more */
  const char *cut; /* the tag, comment or declaration that nothing ends, once it was read; NULL: there is none */
} HtmlReader;

void html_reader_init(HtmlReader *reader, const char *html, gsize len);

/* FALSE at the end. Comments, declarations, and what is in script, style, title and the like are stepped over. */
gboolean html_reader_next(HtmlReader *reader, HtmlToken *token);

/* What was stepped over behind the start tag that was read last, such as a style sheet; *len is 0 when nothing was. */
const char *html_reader_skipped(const HtmlReader *reader, const HtmlToken *token, gsize *len);

/* An attribute as it is written; a value in quotes without them. A name alone has no value: it begins and ends at NULL.
 */
typedef struct HtmlAttribute {
  const char *name;
  gsize name_len;
  const char *value;
  const char *value_end;
} HtmlAttribute;

/* The next attribute of a start tag from *cursor on, which begins as token->start; FALSE: no more. */
gboolean html_token_next_attribute(const HtmlToken *token, const char **cursor, HtmlAttribute *attribute);

/* The value of a start tag's attribute, references decoded; NULL: it has none. The caller frees. */
char *html_token_attribute(const HtmlToken *token, const char *name);

/* Appends text with its references decoded. */
void html_append_decoded(GString *out, const char *text, const char *end);
