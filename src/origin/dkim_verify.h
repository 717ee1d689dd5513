#pragma once
/* A DKIM signature against the message it is in, and against the key, if that was given.
 *
 * Owns: a verdict owns what it says.
 * Thread: any.
 * Errors: none: whatever is wrong is the verdict.
 * Units and limits: time is linear in the message; see also origin/dkim_signature.h and origin/dkim_key.h.
 * Source: RFC 6376 6.1, RFC 8301, RFC 8463. */
#include "message/message.h"
#include "origin/dkim_key.h"
#include "origin/dns_records.h"
#include "origin/result.h"

/* What decided. */
typedef enum {
  DKIM_VALID,
  DKIM_MALFORMED,
  DKIM_FROM_UNSIGNED,
  DKIM_SHA1,
  DKIM_EXPIRED,
  DKIM_BODY_CHANGED,
  DKIM_BODY_SHORT, /* l= is more than there is */
  DKIM_NO_KEY,
  DKIM_KEY_UNFIT,
  DKIM_FIELDS_CHANGED,
  DKIM_OTHER_KEY,
  DKIM_FIELDS_OR_KEY /* one of the two: Ed25519 does not tell */
} DkimCause;

typedef enum { DKIM_PART_UNKNOWN, DKIM_PART_SAME, DKIM_PART_CHANGED } DkimPart;

typedef struct DkimVerdict {
  OriginResult result;
  DkimCause cause;
  char *reason;
  const char *source;       /* RFC and section; static */
  DkimSignature *signature; /* NULL: not well-formed */
  char *record;             /* where its key is: "s._domainkey.example.com"; "": not well-formed */
  DkimPart body, fields;
  guint key_bits; /* of an RSA key; 0: none was given */
} DkimVerdict;

/* `field` is the DKIM-Signature, one of the message's. Line ends of the message are those of the wire. `received_us` is
 * when it came, 0: unknown. The caller frees. */
DkimVerdict *dkim_verify(const Message *message, const HeaderField *field, gint64 received_us,
                         const DnsRecords *records);

/* "unknown", "same", "changed". */
const char *dkim_part_name(DkimPart part);

/* "relaxed/simple": of fields and body. */
const char *dkim_canonical_name(const DkimSignature *signature);

void dkim_verdict_free(DkimVerdict *verdict); /* NULL is fine */
