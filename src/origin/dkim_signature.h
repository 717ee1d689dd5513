#pragma once
/* A DKIM-Signature field, read.
 *
 * Owns: a signature owns what it says.
 * Thread: any; pure.
 * Errors: a sentence that says what is not well-formed.
 * Units and limits: a field has at most TAG_LIST_BYTES_MAX bytes and names DKIM_FIELDS_MAX fields.
 * Source: RFC 6376 3.5 (tags), 6.1.1 (what is to be rejected); RFC 8463 3 (Ed25519). */
#include <glib.h>

enum { DKIM_FIELDS_MAX = 256 };

typedef enum { DKIM_RSA_SHA256, DKIM_RSA_SHA1, DKIM_ED25519_SHA256 } DkimAlgorithm;

typedef struct DkimSignature {
  DkimAlgorithm algorithm;                     /* a= */
  gboolean is_header_relaxed, is_body_relaxed; /* c= */
  char *domain;                                /* d=, as dns_name_normalize() gives it */
  char *selector;                              /* s=, likewise */
  char *identity;                              /* the domain of i=, likewise; that of d= where there is none */
  GPtrArray *fields;                           /* h=: char *, as written */
  char *body_hash;                             /* bh=: Base64 without blanks */
  GBytes *bytes;                               /* b= */
  guint64 max_body_bytes;                      /* l=; G_MAXUINT64: all */
  gint64 signed_s;                             /* t=, seconds since 1970; 0: not said */
  gint64 expires_s;                            /* x=; 0: never */
} DkimSignature;

/* "rsa-sha256". */
const char *dkim_algorithm_name(DkimAlgorithm algorithm);

/* `value` is what stands behind the field's colon, folded as it came. NULL: not well-formed; *out_problem, which is
 * static, says why. */
DkimSignature *dkim_signature_parse(const char *value, gsize len, const char **out_problem);

/* How many of these are in h=, in either case. */
guint dkim_signature_covers(const DkimSignature *signature, const char *field);

void dkim_signature_free(DkimSignature *signature); /* NULL is fine */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DkimSignature, dkim_signature_free)
