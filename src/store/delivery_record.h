#pragma once
/* A record of others that becomes durable with a message or not at all: a job that is to leave, say. Its owner names a
 * place, a directory dsmtpd.<place> next to the journal, and finds there one file for each record.
 *
 * Owns: a DeliveryRecord its strings and bytes.
 * Thread: whoever has it; it goes with its Delivery.
 * Errors: INBOX_ERROR.
 * Units and limits: DELIVERY_RECORDS_MAX for a message, of DELIVERY_RECORD_BYTES_MAX each. A place has 1 to
 * DELIVERY_PLACE_MAX lower-case letters; a name is one that maildir_name_is_sane() accepts, and is never used again.
 * Source: docs/storage.md, "Records of others". */
#include <glib.h>

enum { DELIVERY_RECORDS_MAX = 16, DELIVERY_RECORD_BYTES_MAX = 128 * 1024, DELIVERY_PLACE_MAX = 32 };

typedef struct DeliveryRecord {
  char *place;
  char *name;
  GBytes *bytes;
  /* private to the committer */
  char *tmp_name; /* in tmp/ while it is there; else NULL */
  int fd;         /* -1: not open */
  gboolean is_shown;
} DeliveryRecord;

/* All lent for the call. */
DeliveryRecord *delivery_record_new(const char *place, const char *name, GBytes *bytes);
void delivery_record_free(DeliveryRecord *record);

/* Adds a record to the array of a delivery, which is made when it is NULL. FALSE (INVALID) when there are as many as
 * may be, it is too large or of a wrong name, or its place is not among `places`, which end with NULL. */
gboolean delivery_records_add(GPtrArray **records, const char *const *places, const char *place, const char *name,
                              GBytes *bytes, GError **error);

/* "place/name" */
char *delivery_record_key(const char *place, const char *name);

/* One record as it stands in a journal; not terminated, lent. */
typedef struct DeliveryRecordView {
  const char *place;
  gsize place_len;
  const char *name;
  gsize name_len;
  const guint8 *bytes;
  gsize n_bytes;
} DeliveryRecordView;

/* How they stand in a journal, and how long that is. The caller frees. */
GByteArray *delivery_records_print(const GPtrArray *records);
gsize delivery_records_bytes(const GPtrArray *records);

/* How many of the bytes records take that begin here; 0: there are none, or they are not whole and valid. */
gsize delivery_records_length(const guint8 *bytes, gsize n_bytes);

/* Steps through what delivery_records_length() accepted; *offset is 0 at first. FALSE at the end. */
gboolean delivery_records_next(const guint8 *bytes, gsize n_bytes, gsize *offset, DeliveryRecordView *out_record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DeliveryRecord, delivery_record_free)
