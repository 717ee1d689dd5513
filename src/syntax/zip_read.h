#pragma once
/* Reads a ZIP archive front to back while it comes, as zip.h makes it: files that are stored, not compressed, and whose
 * length and checksum stand before them.
 *
 * Owns: a reader a file's header under way.
 * Thread: any, one at a time.
 * Errors: ZIP_READ_BROKEN, for archives of other kinds too; nothing is read behind it.
 * Units and limits: names have at most ZIP_NAME_MAX bytes. The list at an archive's end is not read.
 * Source: PKWARE APPNOTE.TXT 6.3.10: 4.3.7, 4.5.3. */
#include <glib.h>

enum { ZIP_NAME_MAX = 1024 };

typedef struct ZipReader ZipReader;

typedef enum {
  ZIP_READ_MORE,     /* all was taken */
  ZIP_READ_FILE,     /* one begins */
  ZIP_READ_CONTENT,  /* a piece of it */
  ZIP_READ_FILE_END, /* it is whole, and its checksum right */
  ZIP_READ_END,      /* no more files come */
  ZIP_READ_BROKEN
} ZipReadEvent;

typedef struct ZipPiece {
  const char *name; /* of the file; lent until the next begins */
  const char *bytes;
  gsize len;
} ZipPiece;

ZipReader *zip_reader_new(void);
void zip_reader_free(ZipReader *reader);

/* What comes next in the bytes, of which *out_taken were taken. Ask again with the rest until it is ZIP_READ_MORE;
 * with none left there may still be a ZIP_READ_FILE_END. */
ZipReadEvent zip_reader_take(ZipReader *reader, const char *bytes, gsize len, gsize *out_taken, ZipPiece *out_piece);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZipReader, zip_reader_free)
