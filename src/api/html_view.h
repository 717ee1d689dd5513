#pragma once
/* A mail's HTML made fit to be looked at alone: its pictures are found at their parts, its links open elsewhere.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none. What is returned is as hostile as what was given.
 * Units and limits: linear in the HTML.
 * Source: RFC 2392 (cid: URLs). */
#include "message/message.h"

/* `parts_path` is what stands before a part's id. With `embeds`, links get target="_blank" and rel. The caller frees.
 */
char *html_view_print(const char *html, const Message *message, const char *parts_path, gboolean embeds);
