#pragma once
/* Messages as MailHog's API describes them, for programs written for it.
 *
 * Owns: nothing; what is returned is the caller's.
 * Thread: any, one at a time for each value.
 * Units and limits: the texts of one message have at most MAILHOG_TEXT_MAX bytes together; what is beyond is left out,
 *         that of the parts first. What is not UTF-8 becomes U+FFFD.
 * Source: docs/api.md; MailHog's APIv2 (swagger), its data package for the names. */
#include "api/api_private.h"

enum { MAILHOG_TEXT_MAX = 48 * 1024 * 1024 };

/* Reads and prints it. All that takes is counted in the budget, and so is what is returned, which the caller unrefs.
 * NULL: there is no room for it. */
GBytes *mailhog_json_print(const InboxMail *mail, StoredMail *stored, HttpBudget *budget);

/* The part MailHog calls by this number, counted from 0; NULL: there is none. */
const MessagePart *mailhog_json_part(const Message *message, guint64 number);
