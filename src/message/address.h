#pragma once
/* The mailboxes in an address header.
 *
 * Owns: a MailAddress owns its strings.
 * Thread: any.
 * Errors: none: of a broken list there is as much as can be read.
 * Units and limits: MAIL_ADDRESSES_MAX mailboxes of one header.
 * Source: RFC 5322 3.4 (mailboxes and groups, which are flattened), RFC 2047 (names), RFC 6532 (UTF-8), by GMime. */
#include <glib.h>

enum { MAIL_ADDRESSES_MAX = 10000 };

typedef struct MailAddress {
  char *name; /* decoded; "" when there is none */
  char *address;
} MailAddress;

MailAddress *mail_address_new(const char *name, const char *address);
void mail_address_free(MailAddress *address);

/* Appends the mailboxes of a header's value, in valid UTF-8 and unfolded, to `out` (of MailAddress *). */
void mail_address_parse(const char *value, GPtrArray *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailAddress, mail_address_free)
