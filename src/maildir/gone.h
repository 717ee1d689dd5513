#pragma once
/* Directories of messages that were put aside as a whole: `dsmtpd.gone-<number>` in the Maildir, with a new/ and a cur/
 * that changed places with those of the Maildir. Its name does not begin with a dot, so that nobody takes it for a
 * folder of a Maildir++.
 *
 * Owns: a Gone its descriptors; what is on disk stays until it is removed.
 * Thread: gone_exchange() and gone_undo() are for whoever may call maildir_replace(); the rest any, one at a time.
 * Errors: INBOX_ERROR. Where the system cannot exchange directories, or the new ones could not be like those that are
 *         there (owner, rights, lists of rights), gone_make() says so and leaves nothing behind.
 * Units and limits: GONE_MAX at a time.
 * Source: docs/storage.md, "Deleting all". */
#include "maildir/mail_file.h"
#include <dirent.h>

enum { GONE_MAX = 1000 };

typedef struct Gone {
  Maildir *maildir;
  const StoreIo *io;
  char *name;
  int dir_fd;
  int fds[2]; /* of its own new/ and cur/; -1: it is not there */
} Gone;

/* Makes one with two empty directories. */
Gone *gone_make(Maildir *maildir, const StoreIo *io, GError **error);

/* The names of those that are there, and one of them. NULL: it is not a directory, or cannot be opened. */
GPtrArray *gone_names(const Maildir *maildir);
Gone *gone_open(Maildir *maildir, const StoreIo *io, const char *name);

/* NULL is fine. */
void gone_close(Gone *gone);

/* The Maildir gets the directory in here, and this one what the Maildir had. */
gboolean gone_exchange(Gone *gone, MailDirectory directory, GError **error);

/* Gives everything back: directories that have something in them change places again, and what other programs
 * delivered in between comes along. */
gboolean gone_undo(Gone *gone, GError **error);

/* FALSE: the directory itself, or the one above. Hidden files count. */
gboolean gone_is_inside(const struct dirent *entry);

/* Gives one file back, whatever its name. FALSE with errno. */
gboolean gone_give_back(const Gone *gone, MailDirectory directory, const char *file_name);

/* Removes its directories and itself, all of which have to be empty. FALSE with errno: one is not. */
gboolean gone_remove_directories(Gone *gone);
gboolean gone_remove(const Gone *gone);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Gone, gone_close)
