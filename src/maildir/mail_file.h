#pragma once
/* The file of one message: where it lies, what its name says, what is in it.
 *
 * Owns: a MailFile its name.
 * Thread: any.
 * Errors: INBOX_ERROR; NOT_FOUND when the message is not there under this name (any more): others rename messages.
 * Units and limits: a message is read as far as INBOX_WHOLE_BYTES_MAX.
 * Source: maildir(5), "info"; docs/storage.md, "Names and flags". */
#include "inbox/mail.h"
#include "maildir/maildir.h"
#include <glib.h>

enum { MAIL_FILE_PIECE_BYTES = 64 * 1024 };

typedef enum { MAIL_DIRECTORY_NEW, MAIL_DIRECTORY_CUR } MailDirectory;

typedef enum {
  MAIL_FLAG_SEEN = 1 << 0,
  MAIL_FLAG_FLAGGED = 1 << 1,
} MailFlags;

typedef struct MailFile {
  MailDirectory directory;
  char *name;
} MailFile;

/* "new", "cur" */
const char *mail_file_directory_name(MailDirectory directory);

void mail_file_clear(MailFile *file);

/* What the message of this name (maildir_id_length() bytes) is called: the same where it needs no escaping in addresses
 * of the web, else "x-" and 32 hexadecimal digits. The caller frees. */
char *mail_file_id(const char *file_name);

/* Messages in new/ have no flags, whatever their name. */
MailFlags mail_file_flags(const MailFile *file);

/* The file a message with these flags is to have; other flags than those of MailFlags stay. A message that was in cur/
 * stays there, and one without flags in new/. */
MailFile mail_file_with_flags(const MailFile *file, MailFlags flags);

int mail_file_directory_fd(const Maildir *maildir, MailDirectory directory);
gboolean mail_file_exists(const Maildir *maildir, const MailFile *file);

/* When the message came by its name; 0: that does not say. */
gint64 mail_file_time_in_name(const char *name);

/* When the message came: by the name where it says so, else by the time it was written, `*out_written_us`. FALSE: it is
 * not there. */
gboolean mail_file_times(const Maildir *maildir, const MailFile *file, gint64 *out_received_us, gint64 *out_written_us);

/* Opens the file for reading, for those who send it without having all of it in memory. What is opened is a regular
 * file of the Maildir: no link is followed, and nothing is waited for. `*out_size` is how long it was at that moment:
 * others may cut it, so reading can end before. The caller owns the descriptor, and closes it. -1: *error is set. */
int mail_file_open(const Maildir *maildir, const MailFile *file, guint64 *out_size, GError **error);

/* A piece of a file. */
typedef void (*MailFileFunc)(const char *bytes, gsize n_bytes, gpointer user_data);

/* Reads it in pieces of MAIL_FILE_PIECE_BYTES; `*out_n_left` is what a file has beyond INBOX_WHOLE_BYTES_MAX. It
 * is not mapped: a file that others cut ends there, and with a mapped one this program would end. */
gboolean mail_file_each_piece(const Maildir *maildir, const MailFile *file, MailFileFunc func, gpointer user_data,
                              guint64 *out_n_left, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailFile, mail_file_clear)
