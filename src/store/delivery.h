#pragma once
/* One message on its way into the Maildir: what the loop thread hands to the committer, and gets back.
 *
 * Owns: its strings and bytes.
 * Thread: whoever has it; it is handed over whole.
 * Errors: `error` says why the message is not stored.
 * Units and limits: content of small messages at most as the inbox lets into memory, plus the block.
 * Source: docs/storage.md. */
#include <glib.h>

/* `id` is NULL when `error` (INBOX_ERROR) is set. Both are lent for the call. */
typedef void (*DeliveryDone)(const char *id, const GError *error, gpointer user_data);

typedef struct Delivery Delivery;
struct Delivery {
  Delivery *next; /* for queues */
  char *id;
  char *file_name; /* in new/ */
  char *tmp_name;  /* in tmp/: a file written and synced already; NULL: a small message, whose bytes are these: */
  GString *block;
  GByteArray *body;
  guint64 n_bytes;    /* of the file */
  GPtrArray *records; /* DeliveryRecord: of others, stored with it; NULL: none */
  GError *error;
  DeliveryDone done;
  gpointer user_data;
  struct Handover *handover; /* to the index, which learns of it before it is reported; NULL: none */
  /* private to the committer */
  int fd; /* the file in tmp/ while it is needed; -1: none */
  gboolean journalled;
  /* private to pacing */
  gint64 held_since_us;
};

/* Takes the id. The rest is for the caller to fill. */
Delivery *delivery_new(char *id, DeliveryDone done, gpointer user_data);
void delivery_free(Delivery *delivery);

/* Forgets the bytes; they are in the file. */
void delivery_drop_bytes(Delivery *delivery);

/* Loop thread: reports and frees. */
void delivery_report(Delivery *delivery);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Delivery, delivery_free)
