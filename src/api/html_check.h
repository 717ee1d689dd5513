#pragma once
/* How well mail programs show a mail's HTML, by what caniemail.com knows of them.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: none.
 * Units and limits: those of message/html_features.h; percents.
 * Source: src/api/caniemail.json (tools/update_caniemail.py); the shape is that of Mailpit's API. */
#include <jansson.h>

/* {Warnings, Platforms, Total}. The caller decrefs. */
json_t *html_check(const char *html);
