#pragma once
/* What other programs do in new/ and cur/, as it happens. All inboxes of a process share one descriptor for it.
 *
 * Owns: the Followers a descriptor where the system has such a thing; each Follow what was told of its Maildir and not
 *         yet read.
 * Thread: Followers are made and freed by the loop thread, which waits for their descriptor; a Follow is one thread's
 *         at a time.
 * Errors: none: where the system tells less, or nothing, one is told to look oneself.
 * Units and limits: what the system keeps unread (Linux: 16,384 changes), and FOLLOW_KEPT_MAX for each Maildir; beyond
 *         that FOLLOW_LOST. The descriptor is looked at every FOLLOW_PAUSE_MS at most.
 * Source: inotify(7); kqueue(2), EVFILT_VNODE; else the directories' times are compared each second. */
#include "base/job.h"
#include "maildir/mail_file.h"

typedef enum {
  FOLLOW_APPEARED, /* there is a file of this name now, maybe under another one before */
  FOLLOW_GONE,     /* and now there is none, maybe under another one now */
  FOLLOW_WRITTEN,  /* somebody wrote to it */
  FOLLOW_LOST      /* something changed: compare all. There is no file then */
} FollowKind;

enum { FOLLOW_POLL_MS = 1000, FOLLOW_PAUSE_MS = 20, FOLLOW_KEPT_MAX = 16 * 1024 };

typedef struct Followers Followers;
typedef struct Follow Follow;

typedef struct FollowEvents {
  void (*changed)(FollowKind kind, const MailFile *file, gpointer user_data); /* called by follow_read() */
  JobFunc stirred; /* any thread: there is something to read. May give a job to a strand, and no more */
  gpointer user_data;
} FollowEvents;

Followers *followers_new(LoopQueue *queue);

/* A Follow may still be there; it is told nothing more by itself. NULL is fine. */
void followers_free(Followers *followers);

/* Never NULL. */
Follow *follow_new(Followers *followers, const Maildir *maildir, const FollowEvents *events);
void follow_free(Follow *follow);

/* FALSE: call follow_read() every FOLLOW_POLL_MS. */
gboolean follow_is_told(const Follow *follow);

/* Tells all that has happened. */
void follow_read(Follow *follow);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Follow, follow_free)
