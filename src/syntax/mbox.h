#pragma once
/* Mails as an mbox file, of the kind "mboxrd": what a mail has can be got back from it, octet by octet.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none but memory for a mail of any length.
 * Units and limits: linear in the mail; the quoting adds an octet for each line "From ".
 * Source: RFC 4155 (the separator line); qmail's mbox(5) and its variant mboxrd. */
#include <glib.h>

/* The separator line, the mail, and a blank line. `octets` have LF line ends. `sender` is the reverse-path, "" the null
 * one; blanks and control characters, which the line cannot hold, become "-". NULL: not enough memory. The caller
 * unrefs. */
GBytes *mbox_print(const char *sender, gint64 received_us, const guint8 *octets, gsize n_octets);
