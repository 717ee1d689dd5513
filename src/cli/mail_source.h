#pragma once
/* Messages from files, one after the other: message files, mbox files, Maildirs, directories of such files, standard
 * input.
 *
 * A file that begins with the separator of an mbox is one, unless it is called *.eml; any other is one message. A
 * Maildir gives those in new/ and cur/ in the order of their names, with their flags; another directory its files
 * *.eml and *.mbox.
 *
 * Owns: the file that is read.
 * Thread: the main thread; reading blocks.
 * Errors: CLI_ERROR, in one line that begins with the file's name; what follows can still be read.
 * Units and limits: a message has at most SOURCE_MAIL_MAX bytes, as in the API; of an mbox only the message that is
 *         read is in memory.
 * Source: maildir(5); syntax/mbox_read.h. */
#include "base/found.h"
#include "cli/command.h"

enum { SOURCE_MAIL_MAX = 64 * 1024 * 1024 };

typedef struct MailSource MailSource;

/* What a word of the command line turned out to be. */
typedef enum {
  SOURCE_KIND_MAIL,
  SOURCE_KIND_MBOXRD,
  SOURCE_KIND_MBOXO,
  SOURCE_KIND_MAILDIR,
  SOURCE_KIND_DIRECTORY
} SourceKind;

typedef struct SourceMail {
  GBytes *bytes;
  char *name;   /* for people: "box: message 3" */
  char *sender; /* a reverse-path; NULL: that of the message */
  gboolean is_read;
  gboolean is_flagged;
  guint word; /* the place of the word it came from */
} SourceMail;

void source_mail_free(SourceMail *mail);

MailSource *mail_source_new(void);
void mail_source_free(MailSource *source);

/* Adds what the next word names: a path, or "-". FALSE: there is nothing that can be read. */
gboolean mail_source_add(MailSource *source, const char *word, GError **error);

/* The next mail, which is the caller's. FOUND_NOTHING: it was the last; FOUND_FAILED: something went wrong on the way
 * to it, and there may be more. `*out_word` is where, but for FOUND_NOTHING. */
Found mail_source_next(MailSource *source, SourceMail **out_mail, guint *out_word, GError **error);

/* Known when its messages have been read. */
SourceKind mail_source_kind(const MailSource *source, guint word);

/* Bytes of all files, as far as that is known, and of those that were read. */
guint64 mail_source_total(const MailSource *source);
guint64 mail_source_done(const MailSource *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailSource, mail_source_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SourceMail, source_mail_free)
