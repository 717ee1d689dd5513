#pragma once
/* Between memory_mails.c, which holds messages and reads them, and memory_change.c, which changes them.
 *
 * Thread: that of the MemoryMails. */
#include "memory/memory_mails.h"
#include "message/searchable.h"

/* Messages that answer each other. */
typedef struct MemoryThread {
  guint64 number; /* the smallest cursor of its messages there was when they were joined */
  guint n_messages;
  InboxCursor newest;
} MemoryThread;

typedef struct MemoryMail {
  InboxMail *mail; /* replaced by each change */
  MemoryThread *thread;
  GBytes *bytes;
  GString *texts[SEARCHABLE_N];
  char *transcript; /* NULL: not kept */
  gsize n_bytes;    /* that it counts */
  gboolean is_selected;
} MemoryMail;

struct MemoryMails {
  MemoryLimits limits;
  InboxTotals totals;
  guint64 held_bytes;
  guint32 last_uid;
  GPtrArray *all;          /* MemoryMail *, in the order of their cursors */
  GHashTable *by_id;       /* char * of the mail -> MemoryMail * */
  GHashTable *threads;     /* guint64 * -> MemoryThread *, which owns the key */
  GHashTable *thread_keys; /* char *: a message ID -> MemoryThread * */
  GQueue attempts;         /* InboxAttempt *, the newest first */
  guint64 n_attempts_ever;
};

static inline MemoryMail *memory_mail_at(const MemoryMails *mails, guint i) {
  return g_ptr_array_index(mails->all, i);
}

gboolean memory_mails_match(const MemoryMails *mails, const MemoryMail *one, const SearchQuery *query);

/* A copy, to be changed before anybody else has it. */
InboxMail *memory_mail_copy(const InboxMail *mail);

/* Puts another in its place, which is taken. */
void memory_mail_replace(MemoryMail *one, InboxMail *mail);

/* Counts bytes that are to be held. FALSE: there is no room for them. */
gboolean memory_mails_reserve(MemoryMails *mails, gsize n_bytes);

/* Takes out the messages that are selected. */
void memory_mails_remove_selected(MemoryMails *mails);
