#pragma once
/* How a mail says one can be taken off its list.
 *
 * Owns: a ListUnsubscribe owns its strings.
 * Thread: any.
 * Errors: none: what is wrong with the headers is one of the things told.
 * Units and limits: LIST_UNSUBSCRIBE_LINKS_MAX links are told.
 * Source: RFC 2369 3.2 (List-Unsubscribe), RFC 8058 3 (List-Unsubscribe-Post). */
#include "message/message.h"

enum { LIST_UNSUBSCRIBE_LINKS_MAX = 20 };

typedef struct ListUnsubscribe {
  char *header;      /* as it is, unfolded; "": none */
  char *header_post; /* of List-Unsubscribe-Post */
  GPtrArray *links;  /* char *, "mailto:" and "http:" alike */
  char *problem;     /* what is wrong, in words, joined by ", "; "": nothing */
} ListUnsubscribe;

ListUnsubscribe *list_unsubscribe_read(const Message *message);
void list_unsubscribe_free(ListUnsubscribe *unsubscribe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ListUnsubscribe, list_unsubscribe_free)
