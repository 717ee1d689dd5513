#pragma once
/* Which features of HTML and CSS a mail's HTML uses, and how often: for whoever knows which mail programs have them.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none: what cannot be read is not counted.
 * Units and limits: linear in the HTML; HTML_FEATURES_MAX different ones, of at most HTML_FEATURE_OCTETS_MAX octets.
 * Source: HTML and CSS as mails have them, read tolerantly. */
#include <glib.h>

enum { HTML_FEATURES_MAX = 20 * 1000, HTML_FEATURE_OCTETS_MAX = 64 };

/* Names of features are in lower case:
 *   <img  <!doctype  <!--      an element, the document type, a comment
 *   [align  <input[type=text   an attribute; one of an element, with its value
 *   {color  {display:flex      a property; with a word of its value
 *   fn:rgb  unit:px  value:initial  !important     in any value
 *   @media  @media:hover       a rule; what it asks for
 *   :hover  ::before  sel:.  sel:#  sel:[  sel:*  sel:>  sel:+  sel:~  sel:,  sel:space  sel:chain  sel:type
 *   nesting  css-comment       in style sheets
 */

/* char * to a count by GUINT_TO_POINTER; *n_elements is how many elements there are. The caller unrefs. */
GHashTable *html_features_count(const char *html, guint *n_elements);

/* Adds those of a style sheet, or with `is_inline` of a style attribute. */
void html_features_add_css(GHashTable *features, const char *css, gsize len, gboolean is_inline);

/* One more of a feature; `format` gives its name. */
void html_features_add(GHashTable *features, const char *format, ...) G_GNUC_PRINTF(2, 3);
