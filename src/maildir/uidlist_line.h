#pragma once
/* The lines of a file of UIDs, read and printed.
 *
 * Thread: any.
 * Errors: none; a line that is none of ours is passed over and counted.
 * Units and limits: UIDs from 1 to UID_MAX; numbers of changes up to UIDLIST_NUMBER_MAX; lines of at most
 *         UIDLIST_LINE_BYTES_MAX bytes.
 * Source: docs/storage.md, "UIDs, tags and change numbers". */
#include <glib.h>

#define UID_MAX (G_MAXUINT32 - 1)
#define UIDLIST_NUMBER_MAX (G_MAXINT64 / 2)

enum { UIDLIST_LINE_BYTES_MAX = 16 * 1024, UIDLIST_ID_DIGITS = 16 };

typedef enum {
  UIDLIST_HEADER,
  UIDLIST_TOP,     /* numbers and UIDs up to these may have been given out */
  UIDLIST_END,     /* numbers and UIDs up to these have been, and the file was closed */
  UIDLIST_ADDED,   /* a message came */
  UIDLIST_TAGGED,  /* these are its tags */
  UIDLIST_REMOVED, /* a message is gone */
  UIDLIST_CLEARED, /* all are */
  UIDLIST_KINDS_N
} UidListKind;

typedef struct UidListLine {
  UidListKind kind;
  guint32 uid;      /* of the message; TOP, END: the last; HEADER: UIDVALIDITY */
  guint64 number;   /* TOP, END */
  const char *id;   /* of the message; HEADER: of the file */
  const char *tags; /* TAGGED: with commas between them, or empty */
} UidListLine;

/* Called for each line; the texts are lent. */
typedef void (*UidListRead)(const UidListLine *line, gpointer user_data);

/* Takes bytes as they come and calls for each whole line. */
typedef struct UidListReader {
  GString *part; /* of a line that has not ended */
  gboolean is_too_long;
  guint64 n_damaged;
  guint64 n_lines;
  guint64 n_bytes; /* that were fed */
  UidListRead read;
  gpointer user_data;
} UidListReader;

void uidlist_reader_init(UidListReader *reader, UidListRead read, gpointer user_data);
void uidlist_reader_feed(UidListReader *reader, const char *bytes, gsize n_bytes);
void uidlist_reader_clear(UidListReader *reader);

/* Appends a line. */
void uidlist_print(GString *out, const UidListLine *line);
