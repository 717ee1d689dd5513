#pragma once
/* The parts of a message that its HTML shows, by the addresses that the HTML gives them.
 *
 * Owns: an OwnParts owns its tables; the parts are lent and live as long as the message.
 * Thread: any; an OwnParts belongs to one thread at a time.
 * Units and limits: linear in the message; Content-Location and Content-Base fields of at most MESSAGE_PART_HEADER_MAX
 *         bytes.
 * Source: RFC 2392 2 (cid: and Content-ID), RFC 2557 4 and 5 (Content-Location), RFC 2110 4.2 (Content-Base); beyond
 *         them, what mail programs and people find anyway: ids that differ in case, blanks or domain, and file names.
 */
#include "message/html_base.h"
#include "message/message.h"

typedef struct OwnParts OwnParts;

typedef enum {
  OWN_PART_BY_ID,       /* as RFC 2392 has it */
  OWN_PART_BY_LIKE_ID,  /* an id that is nearly the same */
  OWN_PART_BY_LOCATION, /* Content-Location */
  OWN_PART_BY_NAME      /* the file name */
} OwnPartMatch;

/* `html` is the HTML of the message. */
OwnParts *own_parts_new(const Message *message, const char *html);
void own_parts_free(OwnParts *parts);

/* The part that the address names, which is given as it is after its references are decoded; NULL: none. `out_match`
 * may be NULL. */
const MessagePart *own_parts_find(const OwnParts *parts, const char *address, OwnPartMatch *out_match);

/* What addresses are relative to: the base element, or Content-Base or Content-Location of the HTML. NULL: nothing.
 * Lent. */
HtmlBase *own_parts_base(const OwnParts *parts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OwnParts, own_parts_free)
