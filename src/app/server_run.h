#pragma once
/* The server as the user starts it: everything wired together, from the first log line to "Cleaning up".
 *
 * Owns: the loop and all that lives in it while it runs.
 * Thread: the main thread.
 * Errors: server_run() tells them in one line on standard error, and its result is the exit code.
 * Units and limits: SERVER_GRACE_MS for messages under way when it is told to stop.
 * Source: docs/design.md, "Data flow"; dsmtpd(1). */
#include "app/options.h"
#include "app/server_file.h"
#include <event2/event.h>

enum { SERVER_GRACE_MS = 3000 };

/* Runs until SIGINT or SIGTERM; a second one drops what is still under way. Returns the exit code. */
int server_run(const Options *options);

typedef struct Server Server;

/* A program that runs a server for its own ends, in place of a user. Signals are its affair, and commands do not find
 * the server by themselves. */
typedef struct ServerGuide {
  int log_fd;
  /* Nothing was opened or made yet. FALSE, with an error: nothing will be. */
  gboolean (*opening)(struct event_base *base, gpointer user_data, GError **error);
  /* Clients can connect. FALSE, with an error: the server ends. `facts` are lent for the call. */
  gboolean (*started)(Server *server, const ServerFacts *facts, gpointer user_data, GError **error);
  /* The loop has ended, and is about to be freed; also when one of the others failed. */
  void (*closing)(gpointer user_data);
  gpointer user_data;
} ServerGuide;

/* Runs until server_stop(). */
gboolean server_run_guided(const Options *options, const ServerGuide *guide, GError **error);

/* Ends as a signal would do it: messages under way may still come in. Not twice. */
void server_stop(Server *server);
