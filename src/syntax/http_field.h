#pragma once
/* Values of single HTTP headers: what some say, and how others are written.
 *
 * Owns: nothing; the caller frees what it is given.
 * Thread: any; pure.
 * Errors: what cannot be understood counts as not there, as the RFCs have it.
 * Units and limits: a file name is cut at HTTP_FILE_NAME_MAX bytes.
 * Source: RFC 9110 8.8.3, 13.1 (entity tags), 14.1-2 (ranges), 12.5.3 (Accept-Encoding), 8.3.1 (media types); RFC 6266
 *         and RFC 8187 (Content-Disposition). */
#include <glib.h>

enum { HTTP_FILE_NAME_MAX = 255 };

typedef enum {
  HTTP_RANGE_NONE, /* send everything */
  HTTP_RANGE_PART,
  HTTP_RANGE_UNSATISFIABLE
} HttpRangeStatus;

/* The value of Range, for something that long. More than one range counts as none. */
HttpRangeStatus http_range_parse(const char *value, guint64 size, guint64 *out_first, guint64 *out_last);

/* Has If-None-Match this tag (given without quotes)? Compared weakly. */
gboolean http_etag_list_has(const char *list, const char *tag);

/* Does Accept-Encoding (NULL: not there) allow gzip? */
gboolean http_accepts_gzip(const char *value);

/* Content-Disposition with the name a message gave a file, which may be anything: no path, no control characters, with
 * filename* when it is not all ASCII. NULL: no name. */
char *http_disposition_print(gboolean attachment, const char *file_name);

/* A media type out of a message, "text/html; charset=utf-8", for a response whose bytes are hostile: anything a browser
 * would take for a script or style sheet, or that is no media type, becomes text/plain or application/octet-stream. */
char *http_media_type_tame(const char *content_type);

/* Is it worth compressing? */
gboolean http_media_type_is_text(const char *content_type);
