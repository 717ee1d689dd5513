#pragma once
/* One Maildir: its directories, its locks, the names of messages, and what is in it.
 *
 * Owns: descriptors of the directory and of tmp/, new/ and cur/; the locks on the directory, which keeps a second
 * server out, on cur/, which keeps the index to one, and on tmp/, which tells the next server that this one is ending.
 * Thread: opened and closed by the loop thread; maildir_next_id() there only. maildir_replace() is the committer's, and
 *         changes what the descriptors lead to, not their numbers; the fields do not change in between, so everything
 *         else may be called by any thread.
 * Errors: INBOX_ERROR.
 * Units and limits: names of up to MAILDIR_NAME_MAX bytes.
 * Source: maildir(5) and cr.yp.to/proto/maildir.html; docs/storage.md. */
#include "maildir/io.h"
#include <dirent.h>
#include <glib.h>

enum { MAILDIR_NAME_MAX = 200 };

/* In which directories the missing ones of tmp/, new/ and cur/ may be made. A path where nothing is becomes a Maildir
 * in any case. */
typedef enum {
  MAILDIR_MAKE_NOTHING,  /* none: a wrong path must not fill somebody's directory with mail */
  MAILDIR_MAKE_IN_EMPTY, /* those that hold nothing, or nothing but what a Maildir begins with */
  MAILDIR_MAKE_ANYWHERE  /* all */
} MaildirMaking;

typedef struct Maildir {
  char *path;      /* absolute, for people */
  char *real_path; /* the same without links, as it was when it was opened: what has to be opened by a path */
  char *host;      /* the name of this machine, as the system gives it */
  int dir_fd;
  int tmp_fd;
  int new_fd;
  int cur_fd;
  mode_t file_mode;     /* of every file that is made here */
  gboolean is_visited;  /* opened by maildir_visit() */
  gboolean is_writable; /* the directory itself; a kept one has been tried */
  /* private */
  struct {
    dev_t device;
    ino_t number;
  } identities[4]; /* of what dir_fd, tmp_fd, new_fd and cur_fd are open on; the committer's */
  MaildirMaking making;
  char *host_in_names;
  gboolean sets_mode; /* the umask would take bits of file_mode away */
  pid_t pid;
  gint64 opened_us; /* real time: a number of a process may come again */
  guint counter;
} Maildir;

/* Opens the Maildir at `place` to store messages. NULL is the current directory, in which missing directories are made
 * whatever `making` says. INVALID: the path exists, but is not a Maildir and may not become one; it was left as it was.
 */
Maildir *maildir_open(const char *place, MaildirMaking making, const StoreIo *io, GError **error);

/* Opens a Maildir that is there, be it writable or not, and whoever has it open. Nothing is made and no lock taken. */
Maildir *maildir_visit(const char *place, GError **error);

void maildir_close(Maildir *maildir);

/* The mode of files, whatever new/ and the umask say: for whoever opened it, before it is used. */
void maildir_set_file_mode(Maildir *maildir, mode_t mode);

/* Makes a file of that mode in the directory itself or in tmp/, which must not have one of this name; `access` is
 * O_WRONLY or O_RDWR. -1 with errno. */
int maildir_create(const Maildir *maildir, const StoreIo *io, int directory_fd, const char *name, int access);

/* FALSE: the path does not lead to the directories that are open, for somebody removed, moved or replaced them. */
gboolean maildir_is_in_place(const Maildir *maildir);

/* Opens what is at the path now, as maildir_open() or maildir_visit() did, but makes no directory where there is none.
 * `*out_is_elsewhere` FALSE: the directory is the same, of which this process has the lock already, and only
 * directories in it are others.
 */
Maildir *maildir_reopen(const Maildir *maildir, const StoreIo *io, gboolean *out_is_elsewhere, GError **error);

/* Makes the descriptors of a Maildir lead where those of `by` do. Their numbers stay, so that threads that use them go
 * on there. */
gboolean maildir_replace(Maildir *maildir, const Maildir *by, gboolean is_elsewhere, GError **error);

/* Exchanges new/ or cur/, `name`, for the directory of that name in another one, which `there_fd` is open on. The
 * descriptor of the Maildir leads to that from then on, and keeps its number. FALSE with errno: nothing was changed.
 * For whoever may call maildir_replace(). */
gboolean maildir_exchange(Maildir *maildir, const StoreIo *io, const char *name, int aside_fd, int there_fd);

/* Resolves the path again, for it may lead elsewhere by now. real_path is the updater's while there is one. */
void maildir_resolve(Maildir *maildir);

/* The right to store messages here as a server does, with a journal; maildir_open() takes it. FALSE: somebody has it.
 */
gboolean maildir_take_messages(const Maildir *maildir);
void maildir_give_messages(const Maildir *maildir);

/* Says that this server is about to close the Maildir: one that opens it in the meantime waits for that. */
void maildir_leave(const Maildir *maildir);

/* TRUE: a server has this Maildir open. */
gboolean maildir_is_served(const Maildir *maildir);

/* The right to write to the index on disk; a server waits until visitors gave it back. FALSE: somebody has it. */
gboolean maildir_take_index(const Maildir *maildir);
void maildir_give_index(const Maildir *maildir);

/* How names of messages have the name of this machine: of [A-Za-z0-9._~-] alone, others as "~" and two hexadecimal
 * digits, so that the name of a message can be its ID everywhere. The caller frees. */
char *maildir_host_in_names(const char *host);

/* A name no other message has or will have, of the same characters, without what maildir(5) lets follow a comma: its
 * ID. The caller frees. */
char *maildir_next_id(Maildir *maildir);

/* A file's name in new/, made of the message's id and the size of the file. The caller frees. */
char *maildir_file_name(const char *id, guint64 size_bytes);

/* TRUE when `name` is of the form names of messages have, so cannot lead out of a directory. Need not be terminated. */
gboolean maildir_name_is_sane(const char *name, gsize len);

/* How much of a file's name says which mail it is: all in front of the first comma or colon. Mail programs change what
 * follows. */
gsize maildir_id_length(const char *file_name);

/* Which of the names of maildir_next_id() this is, counted from 1; 0: it was made by another program or run. */
guint maildir_count_in_name(const Maildir *maildir, const char *file_name);

/* The names in a directory, one after the other: to be closed by closedir(). NULL: it cannot be read. Messages are all
 * names that do not begin with a dot. */
DIR *maildir_list(int directory_fd, GError **error);

/* Calls `found` for each message in a directory, until it returns FALSE. FALSE when the directory cannot be read. */
typedef gboolean (*MaildirFound)(const char *file_name, gpointer user_data);
gboolean maildir_for_each(int directory_fd, MaildirFound found, gpointer user_data, GError **error);

/* Removes files that nobody touched in tmp/ for 36 hours. Best effort. `*cancelled`, set by any thread, ends it. */
void maildir_sweep_tmp(const Maildir *maildir, const StoreIo *io, const gint *cancelled);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Maildir, maildir_close)
