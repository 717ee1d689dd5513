#pragma once
/* What a command works on: a running server, or a Maildir that this process opens itself. Either way it is asked by
 * HTTP, so that commands know one way only.
 *
 * Which one: what --server says; the server that has --directory open, or else that Maildir; what DSMTPD_URL or
 * DSMTPD_DIRECTORY say; the one server of the user that runs, or of several the one whose Maildir is the current
 * directory; the current directory, if it is a Maildir.
 *
 * Owns: the loop, and the Maildir opened here.
 * Thread: the main thread; finding and connecting block.
 * Errors: CLI_ERROR; EXIT_CODE_NO_SERVER says what to do.
 * Units and limits: TARGET_CONNECT_MS for each address of a host.
 * Source: docs/cli.md. */
#include "cli/command.h"
#include "http/client.h"
#include <event2/event.h>

enum { TARGET_CONNECT_MS = 10 * 1000 };

typedef struct Target Target;

Target *target_find(const CommandCall *call, GError **error);

/* NULL is fine. */
void target_free(Target *target);

/* For people: "http://127.0.0.1:8025", or the path of the Maildir. Lent. */
const char *target_name(const Target *target);

/* The loop in which answers come, and, for a Maildir opened here, are made. Lent. */
struct event_base *target_base(const Target *target);

/* Before every path: "" or "/mail". Lent. */
const char *target_prefix(const Target *target);

/* A new connection. The caller frees it before the target. */
HttpClient *target_connect(Target *target, const HttpClientEvents *events, gpointer user_data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Target, target_free)
