#pragma once
/* Which features of HTML and CSS a message's HTML uses, how often, and where first: to compare with what mail
 * programs support them.
 *
 * Owns: HtmlFeatures its table.
 * Thread: any; pure.
 * Errors: none: what cannot be read is not counted.
 * Units and limits: linear in the HTML; HTML_FEATURES_MAX different ones, of at most HTML_FEATURE_BYTES_MAX bytes.
 * Source: HTML and CSS as messages have them, read tolerantly. */
#include <glib.h>

enum { HTML_FEATURES_MAX = 20 * 1000, HTML_FEATURE_BYTES_MAX = 64 };

/* Names of features are in lower case:
 *   <img  <!doctype  <!--      an element, the document type, a comment
 *   [align  <input[type=text   an attribute; one of an element, with its value
 *   {color  {display:flex      a property; with a word of its value
 *   fn:rgb  unit:px  value:initial  !important     in any value
 *   @media  @media:hover       a rule; what it asks for
 *   :hover  ::before  sel:.  sel:#  sel:[  sel:*  sel:>  sel:+  sel:~  sel:,  sel:space  sel:chain  sel:type
 *   nesting  css-comment       in style sheets
 */

typedef struct HtmlFeature {
  guint count;
  gsize offset; /* in the HTML, of the first */
} HtmlFeature;

typedef struct HtmlFeatures {
  GHashTable *found; /* char * to HtmlFeature * */
  guint n_elements;
  gsize at; /* private: where in the HTML what is added stands */
} HtmlFeatures;

HtmlFeatures *html_features_new(void);
void html_features_free(HtmlFeatures *features);

/* Those of a whole HTML. The caller frees. */
HtmlFeatures *html_features_read(const char *html);

/* NULL: it is not used. Lent. */
const HtmlFeature *html_features_find(const HtmlFeatures *features, const char *name);

/* Adds those of a style sheet, or with `is_inline` of a style attribute. */
void html_features_add_css(HtmlFeatures *features, const char *css, gsize len, gboolean is_inline);

/* One more of a feature; `format` gives its name. */
void html_features_add(HtmlFeatures *features, const char *format, ...) G_GNUC_PRINTF(2, 3);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HtmlFeatures, html_features_free)
