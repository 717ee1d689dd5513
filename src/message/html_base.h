#pragma once
/* What the addresses of HTML are relative to.
 *
 * Owns: an HtmlBase its address.
 * Thread: any; an HtmlBase belongs to one thread at a time.
 * Units and limits: linear in the HTML. A base longer than HTML_BASE_BYTES_MAX bytes is not used. Since each relative
 *         address becomes as long as the base, the whole ones together have at most twice the bytes of the HTML and
 *         HTML_BASE_SPARE_BYTES; those after them stay relative.
 * Source: WHATWG HTML 2.4 (document base URLs) and 4.2.3 (base), RFC 3986 5.2. */
#include <glib.h>

enum { HTML_BASE_BYTES_MAX = 1024, HTML_BASE_SPARE_BYTES = 64 * 1024 };

typedef struct HtmlBase HtmlBase;

/* By the first base element that has an address, wherever it stands; NULL: there is none, or it is neither http nor
 * https. */
HtmlBase *html_base_find(const char *html);

/* By an address of http or https, for `n_bytes` of HTML; NULL: it is another, or relative. */
HtmlBase *html_base_new(const char *address, gsize n_bytes);
void html_base_free(HtmlBase *base);

/* A whole address, without line ends; "//host/" is on https. NULL: the address is relative and `base`, which may be
 * NULL, does not help, or it cannot be read. The caller frees. */
char *html_base_resolve(HtmlBase *base, const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HtmlBase, html_base_free)
