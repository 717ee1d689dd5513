#pragma once
/* The inbox that a command opens itself, as a guest (see store/store.h), and how it waits for the index.
 *
 * Owns: nothing; the inbox is the caller's, who closes it.
 * Thread: the main thread, which is the loop's. Both run the loop.
 * Errors: INBOX_ERROR; CLI_ERROR: EXIT_CODE_FAILED when the index cannot be written.
 * Source: docs/cli.md. */
#include "inbox/inbox.h"

/* NULL: *error is set. */
Inbox *guest_open(const char *place, LoopQueue *queue, GError **error);

/* Returns when lists show all messages. `turned` is called after each turn of the loop; NULL: nobody wants to know. */
typedef void (*GuestTurned)(const InboxStats *stats, gpointer user_data);
gboolean guest_take_all_in(Inbox *inbox, LoopQueue *queue, GuestTurned turned, gpointer user_data, GError **error);
