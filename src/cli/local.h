#pragma once
/* A Maildir without a server: this process opens it and serves the HTTP API to itself, over pairs of sockets
 * in its own loop.
 *
 * Owns: the inbox and the server before it.
 * Thread: the main thread, which is the loop's. Opening runs the loop until lists show all messages.
 * Errors: CLI_ERROR: EXIT_CODE_INVALID_MAILDIR for what is not a Maildir; INBOX_ERROR.
 * Units and limits: those of inbox/inbox.h.
 * Source: docs/cli.md. */
#include <event2/event.h>
#include <glib.h>

typedef struct Local Local;

/* TRUE when there are tmp, new and cur. */
gboolean local_is_maildir(const char *place);

Local *local_open(const char *place, struct event_base *base, GError **error);

/* A connected socket, whose other end is served; -1 with *error set. */
int local_connect(Local *local, GError **error);

/* NULL is fine. */
void local_close(Local *local);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Local, local_close)
