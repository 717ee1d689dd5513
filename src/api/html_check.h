#pragma once
/* How well mail programs show a message's HTML, by what caniemail.com knows of them.
 *
 * Owns: nothing; the data is loaded once by whoever keeps it.
 * Thread: any.
 * Units and limits: those of message/html_features.h; percents.
 * Source: src/api/caniemail.json (tools/update_caniemail.py); the shape is that of Mailpit's API. */
#include <jansson.h>

/* What caniemail.com knows: some MiB, which take 15 ms to read. The caller decrefs. */
json_t *html_check_load(void);

/* {Warnings, Platforms, Total}, which shares values with `data`: both belong to one thread. The caller decrefs. */
json_t *html_check(const json_t *data, const char *html);
