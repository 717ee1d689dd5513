#pragma once
/* Whether journal, index, UID file and Maildir agree. Nothing is changed.
 *
 * Thread: any; goes through all messages before it returns.
 * Errors: INBOX_ERROR: INVALID for what is not a Maildir, FAILED where a server has it open or something cannot
 *         be read.
 * Units and limits: the names of all messages are kept in memory.
 * Source: docs/storage.md. */
#include <glib.h>

typedef enum {
  STORE_PART_MAILDIR, /* nothing can be done about it */
  STORE_PART_JOURNAL, /* the next start puts it right */
  STORE_PART_INDEX,   /* the next comparison puts it right */
  STORE_PART_UIDS,    /* the index has to be made again, when all it has is in the file */
  STORE_PART_DAMAGE   /* the index has to be made again */
} StorePart;

/* What differs, in one line. */
typedef void (*StoreFound)(StorePart part, const char *text, gpointer user_data);

typedef struct StoreChecked {
  guint64 n_messages;
  gboolean has_journal;
  gboolean has_index;
} StoreChecked;

gboolean store_check(const char *place, StoreFound found, gpointer user_data, StoreChecked *out_checked,
                     GError **error);
