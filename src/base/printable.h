#pragma once
/* Which characters may be shown as they are, in a line of the log, a table or on a terminal, when they come from
 * others.
 *
 * Unsafe are control characters; line and paragraph separators, which end a line for some readers; and all that is
 * invisible and changes how a line is read, such as overrides of direction, zero-width spaces and tags. Joiners
 * (U+200C, U+200D) stay, for Persian and emoji are wrong without them, and so do soft hyphens and the format characters
 * that are visible signs of their own, such as U+0600.
 *
 * Thread: any.
 * Units and limits: PRINTABLE_ESCAPE_MAX bytes for one character.
 * Source: Unicode, general categories Cc, Cf, Zl and Zp; UAX #9 and UTR #36 (directions). */
#include <glib.h>

enum { PRINTABLE_ESCAPE_MAX = sizeof "\\u{10ffff}" };

gboolean printable_is_safe(gunichar character);

/* Appends what `text` begins with, a character or a byte that is not part of one, and escapes it as \xNN or \u{NNNN}
 * unless it is safe. Returns how many bytes it was; `len` is above 0. */
gsize printable_append(GString *out, const char *text, gsize len);
