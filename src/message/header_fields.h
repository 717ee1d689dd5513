#pragma once
/* The header of a message or of a part, split into its fields. What is in a field is for others to read.
 *
 * Owns: nothing: a field points into the bytes.
 * Thread: any; pure.
 * Errors: none: the header ends where a line is no field.
 * Units and limits: HEADER_FIELDS_MAX fields are told apart; what follows is skipped up to the end of the header. Lines
 *         end with LF or CRLF.
 * Source: RFC 5322 2.2 (fields, folding), 4.5.8 (white space before the colon). */
#include <glib.h>

enum { HEADER_FIELDS_MAX = 10000 };

typedef struct HeaderField {
  const char *name; /* as written, not terminated */
  gsize name_len;
  const char *raw; /* behind the colon, as stored: folded, without the last line end */
  gsize raw_len;
} HeaderField;

/* Asked before each line; TRUE ends the header in front of it. */
typedef gboolean (*HeaderStopFunc)(const char *line, gsize line_len, gpointer user_data);

/* Appends to `fields` (of HeaderField) what is in the header that begins at `at`, and returns where the text behind it
 * begins: behind the blank line, or at the line that is no field. A first line "From " as in mbox files, an indented
 * first line that fields follow, and byte order marks in front of names are skipped. `stop` may be NULL. */
const char *header_fields_split(const char *at, const char *end, HeaderStopFunc stop, gpointer stop_data,
                                GArray *fields);

/* What stands in front of the first field of a message and does not belong there. */
typedef enum {
  HEADER_LEAD_MARK = 1 << 0,  /* a byte order mark */
  HEADER_LEAD_BLANK = 1 << 1, /* blank lines, before fields that messages have */
  HEADER_LEAD_LINE = 1 << 2   /* "From " as in mbox files, ">From ", or an indented line */
} HeaderLeads;

/* Where the header of a message, not of a part, that begins at `at` begins without marks and blank lines. */
const char *header_fields_find_start(const char *at, const char *end, HeaderLeads *leads);

gboolean header_field_is(const HeaderField *field, const char *name);

/* The first of this name, NULL when there is none. */
const HeaderField *header_fields_first(const GArray *fields, const char *name);
