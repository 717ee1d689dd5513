#pragma once
/* The bytes of a message as they arrive, made into the form in which they are stored: dots unstuffed, CRLF made LF.
 *
 * Owns: an SmtpData owns the list of bare LFs.
 * Thread: any; pure, no I/O.
 * Errors: none: every sequence of bytes is a message. What is odd about it is counted.
 * Units and limits: sizes in bytes; the list of bare LFs is at most SMTP_DATA_BARE_LF_MAX bytes of text.
 * Source: RFC 5321 4.1.1.4, 4.5.2 (transparency), 2.3.8 (only CRLF ends a line); RFC 1870 (what counts as size). */
#include <glib.h>

typedef enum {
  SMTP_DATA_DOTTED, /* DATA: ends with CRLF . CRLF and nothing else, lines are dot-stuffed */
  SMTP_DATA_COUNTED /* BDAT: bytes as they are; the caller knows where they end */
} SmtpDataForm;

enum { SMTP_DATA_BARE_LF_MAX = 32 * 1024, SMTP_DATA_TAIL = 64 };

typedef struct SmtpData {
  SmtpDataForm form;
  guint8 state;               /* private: where in "CRLF . CRLF" the input stands */
  gboolean complete;          /* DOTTED: the end was seen */
  guint64 size_bytes;         /* as RFC 1870 counts: unstuffed, line ends two bytes, without the final dot */
  guint64 n_lines;            /* LFs in the stored form */
  guint64 line_bytes;         /* private: bytes in the line under way, without its end */
  guint64 longest_line_bytes; /* without the line end; bare CR and LF do not end a line */
  guint64 n_bare_lf;
  guint64 n_bare_cr;
  guint64 n_nul;
  gboolean has_8bit;
  GString *bare_lf;          /* private: the list so far, without the run under way; NULL: no bare LF yet */
  gboolean bare_lf_too_many; /* private: the list has passed its maximum and stays as it is */
  guint64 bare_lf_first;     /* private: the run under way */
  guint64 bare_lf_last;
  guint8 tail[SMTP_DATA_TAIL]; /* private, DOTTED: the last bytes that came, from the CR LF before the data on */
  gsize tail_bytes;
} SmtpData;

void smtp_data_init(SmtpData *data, SmtpDataForm form);
void smtp_data_clear(SmtpData *data);

/* Reads `in`, writes the stored form to `out`, which has room for in_len + 2 bytes, and sets *out_len.
 * Returns how many bytes of `in` were read: all, or fewer when the end of the data was among them; what follows
 * belongs to the next command. A CR at the end of `in` is held back until the byte behind it is known. */
gsize smtp_data_feed(SmtpData *data, const guint8 *in, gsize in_len, guint8 *out, gsize *out_len);

/* COUNTED: says that no byte follows; writes what was held back (at most one byte) and returns its length. */
gsize smtp_data_finish(SmtpData *data, guint8 *out);

/* Which LFs of the stored form were bare on the wire, so that the received bytes can be made again: numbers and
 * ranges of LFs counted from 1, "3 7-9"; "*" when there are too many to list; NULL when every line end was CRLF.
 * To be asked when the data has ended; the caller frees. */
char *smtp_data_bare_lf(const SmtpData *data);

/* DOTTED: for a client that sends no more although the end was not seen. Says which line ends came that end nothing,
 * and which are needed; NULL: nothing about the line ends is wrong. ASCII; the caller frees. */
char *smtp_data_explain_no_end(const SmtpData *data);
