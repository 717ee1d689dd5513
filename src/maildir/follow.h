#pragma once
/* What other programs do in new/ and cur/, as it happens.
 *
 * Owns: a descriptor where the system has such a thing.
 * Thread: one.
 * Errors: none: where the system tells less, or nothing, one is told to look oneself.
 * Units and limits: what the system keeps unread (Linux: 16,384 changes); beyond that FOLLOW_LOST.
 * Source: inotify(7); kqueue(2), EVFILT_VNODE; else the directories' times are compared each second. */
#include "maildir/mail_file.h"

typedef enum {
  FOLLOW_APPEARED, /* there is a file of this name now, maybe under another one before */
  FOLLOW_GONE,     /* and now there is none, maybe under another one now */
  FOLLOW_WRITTEN,  /* somebody wrote to it */
  FOLLOW_LOST      /* something changed: compare all. There is no file then */
} FollowKind;

enum { FOLLOW_POLL_MS = 1000 };

typedef struct Follow Follow;

typedef void (*FollowChanged)(FollowKind kind, const MailFile *file, gpointer user_data);

/* `changed` is called by follow_read(). Never NULL. */
Follow *follow_new(const Maildir *maildir, FollowChanged changed, gpointer user_data);
void follow_free(Follow *follow);

/* Readable when there is something to be told; -1: call follow_read() every FOLLOW_POLL_MS. */
int follow_fd(const Follow *follow);

/* Tells all that has happened. */
void follow_read(Follow *follow);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Follow, follow_free)
