#pragma once
/* The inboxes that servers of this user have open now, for the page to go between them: this server's own, and those
 * of the others by the files they keep (app/server_file.h).
 *
 * Owns: the facts about this server.
 * Thread: neighbours_list() any, all else the loop thread.
 * Errors: none: what can't be read is not there.
 * Units and limits: those of app/server_file.h.
 * Source: docs/api.md, "Inboxes". */
#include "api/api.h"
#include "app/server_file.h"

typedef struct Neighbours Neighbours;

/* `facts` are this server's, which are taken; `state_directory`, as in server_file.h, is lent. */
Neighbours *neighbours_new(ServerFacts *facts, const char *state_directory);

/* ApiInbox; for ApiHost. The caller unrefs. */
GPtrArray *neighbours_list(gboolean with_others, gpointer neighbours);

/* NULL is fine. */
void neighbours_free(Neighbours *neighbours);
