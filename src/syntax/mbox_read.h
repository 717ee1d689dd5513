#pragma once
/* Reads an mbox file in pieces of any size, mail by mail.
 *
 * A message begins behind a line "From SENDER DATE" with a blank line, or nothing, before it; the blank line before the
 * next such line, or before the end, is none of the message's. What looks like that line but has no date belongs to the
 * message. Of lines ">From " one ">" is taken away: in files of the kind mboxrd, whatever number of them there is, in
 * those of the kind mboxo, where there is just one. For messages of which no line has two, both are read the same.
 *
 * Owns: a reader the message under way.
 * Thread: any, one at a time.
 * Errors: none: bytes before the first message are dropped, a message that is too long comes without its bytes.
 * Units and limits: a separator has at most MBOX_LINE_MAX bytes, and so many of a line are looked at.
 * Source: RFC 4155; qmail's mbox(5) for mboxo and mboxrd. */
#include <glib.h>

enum { MBOX_LINE_MAX = 1024 };

typedef enum { MBOX_KIND_RD, MBOX_KIND_O } MboxKind;

typedef struct MboxReader MboxReader;

typedef struct MboxMail {
  GBytes *bytes; /* with the file's line ends; NULL: longer than what the reader takes */
  char *sender;  /* of its separator, a reverse-path; NULL: that names none */
} MboxMail;

void mbox_mail_clear(MboxMail *mail);

/* `mail_max` is in bytes; 0: none are kept. */
MboxReader *mbox_reader_new(MboxKind kind, gsize mail_max);
void mbox_reader_free(MboxReader *reader);

/* TRUE: a message is complete, the caller's to clear, and bytes from *out_taken on are still to be given. FALSE: all
 * were taken. */
gboolean mbox_reader_take(MboxReader *reader, const char *bytes, gsize len, gsize *out_taken, MboxMail *out_mail);

/* Nothing more comes. TRUE: there is a last message. */
gboolean mbox_reader_end(MboxReader *reader, MboxMail *out_mail);

/* What the file is likely to be, by what was read of it: a line ">>From " among lines quoted once is "From " quoted
 * twice in an mboxrd; among lines quoted twice, it was just so in the message. MBOX_KIND_RD where nothing tells. */
MboxKind mbox_reader_guess(const MboxReader *reader);

/* Whether a file that begins like this is an mbox. */
gboolean mbox_begins(const char *bytes, gsize len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MboxReader, mbox_reader_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MboxMail, mbox_mail_clear)
