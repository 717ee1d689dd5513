#pragma once
/* Sends requests to the target and waits for the answers.
 *
 * Owns: the target and a connection to it.
 * Thread: the main thread, which waits in the target's loop.
 * Errors: CLI_ERROR: EXIT_CODE_USAGE for what the server finds wrong with the question (400), EXIT_CODE_FAILED for what
 *         is not there and for all it could not do, EXIT_CODE_NO_SERVER when it does not answer.
 * Units and limits: a stored answer has at most CLIENT_ANSWER_MAX bytes; one that is passed on as it arrives has no
 *         limit.
 * Source: docs/api.md. */
#include "cli/interrupt.h"
#include "cli/target.h"
#include <jansson.h>

enum { CLIENT_ANSWER_MAX = 512 * 1024 * 1024, CLIENT_PATIENCE_MS = 120 * 1000 };

enum { CLIENT_WAIT_MAX = 1000 }; /* messages in one answer of /api/v1/wait: the API's own limit */

typedef struct Client Client;

/* A question; what is zero is not asked for. */
typedef struct ClientQuestion {
  const char *method; /* NULL: GET */
  const char *path;   /* as client_path() gives it */
  const char *content_type;
  GBytes *body;           /* NULL: none */
  json_t *json;           /* in place of a body; lent */
  guint patience_ms;      /* for the next byte; 0: CLIENT_PATIENCE_MS */
  guint answered_as_well; /* a status from 400 on that is not an error here; 0: none */
  /* Once it came, the answer is no longer waited for and is cut. NULL: nothing ends the wait. */
  const Interrupt *interrupt;
  /* Gets the bytes of a successful answer as they arrive, which are then not stored. FALSE: no more is wanted. */
  gboolean (*came)(const char *bytes, gsize len, gpointer user_data);
  gpointer user_data;
} ClientQuestion;

/* Messages to wait for. */
typedef struct ClientWait {
  const char *query;          /* NULL: any message */
  const char *after;          /* a cursor */
  guint count;                /* at most CLIENT_WAIT_MAX */
  guint timeout_ms;           /* 0: those that are there */
  const Interrupt *interrupt; /* as in a question */
} ClientWait;

typedef struct ClientAnswer {
  guint status;
  GString *bytes;     /* NULL before the first question is answered */
  char *content_type; /* "" when there is none */
  gboolean is_cut;    /* `came` wanted no more, or the wait was interrupted */
} ClientAnswer;

void client_answer_clear(ClientAnswer *answer);

/* Finds what the call says is to be asked. */
Client *client_open(const CommandCall *call, GError **error);

/* Takes over the target. */
Client *client_new(Target *target);

/* NULL is fine. */
void client_free(Client *client);

/* Lent. */
Target *client_target(Client *client);

/* `path`, and after it those of the pairs of name and value whose value is not NULL, encoded. NULL ends. The caller
 * frees. */
char *client_path(const char *path, ...) G_GNUC_NULL_TERMINATED;

/* The same with a query in front of them (NULL: none), of which nothing that is wrong is let pass, and whose dates are
 * those of the user's time zone. */
char *client_query_path(const char *path, const char *query, ...) G_GNUC_NULL_TERMINATED;

/* Where the API lists the messages that the query finds, or all (NULL): at most `limit`, without the `start` newest.
 * The caller frees. */
char *client_list_path(const char *query, guint start, guint limit);

/* For a search that a body has: the same path, by which nothing that is wrong is let pass. The caller frees. */
char *client_search_path(const char *path);

/* `before`, a text encoded as one segment of a path, `after`: as in "/api/v1/message/", ID, "/codes". The caller frees.
 */
char *client_path_of(const char *before, const char *segment, const char *after);

/* `out_answer`, a zeroed one or one to be overwritten, is the caller's to clear. */
gboolean client_ask(Client *client, const ClientQuestion *question, ClientAnswer *out_answer, GError **error);

/* Asks for a text and prints it for people. */
gboolean client_show(Client *client, const char *path, Output *output, GError **error);

/* Waits until so many messages that the query finds arrived after the cursor. The answer has them, or when the time is
 * over (408) those that did. */
gboolean client_wait(Client *client, const ClientWait *wait, ClientAnswer *out_answer, GError **error);

/* The answer's JSON. The caller decrefs; NULL with *error set. */
json_t *client_answer_json(const Client *client, const ClientAnswer *answer, GError **error);

/* Asks for JSON, by GET. The caller decrefs; NULL with *error set. */
json_t *client_get_json(Client *client, const char *path, GError **error);

/* Such a list with the newest message only, for that or for the numbers in the list. The caller decrefs; NULL with
 * *error set.
 */
json_t *client_list_one(Client *client, const char *query, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Client, client_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ClientAnswer, client_answer_clear)
