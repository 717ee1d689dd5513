#pragma once
/* What the HTML parser knows of each element: which ones it closes, which one it has to be in.
 *
 * Thread: any; pure.
 * Units and limits: elements without a row are closed by their end tag, and may be anywhere.
 * Source: WHATWG HTML 13.1.2 (elements), 13.2.4.2 (the stack of open elements), 13.2.6.4 (what start tags close). */
#include <glib.h>

/* What an element is. */
enum {
  HTML_IS_VOID = 1 << 0,      /* it has no end tag */
  HTML_IS_OPTIONAL = 1 << 1,  /* its end tag may be left out */
  HTML_IS_AMBIENT = 1 << 2,   /* its tags count for nothing, as webmail puts its own in their place */
  HTML_IS_OPAQUE = 1 << 3,    /* what it contains is not HTML */
  HTML_IS_SCOPE = 1 << 4,     /* what is open outside it cannot be closed inside it */
  HTML_IS_BLOCK = 1 << 5,     /* the same for list items */
  HTML_IS_ANYWHERE = 1 << 6,  /* it may be between the rows and cells of a table */
  HTML_IS_PARAGRAPH = 1 << 7, /* from here on for `closes`, `within` and `parents` */
  HTML_IS_ITEM = 1 << 8,
  HTML_IS_DEFINITION = 1 << 9,
  HTML_IS_OPTION = 1 << 10,
  HTML_IS_OPTIONS = 1 << 11,
  HTML_IS_RUBY = 1 << 12,
  HTML_IS_LINK = 1 << 13,
  HTML_IS_TABLE = 1 << 14,
  HTML_IS_ROWS = 1 << 15,
  HTML_IS_ROW = 1 << 16,
  HTML_IS_CELL = 1 << 17,
  HTML_IS_CAPTION = 1 << 18,
  HTML_IS_COLUMNS = 1 << 19,
  HTML_IS_SELECT = 1 << 20,
  HTML_IS_LIST = 1 << 21,
  HTML_IS_FOREIGN = 1 << 22 /* there a slash closes */
};

typedef struct HtmlElement {
  const char *name;
  guint is;
  guint closes;  /* elements that its start tag closes, with all in them */
  guint within;  /* unless one of these is in between */
  guint parents; /* elements of a table that it has to be directly in; 0: any */
} HtmlElement;

/* The row of an element, by its lower-case name; NULL: there is none. */
const HtmlElement *html_element_find(const char *name);
