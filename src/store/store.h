#pragma once
/* The keeper of the messages in a Maildir: journal, files and index.
 *
 * Owns: all of them.
 * Thread: the loop thread. Nothing blocks it.
 * Errors: INBOX_ERROR; what store_open() fails with also says what to do.
 * Source: docs/storage.md. */
#include "inbox/keeper.h"
#include "maildir/follow.h"
#include "maildir/maildir.h"

/* Fewer are deleted sooner one by one. */
enum { STORE_ASIDE_MESSAGES = 2000 };

typedef struct Store Store;

typedef enum {
  STORE_SYNC_ALWAYS, /* a message is on disk before its delivery is reported */
  STORE_SYNC_NONE    /* a message is with the operating system; a power cut may lose it */
} StoreSync;

/* What tags a message by itself when it arrives. */
typedef enum {
  STORE_AUTO_TAGS_ALL,
  STORE_AUTO_TAGS_X_TAGS, /* the field X-Tags */
  STORE_AUTO_TAGS_PLUS,   /* the addresses it went to: bob+tag@example.com */
  STORE_AUTO_TAGS_OFF
} StoreAutoTags;

typedef struct StoreOptions {
  const char *directory; /* NULL: the current one */
  MaildirMaking making;
  const char *const *places; /* of records that messages may bring, ending with NULL; must outlive it; NULL: none */
  gboolean visits;           /* see store_open() */
  StoreSync sync;
  StoreAutoTags auto_tags;
  guint file_mode;      /* of all files, as chmod() takes it; 0: the rights to read and write of new/, less the umask */
  Followers *followers; /* of the process; NULL: the store has some of its own */
  guint64 aside_messages; /* from so many on, all are deleted together; 0: STORE_ASIDE_MESSAGES */
} StoreOptions;

/* The keeper, or NULL with an error, which is borrowed. `n_recovered` is the number of messages put back from a
 * journal.
 */
typedef void (*StoreOpened)(InboxKeeper *keeper, guint n_recovered, const GError *error, gpointer user_data);

/* Opens the Maildir, makes it when the directory does not exist, and recovers what a crash left half done. That is done
 * on a thread of the crew; `opened` follows on the loop thread, never before this returns. `queue` must outlive the
 * keeper, and what the options point to must last until `opened`.
 *
 * Who visits is a guest: the Maildir has to exist, may be one that cannot be written, and others may have it open, a
 * server too. Nothing is written there but what is asked for, and what lists need where that is possible and nobody
 * else does. Answers are about all messages that are there, however long it takes to look through them. */
void store_open(const StoreOptions *options, LoopQueue *queue, StoreOpened opened, gpointer user_data);

/* The same for a program that has nothing else to do: turns the loop until it is open. `out_recovered` may be NULL. */
InboxKeeper *store_open_now(const StoreOptions *options, LoopQueue *queue, guint *out_recovered, GError **error);

/* How many files of messages that are stored a store keeps open at most, where the process may open `limit` files. */
guint store_held_descriptors(guint64 limit);
