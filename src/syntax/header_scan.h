#pragma once
/* A glance at the header of a message while it streams by: which fields are there, and the subject for the log.
 * Not a MIME parser: reading a stored message is message/'s work.
 *
 * Owns: the subject collected so far.
 * Thread: any; pure.
 * Units and limits: HEADER_SCAN_SUBJECT_MAX bytes of the first Subject are kept; field names are compared up to
 *         32 bytes.
 * Source: RFC 5322 2.2 (fields, folding), 3.6 (which may appear how often). */
#include <glib.h>

enum { HEADER_SCAN_SUBJECT_MAX = 2048 };

typedef struct HeaderScan {
  gboolean complete; /* the blank line, or a line that is not a header, was seen */
  gboolean has_8bit; /* bytes over 127 inside the header */
  guint n_from;
  guint n_date;
  guint n_message_id;
  guint n_fields;
  GString *subject; /* raw value of the first Subject, unfolded to one line; NULL: none seen */
  /* private */
  guint8 state;
  guint8 n_mark_bytes; /* of a byte order mark in front of the first field */
  gboolean in_subject; /* the value under way is that of the first Subject */
  guint8 name_len;
  char name[32];
} HeaderScan;

void header_scan_init(HeaderScan *scan);
void header_scan_clear(HeaderScan *scan);

/* Reads bytes in the stored form (LF line ends), in pieces of any size. Cheap to call after `complete`. */
void header_scan_feed(HeaderScan *scan, const guint8 *bytes, gsize n_bytes);
