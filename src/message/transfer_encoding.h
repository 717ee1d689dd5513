#pragma once
/* What GMime's decoders leave undone.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none.
 * Units and limits: at most two octets.
 * Source: RFC 2045 6.8 (padding), which many leave out. */
#include <glib.h>
#include <gmime/gmime.h>

/* Ends decoding: base64 whose padding was lost or cut off is padded, or GMime would drop its last octets. Writes them
 * to `out` and returns how many there were. */
gsize transfer_encoding_finish(GMimeEncoding *decoder, char *out);
