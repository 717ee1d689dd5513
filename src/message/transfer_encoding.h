#pragma once
/* Content-Transfer-Encoding undone, also where it is damaged.
 *
 * Thread: any; pure.
 * Errors: none: what is not encoded as it should be is read as far as it goes, and the faults say so.
 * Units and limits: bytes; time and memory linear in what is read.
 * Source: RFC 2045 6.1 (names), 6.7 (quoted-printable: blanks at the end of a line are padding, also after the = of a
 *         soft line break), 6.8 (base64); POSIX uuencode. */
#include <glib.h>

typedef enum {
  TRANSFER_PLAIN, /* 7bit, 8bit, binary */
  TRANSFER_BASE64,
  TRANSFER_QUOTED_PRINTABLE,
  TRANSFER_UUENCODE
} TransferEncoding;

typedef enum {
  TRANSFER_FAULT_PADDING = 1 << 0,  /* base64 that goes on after its padding */
  TRANSFER_FAULT_UNPADDED = 1 << 1, /* base64 that ends without its padding */
  TRANSFER_FAULT_ALPHABET = 1 << 2, /* base64 with other characters in between */
  TRANSFER_FAULT_ESCAPE = 1 << 3,   /* a = without two hexadecimal digits after it */
  TRANSFER_FAULT_LOWER = 1 << 4,    /* hexadecimal digits in lower case */
  TRANSFER_FAULT_BLANKS = 1 << 5,   /* blanks at the end of a line */
  TRANSFER_FAULT_LINE = 1 << 6      /* encoded lines over 76 characters */
} TransferFaults;

/* The encoding by the word in its field, NULL: there is none. FALSE: it is not one of RFC 2045's words; *encoding is
 * set even so when it is clear what was meant ("quoted/printable", "base-64"). */
gboolean transfer_encoding_find(const char *word, TransferEncoding *encoding);

/* Undoes it, up to about `out_max` bytes of the result. In text, what follows base64 unencoded is kept as it is, such
 * as the footer a mailing list adds; elsewhere it is dropped. `faults` may be NULL, and is added to. The caller unrefs.
 */
GBytes *transfer_encoding_decode(TransferEncoding encoding, const char *bytes, gsize n_bytes, gsize out_max,
                                 gboolean is_text, TransferFaults *faults);

/* Appends what base64 without lines stands for. */
void transfer_encoding_append_base64(GString *out, const char *text, gsize len);
