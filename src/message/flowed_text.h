#pragma once
/* Text with format=flowed, its paragraphs put together again.
 *
 * Thread: any; pure.
 * Units and limits: linear; the result is at most a few bytes longer than the text for each of its lines.
 * Source: RFC 3676 4: a line that ends with a space goes on in the next one of the same quote depth; a space at the
 *         start of a line was stuffed in; "-- " ends no paragraph. */
#include <glib.h>

/* `text` is valid UTF-8 with LF line ends; `del_sp` is the DelSp parameter: the space in front of the line end was put
 * there too. The caller frees. */
char *flowed_text_join(const char *text, gboolean del_sp);
