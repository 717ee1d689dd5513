#pragma once
/* What the addresses of HTML are relative to.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none.
 * Units and limits: linear in the HTML.
 * Source: WHATWG HTML 2.4 (document base URLs) and 4.2.3 (base), RFC 3986 5.2. */
#include <glib.h>

/* The address of the first base element that has one, wherever it stands; NULL: there is none, or it is neither http
 * nor https. The caller frees. */
char *html_base_find(const char *html);

/* A whole address, without line ends; "//host/" is on https. NULL: the address is relative and `base` is NULL, or it
 * cannot be read. The caller frees. */
char *html_base_resolve(const char *base, const char *address);
