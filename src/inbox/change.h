#pragma once
/* A change somebody asks for: marks, tags, deleting, also of rejected attempts.
 *
 * Owns: an InboxChange what its fields point to.
 * Thread: whoever has it.
 * Units and limits: IDs of no message are left out. Tags have at most INBOX_TAG_BYTES_MAX bytes of
 *         [A-Za-z0-9 ._@-], a message at most INBOX_TAGS_MAX of them.
 * Source: Mailpit's API, whose clients rely on these characters. */
#include "syntax/search_query.h"
#include <glib.h>

enum { INBOX_TAG_BYTES_MAX = 100, INBOX_TAGS_MAX = 100 };

/* Which messages: `ids` (char *), else what `query` finds, else all. */
typedef struct InboxSelection {
  GPtrArray *ids;
  SearchQuery *query;
} InboxSelection;

typedef enum {
  INBOX_MARK_READ = 1 << 0,
  INBOX_MARK_FLAGGED = 1 << 1,
} InboxMarks;

typedef enum {
  INBOX_CHANGE_MARK,          /* `selection`, `set`, `clear` */
  INBOX_CHANGE_DELETE,        /* `selection` */
  INBOX_CHANGE_SET_TAGS,      /* `selection`, `tags` in place of those the messages have */
  INBOX_CHANGE_TAGS,          /* `selection`, `tags` to be added, after `tags_off` were removed */
  INBOX_CHANGE_RENAME_TAG,    /* `name`, `new_name`; NOT_FOUND, EXISTS; INVALID: the new name has other characters */
  INBOX_CHANGE_REMOVE_TAG,    /* `name`; NOT_FOUND */
  INBOX_CHANGE_CLEAR_ATTEMPTS /* of rejected attempts, all; the numbers of later ones continue */
} InboxChangeKind;

#define INBOX_CHANGES_N (INBOX_CHANGE_CLEAR_ATTEMPTS + 1)

typedef struct InboxChange {
  InboxChangeKind kind;
  InboxSelection selection;
  InboxMarks set;
  InboxMarks clear;
  GPtrArray *tags; /* char * */
  GPtrArray *tags_off;
  char *name;
  char *new_name;
} InboxChange;

void inbox_change_free(InboxChange *change);

/* The tags that these names make: other characters become spaces, names alike but for their case are one; sorted. */
GPtrArray *inbox_tags_clean(const GPtrArray *names);

/* On the loop thread. `n_changed` is how many messages were, whether there is an error or not. The events come before.
 * `error` is borrowed. */
typedef void (*InboxChanged)(guint64 n_changed, const GError *error, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InboxChange, inbox_change_free)
