#pragma once
/* What a DKIM signature is made of: fields and bodies in canonical form, and their hashes.
 *
 * Thread: any; pure.
 * Units and limits: linear. Lines end with CRLF; a bare LF is a byte as any in bodies, and folds a field as CRLF
 * does.
 * Source: RFC 6376 3.4 (canonical forms), 3.7 (the hash of the body), 5.4.2 (fields that are there several
 * times). */
#include "message/header_fields.h"

enum { DKIM_HASH_BYTES = 32 }; /* of SHA-256 */

/* Appends the canonical form of a field, without the line end behind it. `field` is all of it, name and value. */
void dkim_canonical_field(GString *out, const char *field, gsize len, gboolean is_relaxed);

/* Appends the canonical form of the fields that `names` (char *, in order) name in a header of HeaderField, with their
 * line ends: of fields of one name the last first, and nothing where there is none left. */
void dkim_canonical_header(GString *out, const GArray *fields, const GPtrArray *names, gboolean is_relaxed);

typedef struct DkimBodyForm {
  gboolean is_relaxed;
  guint64 max_bytes;    /* of the canonical body that count (l=); G_MAXUINT64: all */
  gboolean has_bare_lf; /* what its line ends are taken for: LF alone in place of CRLF */
} DkimBodyForm;

/* The SHA-256 or SHA-1 of a body in Base64, as `bh=` has it; *out_bytes are those that were hashed. The caller frees.
 */
char *dkim_body_hash(const char *body, gsize len, const DkimBodyForm *form, GChecksumType type, guint64 *out_bytes);
