#pragma once
/* How sure it is that a message is from whom it says.
 *
 * Thread: any.
 * Source: RFC 8601 2.7.1 and 2.7.2, RFC 7489 11.2 (the words of other servers, but for "unknown"). */
#include <glib.h>

typedef enum {
  ORIGIN_NONE,      /* there is nothing to go by */
  ORIGIN_UNKNOWN,   /* it takes records that were not given */
  ORIGIN_PASS,      /* it is */
  ORIGIN_NEUTRAL,   /* the domain does not want to say; SPF alone */
  ORIGIN_SOFTFAIL,  /* the domain thinks that it is not; SPF alone */
  ORIGIN_FAIL,      /* it is not */
  ORIGIN_PERMERROR, /* a signature or a record is not well-formed: receivers take it as if it were not there */
} OriginResult;

/* "pass". */
const char *origin_result_name(OriginResult result);
