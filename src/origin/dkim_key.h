#pragma once
/* A key of DKIM, out of its record.
 *
 * Owns: a key owns what OpenSSL made of it.
 * Thread: any one at a time.
 * Errors: DkimKeyFault.
 * Units and limits: RSA keys of DKIM_RSA_BITS_MIN bits at least count (RFC 8301 3.2); bits.
 * Source: RFC 6376 3.6.1 (tags), 3.3.3 and RFC 8301 3 (which count), RFC 8463 4 (Ed25519). */
#include "origin/dkim_signature.h"
#include <openssl/evp.h>

enum { DKIM_RSA_BITS_MIN = 1024, DKIM_RSA_BITS_GOOD = 2048 };

typedef enum {
  DKIM_KEY_GOOD,
  DKIM_KEY_MALFORMED,
  DKIM_KEY_REVOKED,         /* p= is empty */
  DKIM_KEY_OTHER_ALGORITHM, /* k= or h= is not of the signature's a= */
  DKIM_KEY_NOT_FOR_MAIL,    /* s= has neither email nor * */
  DKIM_KEY_NOT_FOR_BELOW,   /* t=s, and i= is of a domain below d= */
  DKIM_KEY_SHORT
} DkimKeyFault;

typedef struct DkimKey {
  EVP_PKEY *key;    /* NULL: see the fault */
  guint bits;       /* of an RSA key */
  gboolean is_test; /* t=y */
} DkimKey;

/* Reads a record for this signature. Whatever is wrong, *out_key is to be cleared. */
DkimKeyFault dkim_key_read(const char *record, const DkimSignature *signature, DkimKey *out_key);

void dkim_key_clear(DkimKey *key);

/* What a signature of SHA-256 hash and key says. */
typedef enum {
  DKIM_MATCH_YES,
  DKIM_MATCH_NO,         /* of something else, by this key or by another */
  DKIM_MATCH_OTHER_HASH, /* by this key, but of something else */
  DKIM_MATCH_OTHER_KEY   /* by another key, or damaged */
} DkimMatch;

DkimMatch dkim_key_match(const DkimKey *key, GBytes *signature, const guint8 *hash, gsize hash_len);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DkimKey, dkim_key_clear)
