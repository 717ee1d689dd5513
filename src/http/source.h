#pragma once
/* Bytes of an answer that are made as the client takes them, and so need no memory before.
 *
 * Owns: what its free function frees.
 * Thread: any, one at a time: helper threads of the server read from it.
 * Errors: a source that ends before its size, because a file was cut, ends the connection, so that the client sees it.
 * Units and limits: HTTP_SOURCE_PIECE bytes are read at a time, and counted as long as the answer lasts.
 * Source: docs/http.md, "Limits". */
#include <glib.h>

enum { HTTP_SOURCE_PIECE = 64 * 1024 };

/* To learn it would take too long: the answer goes in chunks, and no range of it can be had. */
#define HTTP_SOURCE_SIZE_UNKNOWN G_MAXUINT64

typedef struct HttpSource {
  guint64 size; /* bytes in all, or HTTP_SOURCE_SIZE_UNKNOWN */
  /* Writes the next bytes, HTTP_SOURCE_PIECE at most, and says how many; 0: there are no more. */
  gsize (*read)(gpointer data, guint8 *bytes);
  void (*free)(gpointer data);
  gpointer data;
} HttpSource;
