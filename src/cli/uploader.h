#pragma once
/* Stores messages in the target, several at a time: each waits for the disk, which can sync many at once.
 *
 * Owns: UPLOADER_LANES connections.
 * Thread: the main thread, which waits in the target's loop.
 * Errors: CLI_ERROR for what ends the whole: a server that does not answer, a full disk; the first one stays. What is
 *         wrong with one message goes to `done`.
 * Units and limits: UPLOADER_LANES messages in memory.
 * Source: docs/api.md, "Messages as files". */
#include "cli/target.h"

enum { UPLOADER_LANES = 16 };

typedef struct Uploader Uploader;

/* The result for a message: its ID, or why it was rejected. All is lent. Called from within the functions below. */
typedef void (*UploadDone)(const char *id, const char *trouble, gpointer item, gpointer user_data);

/* `target` is lent; items are freed by `free_item`. */
Uploader *uploader_new(Target *target, UploadDone done, GDestroyNotify free_item, gpointer user_data);

/* Drops what is under way; then `done` is not called for it. NULL is fine. */
void uploader_free(Uploader *uploader);

/* Waits until there is room and sends the message to this path (client_path()). Takes the item. FALSE: it was not sent.
 */
gboolean uploader_put(Uploader *uploader, const char *path, GBytes *bytes, gpointer item, GError **error);

/* Waits for all that is under way. FALSE: some of it came to nothing. */
gboolean uploader_finish(Uploader *uploader, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Uploader, uploader_free)
