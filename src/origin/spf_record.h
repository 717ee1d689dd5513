#pragma once
/* The terms of an SPF record.
 *
 * Owns: a term owns its texts.
 * Thread: any; pure.
 * Errors: NULL: a term is not well-formed, which spoils the whole record.
 * Units and limits: SPF_TERMS_MAX terms.
 * Source: RFC 7208 4.6.1, 5, 6, 12 (the grammar). */
#include "origin/result.h"

typedef enum {
  SPF_ALL,
  SPF_INCLUDE,
  SPF_A,
  SPF_MX,
  SPF_PTR,
  SPF_IP4,
  SPF_IP6,
  SPF_EXISTS,
  SPF_REDIRECT, /* a modifier, as all that follows */
  SPF_OTHER
} SpfKind;

typedef struct SpfTerm {
  SpfKind kind;
  OriginResult result;      /* of a match, by its qualifier */
  char *text;               /* as written */
  char *value;              /* behind the colon or "=", without lengths; "": none */
  guint n_bits_4, n_bits_6; /* of prefixes */
} SpfTerm;

/* Of SpfTerm *, in order; the caller unrefs. `record` begins with "v=spf1"; *out_broken is the term that is not
 * well-formed, or what else is wrong, if NULL is returned; the caller frees. */
GPtrArray *spf_record_parse(const char *record, char **out_broken);
