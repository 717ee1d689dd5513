#pragma once
/* The bytes of a journal: headers of segments and records, printed and parsed.
 *
 * Owns: nothing; a record read points into the bytes given.
 * Thread: any; pure.
 * Errors: none: what is not whole is not a record.
 * Units and limits: numbers are little-endian; records begin at multiples of 8 bytes.
 * Source: docs/storage.md, "The journal". */
#include "maildir/io.h"
#include "store/delivery_record.h"
#include <glib.h>

enum {
  JOURNAL_VERSION = 2, /* 1: without records of others */
  JOURNAL_HEADER_BYTES = 64,
  JOURNAL_RECORD_HEADER_BYTES = 24,
  JOURNAL_CONTENT_MAX = 128 * 1024, /* bytes in a record: 64 KiB of body, and the block in front */
  /* in a record of JOURNAL_RECORDS */
  JOURNAL_RECORDS_BYTES_MAX = DELIVERY_RECORDS_MAX * (DELIVERY_RECORD_BYTES_MAX + 256) + 256
};

typedef enum {
  JOURNAL_DELIVER = 1,         /* this message is stored under this name */
  JOURNAL_FORGET = 2,          /* the message of this name is not to be put back: it was deleted, or not stored */
  JOURNAL_DELIVER_RECORDS = 3, /* as DELIVER; records of others are in front of the message */
  JOURNAL_RECORDS = 4,         /* records of others alone: the message has a file of its own */
  JOURNAL_UNDO = 5,            /* neither the message of this name nor its records are to be put back */
  JOURNAL_FORGET_RECORD = 6    /* the record of this name is not to be put back; the content is its place */
} JournalKind;

typedef struct JournalHeader {
  guint64 generation;     /* grows each time a segment starts afresh; records carry it */
  StoreIdentity identity; /* where it was written */
} JournalHeader;

typedef struct JournalRecord {
  JournalKind kind;
  const char *name; /* not terminated */
  gsize name_len;
  const guint8 *content;
  gsize content_len;
  const guint8 *records; /* those of others, as delivery_records_print() gives them */
  gsize records_len;
} JournalRecord;

typedef enum { JOURNAL_HEADER_NONE, JOURNAL_HEADER_VALID, JOURNAL_HEADER_NEWER } JournalHeaderState;

void journal_header_print(const JournalHeader *header, guint8 out[JOURNAL_HEADER_BYTES]);

/* NEWER: whole, but of a version this program does not know. */
JournalHeaderState journal_header_parse(const guint8 *bytes, gsize n_bytes, JournalHeader *out_header);

/* How much room a record takes, its padding included. */
gsize journal_record_bytes(gsize name_len, gsize content_len);

/* Prints what goes in front of a record's name and content; the content is given in parts. */
void journal_record_print_header(JournalKind kind, guint64 generation, const char *name, const struct iovec *content,
                                 guint n_parts, guint8 out[JOURNAL_RECORD_HEADER_BYTES]);

/* Reads the record at *offset of a segment and moves *offset behind it. FALSE: there is no whole record of this
 * generation, so the segment ends here. */
gboolean journal_record_parse(const guint8 *segment, gsize segment_bytes, guint64 generation, gsize *offset,
                              JournalRecord *out_record);
