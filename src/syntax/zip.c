#include "syntax/zip.h"
#include <string.h>
#include <zlib.h>

enum {
  SIGNATURE_FILE = 0x04034b50,
  SIGNATURE_ENTRY = 0x02014b50,
  SIGNATURE_END64 = 0x06064b50,
  SIGNATURE_LOCATOR64 = 0x07064b50,
  SIGNATURE_END = 0x06054b50,
  VERSION_PLAIN = 20,
  VERSION_ZIP64 = 45,
  MADE_ON_UNIX = 3 << 8,
  FILE_MODE = 0100644,
  FLAG_UTF8 = 1 << 11,
  EXTRA_ZIP64 = 1,
  END64_SIZE = 44,           /* of its record, behind the field that says so */
  LIMIT_16 = 0xFFFF,         /* "see the ZIP64 field" */
  DOS_TIME_MIN = 0x21 << 16, /* 1980-01-01 */
};
#define LIMIT_32 0xFFFFFFFFu

struct ZipWriter {
  GByteArray *entries; /* the central directory */
  guint64 n_files;
  guint64 offset; /* of what comes next */
};

ZipWriter *zip_writer_new(void) {
  ZipWriter *zip = g_new0(ZipWriter, 1);

  zip->entries = g_byte_array_new();
  return zip;
}

void zip_writer_free(ZipWriter *zip) {
  if (!zip)
    return;
  g_byte_array_unref(zip->entries);
  g_free(zip);
}

/* --- numbers, least byte first */

static void put(GByteArray *out, guint64 number, guint n_bytes) {
  for (guint i = 0; i < n_bytes; i++) {
    guint8 byte = (guint8)(number >> (8 * i));
    g_byte_array_append(out, &byte, 1);
  }
}

static void put16(GByteArray *out, guint64 number) {
  put(out, number, 2);
}

static void put32(GByteArray *out, guint64 number) {
  put(out, number, 4);
}

static void put64(GByteArray *out, guint64 number) {
  put(out, number, 8);
}

/* --- */

/* Date and time as MS-DOS has them (4.4.6). */
static guint32 dos_time(gint64 time_us) {
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
  int year = time ? g_date_time_get_year(time) : 0;

  if (year < 1980 || year > 2107)
    return DOS_TIME_MIN;
  guint32 date = (guint32)((year - 1980) << 9 | g_date_time_get_month(time) << 5 | g_date_time_get_day_of_month(time));
  guint32 clock = (guint32)(g_date_time_get_hour(time) << 11 | g_date_time_get_minute(time) << 5 |
                            g_date_time_get_second(time) / 2);
  return date << 16 | clock;
}

guint32 zip_checksum(guint32 checksum, const guint8 *bytes, gsize len) {
  return (guint32)crc32_z(checksum, bytes, len);
}

typedef struct Entry {
  const char *name;
  guint32 time;
  guint32 crc;
  guint64 size;
} Entry;

/* What a file's header and its entry in the list both say (4.3.7, 4.3.12), from the version needed on. */
static void put_common(GByteArray *out, const Entry *entry, gboolean is_64, guint extra_len) {
  gboolean is_large = entry->size >= LIMIT_32;

  put16(out, is_64 ? VERSION_ZIP64 : VERSION_PLAIN);
  put16(out, g_str_is_ascii(entry->name) ? 0 : FLAG_UTF8);
  put16(out, 0); /* stored */
  put32(out, entry->time);
  put32(out, entry->crc);
  put32(out, is_large ? LIMIT_32 : entry->size);
  put32(out, is_large ? LIMIT_32 : entry->size);
  put16(out, strlen(entry->name));
  put16(out, extra_len);
}

static void put_name(GByteArray *out, const Entry *entry) {
  g_byte_array_append(out, (const guint8 *)entry->name, (guint)strlen(entry->name));
}

static void put_sizes64(GByteArray *out, const Entry *entry) {
  put64(out, entry->size);
  put64(out, entry->size);
}

static void put_header(GByteArray *out, const Entry *entry) {
  gboolean is_large = entry->size >= LIMIT_32;

  put32(out, SIGNATURE_FILE);
  put_common(out, entry, is_large, is_large ? 20 : 0);
  put_name(out, entry);
  if (is_large) {
    put16(out, EXTRA_ZIP64);
    put16(out, 16);
    put_sizes64(out, entry);
  }
}

static void put_entry(GByteArray *out, const Entry *entry, guint64 offset) {
  gboolean is_large = entry->size >= LIMIT_32;
  gboolean is_far = offset >= LIMIT_32;
  guint fields_len = (is_large ? 16 : 0) + (is_far ? 8 : 0);

  put32(out, SIGNATURE_ENTRY);
  put16(out, MADE_ON_UNIX | VERSION_ZIP64);
  put_common(out, entry, fields_len > 0, fields_len > 0 ? 4 + fields_len : 0);
  put16(out, 0); /* comment */
  put16(out, 0); /* disk */
  put16(out, 0); /* internal attributes */
  put32(out, (guint64)FILE_MODE << 16);
  put32(out, is_far ? LIMIT_32 : offset);
  put_name(out, entry);
  if (fields_len > 0) {
    put16(out, EXTRA_ZIP64);
    put16(out, fields_len);
  }
  if (is_large)
    put_sizes64(out, entry);
  if (is_far)
    put64(out, offset);
}

GBytes *zip_writer_begin_file(ZipWriter *zip, const char *name, gint64 time_us, guint32 checksum, guint64 size) {
  const Entry entry = {
      .name = name,
      .time = dos_time(time_us),
      .crc = checksum,
      .size = size,
  };
  GByteArray *header = g_byte_array_new();

  put_header(header, &entry);
  put_entry(zip->entries, &entry, zip->offset);
  zip->n_files++;
  zip->offset += header->len + entry.size;
  return g_byte_array_free_to_bytes(header);
}

gsize zip_writer_list_bytes(const ZipWriter *zip) {
  return zip->entries->len;
}

GBytes *zip_writer_end(ZipWriter *zip) {
  GByteArray *out = g_steal_pointer(&zip->entries);
  guint64 list_size = out->len;
  guint64 list_end = zip->offset + list_size;

  zip->entries = g_byte_array_new();
  if (zip->n_files >= LIMIT_16 || list_end >= LIMIT_32) {
    put32(out, SIGNATURE_END64);
    put64(out, END64_SIZE);
    put16(out, MADE_ON_UNIX | VERSION_ZIP64);
    put16(out, VERSION_ZIP64);
    put32(out, 0); /* this disk */
    put32(out, 0); /* disk where the list begins */
    put64(out, zip->n_files);
    put64(out, zip->n_files);
    put64(out, list_size);
    put64(out, zip->offset);
    put32(out, SIGNATURE_LOCATOR64);
    put32(out, 0);
    put64(out, list_end);
    put32(out, 1); /* disks */
  }
  put32(out, SIGNATURE_END);
  put16(out, 0);
  put16(out, 0);
  put16(out, MIN(zip->n_files, LIMIT_16));
  put16(out, MIN(zip->n_files, LIMIT_16));
  put32(out, MIN(list_size, LIMIT_32));
  put32(out, MIN(zip->offset, LIMIT_32));
  put16(out, 0); /* comment */
  return g_byte_array_free_to_bytes(out);
}
