#pragma once
/* The mailboxes in an address header.
 *
 * Owns: a MailAddress owns its strings.
 * Thread: any.
 * Errors: none: of a broken list there is as much as can be read.
 * Units and limits: MAIL_ADDRESSES_MAX mailboxes of one header.
 * Source: RFC 5322 3.4 and 4.4 (mailboxes and groups, which are flattened), RFC 2047 (names), RFC 6532 (UTF-8); names
 * in a comment after the address (RFC 822); semicolons between mailboxes, as Outlook has them. */
#include <glib.h>

enum { MAIL_ADDRESSES_MAX = 10000 };

typedef struct MailAddress {
  char *name; /* decoded; "" when there is none */
  char *address;
} MailAddress;

MailAddress *mail_address_new(const char *name, const char *address);
void mail_address_free(MailAddress *address);

/* What RFC 5322 3.4 does not allow in a list. */
typedef enum {
  MAIL_ADDRESS_SEPARATOR = 1 << 0,   /* semicolons between mailboxes, or nothing */
  MAIL_ADDRESS_UNQUOTED = 1 << 1,    /* a name with specials and without quotation marks */
  MAIL_ADDRESS_BRACKETS = 1 << 2,    /* angle brackets inside each other, or without their pair */
  MAIL_ADDRESS_EMPTY = 1 << 3,       /* commas with nothing between them, or at the end */
  MAIL_ADDRESS_QUOTED_WORD = 1 << 4, /* an encoded word in quotation marks (RFC 2047 5) */
  MAIL_ADDRESS_NO_DOMAIN = 1 << 5    /* a mailbox without an @ */
} MailAddressFaults;

/* Appends the mailboxes of a header's value, in valid UTF-8 and unfolded, to `out` (of MailAddress *). */
MailAddressFaults mail_address_parse(const char *value, GPtrArray *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailAddress, mail_address_free)
