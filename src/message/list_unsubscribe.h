#pragma once
/* How a message says that its list can be left.
 *
 * Owns: a ListUnsubscribe owns its strings.
 * Thread: any.
 * Errors: none: what is wrong with the headers is part of what is read.
 * Units and limits: LIST_UNSUBSCRIBE_LINKS_MAX links.
 * Source: RFC 2369 3.2 (List-Unsubscribe), RFC 8058 3 (List-Unsubscribe-Post, one click). */
#include "message/message.h"

enum { LIST_UNSUBSCRIBE_LINKS_MAX = 100 };

typedef struct ListUnsubscribe {
  char *header;      /* of List-Unsubscribe, unfolded; "": there is none */
  char *header_post; /* of List-Unsubscribe-Post; "": there is none */
  GPtrArray *links;  /* char *, without angle brackets, in the order of preference */
  char *errors;      /* what a mail program may stumble over, separated by ", "; "": nothing */
} ListUnsubscribe;

ListUnsubscribe *list_unsubscribe_read(const Message *message);
void list_unsubscribe_free(ListUnsubscribe *unsubscribe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ListUnsubscribe, list_unsubscribe_free)
