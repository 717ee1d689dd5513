#pragma once
/* What a command works on: a running server, or a Maildir that this process opens itself. Either way it is asked by
 * HTTP, so that commands know one way only.
 *
 * Which one: what --server says; the server that has --directory open, or else that Maildir; what DSMTPD_URL or
 * DSMTPD_DIRECTORY say; the server that is nearest to the current directory (cli/project.h); the current directory, if
 * it is a Maildir; the only server of the user that runs. Where several come into question, they are listed.
 *
 * Owns: the loop, and the Maildir opened here.
 * Thread: the main thread; finding and connecting block.
 * Errors: CLI_ERROR; EXIT_CODE_NO_SERVER says what to do.
 * Units and limits: TARGET_CONNECT_MS for each address of a host, unless the caller says otherwise.
 * Source: docs/cli.md. */
#include "cli/command.h"
#include "http/client.h"
#include <event2/event.h>

enum { TARGET_CONNECT_MS = 10 * 1000 };

typedef struct Target Target;

Target *target_find(const CommandCall *call, GError **error);

/* The same for a server alone: a Maildir is never opened here, a server without HTTP is reached by SMTP, and
 * certificates are not checked, as they name the host that others use. Nothing secret is to be asked. `connect_ms`
 * takes the place of TARGET_CONNECT_MS. */
Target *target_find_server(const CommandCall *call, guint connect_ms, GError **error);

/* TRUE: the server has no HTTP, so target_connect() cannot ask it. */
gboolean target_is_smtp(const Target *target);

/* NULL is fine. */
void target_free(Target *target);

/* For people: "http://127.0.0.1:8025", or the path of the Maildir. Lent. */
const char *target_name(const Target *target);

/* The same wherever the command runs: the URL, or the real path of the Maildir. Borrowed. */
const char *target_key(const Target *target);

/* The URL that a browser opens, without a slash at its end; NULL: no browser can. Borrowed. */
const char *target_page(const Target *target);

/* The loop in which answers come, and, for a Maildir opened here, are made. Lent. */
struct event_base *target_base(const Target *target);

/* Before every path: "" or "/mail". Lent. */
const char *target_prefix(const Target *target);

/* A new connection to the server, which does not block; -1 with *error set. The caller closes it. */
int target_connect_socket(const Target *target, GError **error);

/* A new connection. The caller frees it before the target. */
HttpClient *target_connect(Target *target, const HttpClientEvents *events, gpointer user_data, GError **error);

/* One takes the place of *http where that is NULL, or the server ended it since the last answer. */
gboolean target_connect_again(Target *target, HttpClient **http, const HttpClientEvents *events, gpointer user_data,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Target, target_free)
