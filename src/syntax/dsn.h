#pragma once
/* The parameters by which a client asks for delivery status notifications: RET and ENVID of MAIL, NOTIFY and ORCPT of
 * RCPT.
 *
 * Thread: any; pure.
 * Errors: each check returns NULL, or what is wrong in words fit for a reply: ASCII, one line, without the client's
 * text.
 * Units and limits: before they are encoded as xtext an ENVID has at most 100 characters and an original
 * recipient 500, so that up to 300 and 1,500 bytes may come.
 * Source: RFC 3461 4.1 to 4.4; RFC 6533 3 (utf-8 as the
 * type of an address). */
#include <glib.h>

enum { DSN_ENVID_MAX = 100, DSN_ADDRESS_MAX = 500 };

/* "FULL" or "HDRS" in any case; *out_ret is static. */
const char *dsn_ret_parse(const char *value, gsize len, const char **out_ret);

const char *dsn_envid_check(const char *value, gsize len);

/* NEVER, or SUCCESS, FAILURE and DELAY with commas between, each at most once, in any case. *out_notify is in capital
 * letters; the caller frees. */
const char *dsn_notify_parse(const char *value, gsize len, char **out_notify);

/* "rfc822;user@example.com". With the type utf-8 the address may be UTF-8 as it is. */
const char *dsn_orcpt_check(const char *value, gsize len);

/* An ORCPT that was checked, with its xtext decoded. The caller frees. */
char *dsn_orcpt_decode(const char *value);
