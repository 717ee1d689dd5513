#pragma once
/* A ZIP archive made front to back, file by file, to be sent while it grows.
 *
 * A message can be read twice when its turn comes, so its length and checksum go before it, and readers that do not go
 * to the end of the archive first can read it too. Files are stored, not compressed: writing costs a checksum. ZIP64 is
 * used where numbers need it. libarchive writes the same, but brings 13 libraries, ICU among them, into every start of
 * the program; libzip and minizip want a file in which they can go back.
 *
 * Owns: a ZipWriter the list of files that an archive ends with.
 * Thread: any, one at a time.
 * Units and limits: the list takes 50 to 80 bytes a file and its name; how many files there may be is the caller's to
 *         say.
 * Source: PKWARE APPNOTE.TXT 6.3.10: 4.3.7, 4.3.12, 4.3.14-16, 4.4.4 (bit 11: names are UTF-8), 4.5.3. */
#include <glib.h>

typedef struct ZipWriter ZipWriter;

ZipWriter *zip_writer_new(void);
void zip_writer_free(ZipWriter *zip);

/* The checksum of content that comes in pieces; that of none is 0. */
guint32 zip_checksum(guint32 checksum, const guint8 *bytes, gsize len);

/* What to send before the bytes of a file. `name` is UTF-8, at most 65,535 bytes, without directories; `time_us` is
 * kept in UTC, to two seconds. The caller unrefs. */
GBytes *zip_writer_begin_file(ZipWriter *zip, const char *name, gint64 time_us, guint32 checksum, guint64 size);

/* How long the list has become that the archive ends with. */
gsize zip_writer_list_bytes(const ZipWriter *zip);

/* How the archive ends. The caller unrefs. */
GBytes *zip_writer_end(ZipWriter *zip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ZipWriter, zip_writer_free)
