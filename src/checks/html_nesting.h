#pragma once
/* Are the elements of some HTML closed, in order, and where they may be?
 *
 * Owns: an HtmlNesting owns its stack; it borrows the checks, to which it adds.
 * Thread: any; an HtmlNesting belongs to one thread at a time.
 * Units and limits: time is linear in the HTML. Deeper than HTML_DEPTH_MAX nothing is checked, and nothing is reported
 *         that the rest could disprove; browsers nest no deeper either.
 * Source: WHATWG HTML 13.1.2.4 (optional tags), 13.2.6 (tree construction), simplified: there is a stack, but no tree.
 *         Where the parser ignores an end tag that only comes too late, the stack obeys it, so that one mistake is one
 *         finding. */
#include "checks/checks_private.h"
#include "message/html_token.h"

enum { HTML_DEPTH_MAX = 512 };

typedef struct HtmlNesting HtmlNesting;

/* The caller frees with html_nesting_free(), after html_nesting_finish(). */
HtmlNesting *html_nesting_new(Checks *checks);

/* Each token in its turn; `is_self_closing`: it is a start tag that ends in a slash. */
void html_nesting_read(HtmlNesting *nesting, const HtmlToken *token, gboolean is_self_closing);

/* After the last token: adds what only the end shows. */
void html_nesting_finish(HtmlNesting *nesting);

void html_nesting_free(HtmlNesting *nesting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HtmlNesting, html_nesting_free)
