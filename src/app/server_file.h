#pragma once
/* Where the running servers of a user are, for the other commands: each keeps a file STATE/servers/PID.json, locked as
 * long as it runs, so that one whose server is gone is known by its lock, and removed by whoever finds it.
 *
 * Owns: a ServerFile its file and the lock; facts their texts.
 * Thread: the main thread; server_files_read() any, as long as nobody changes the environment.
 * Errors: none: a server that can't write the file runs without being found; what can't be read is not there.
 * Units and limits: SERVER_FILE_MAX bytes a file.
 * Source: docs/cli.md; flock(2). */
#include <glib.h>

enum { SERVER_FILE_MAX = 64 * 1024 };

typedef struct ServerFacts {
  gint64 pid;
  char *maildir;        /* the real path */
  char *http;           /* "http://127.0.0.1:8025/mail", without a slash at the end, or "unix:/path"; NULL: no HTTP */
  char *smtp_host;      /* or "unix:/path" */
  guint16 smtp_port;    /* 0 for a unix socket */
  guint16 smtps_port;   /* 0: none */
  char *ca_file;        /* vouches for its certificate; NULL: the system does, or there is none */
  gboolean needs_login; /* over HTTP */
} ServerFacts;

void server_facts_free(ServerFacts *facts);

typedef struct ServerFile ServerFile;

/* `state_directory` NULL: the usual one. NULL: no file could be written. */
ServerFile *server_file_write(const char *state_directory, const ServerFacts *facts);

/* Removes it. NULL is fine. */
void server_file_free(ServerFile *file);

/* The servers that run: ServerFacts, never NULL; the caller unrefs. */
GPtrArray *server_files_read(const char *state_directory);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ServerFacts, server_facts_free)
