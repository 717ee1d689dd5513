#pragma once
/* The addresses in HTML, with the bytes they are written in, so that they can be rewritten in place.
 *
 * Owns: nothing: what is found points into the HTML.
 * Thread: any; an HtmlAddressReader belongs to one thread at a time.
 * Units and limits: linear in the HTML.
 * Source: WHATWG HTML 4.8 (what elements load) and 4.6 (links); RFC 2392 2 for cid:, which is found wherever a value
 * may begin, in the conditional comments that are for Outlook, too. */
#include "message/html_token.h"

typedef enum {
  HTML_ADDRESS_LINK, /* leads somewhere when it is clicked */
  HTML_ADDRESS_LOAD, /* is loaded to be shown */
  HTML_ADDRESS_CID   /* cid:, outside of an attribute that is known */
} HtmlAddressKind;

typedef struct HtmlAddress {
  HtmlAddressKind kind;
  const char *start; /* as written, without quotes */
  gsize len;
  gsize short_len;   /* up to the first blank, where an id may end that stands in no quotes */
  gboolean in_style; /* in a style attribute or a style sheet, inside url() */
  gboolean in_sheet; /* where references such as &amp; are not decoded */
} HtmlAddress;

/* How a stretch of HTML is searched. */
typedef enum {
  HTML_SEARCH_CID,   /* for cid: alone */
  HTML_SEARCH_WHOLE, /* it is one address */
  HTML_SEARCH_SET,   /* a srcset */
  HTML_SEARCH_STYLE, /* url() in a style attribute */
  HTML_SEARCH_SHEET, /* the same in a style element */
  HTML_SEARCH_TAG,   /* attributes */
} HtmlSearch;

typedef struct HtmlStretch {
  const char *at;
  const char *end;
  HtmlSearch search;
} HtmlStretch;

/* All of it is private. */
typedef struct HtmlAddressReader {
  HtmlReader html;
  const char *html_start;
  HtmlToken token;          /* the tag whose stretches are searched */
  HtmlStretch stretches[3]; /* before it, its attributes, the style sheet after it */
  guint stretch;
  HtmlStretch value; /* of the attribute that was read last */
  HtmlAddressKind value_kind;
  const char *done; /* up to where all stretches are known */
  gboolean is_at_end;
} HtmlAddressReader;

void html_address_reader_init(HtmlAddressReader *reader, const char *html);

/* FALSE at the end. The addresses come in their order and do not overlap. */
gboolean html_address_reader_next(HtmlAddressReader *reader, HtmlAddress *address);

/* The address itself, of the first `len` bytes; references decoded. The caller frees. */
char *html_address_read(const HtmlAddress *address, gsize len);
