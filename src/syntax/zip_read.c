#include "syntax/zip_read.h"
#include <string.h>
#include <zlib.h>

enum {
  SIGNATURE_FILE = 0x04034b50,
  SIGNATURE_ENTRY = 0x02014b50,
  SIGNATURE_END = 0x06054b50,
  EXTRA_ZIP64 = 1,
  EXTRA_MAX = 256,
  HEADER_BYTES = 30,
  AT_FLAGS = 6,
  AT_METHOD = 8,
  AT_CRC = 14,
  AT_STORED_SIZE = 18,
  AT_SIZE = 22,
  AT_NAME_LEN = 26,
  AT_EXTRA_LEN = 28
};
#define LIMIT_32 0xFFFFFFFFu

typedef enum { STATE_SIGNATURE, STATE_HEADER, STATE_CONTENT, STATE_END, STATE_BROKEN } ReaderState;

struct ZipReader {
  ReaderState state;
  GByteArray *header;
  char *name;
  guint32 crc; /* that the header says */
  guint32 crc_so_far;
  guint64 left_bytes;
};

ZipReader *zip_reader_new(void) {
  ZipReader *reader = g_new0(ZipReader, 1);

  reader->header = g_byte_array_new();
  return reader;
}

void zip_reader_free(ZipReader *reader) {
  if (!reader)
    return;
  g_byte_array_unref(reader->header);
  g_free(reader->name);
  g_free(reader);
}

/* Least byte first. */
static guint64 number_at(const GByteArray *bytes, gsize at, guint n_bytes) {
  guint64 number = 0;

  for (guint i = n_bytes; i > 0; i--)
    number = number << 8 | bytes->data[at + i - 1];
  return number;
}

/* Collects until the header has `wanted` bytes. FALSE: it has not. */
static gboolean collect(ZipReader *reader, gsize wanted, const char *bytes, gsize len, gsize *taken) {
  gsize n = MIN(wanted - MIN(reader->header->len, wanted), len - *taken);

  g_byte_array_append(reader->header, (const guint8 *)bytes + *taken, (guint)n);
  *taken += n;
  return reader->header->len >= wanted;
}

static ZipReadEvent end_with(ZipReader *reader, ReaderState state) {
  reader->state = state;
  return state == STATE_END ? ZIP_READ_END : ZIP_READ_BROKEN;
}

/* The length of what is 4 GiB or more stands in a field of its own (4.5.3). */
static gboolean read_size(const GByteArray *header, gsize extra_at, guint64 *out_size) {
  gsize extra_len = header->len - extra_at;
  guint64 stored_size = number_at(header, AT_STORED_SIZE, 4);

  *out_size = number_at(header, AT_SIZE, 4);
  if (*out_size != LIMIT_32)
    return stored_size == *out_size;
  if (stored_size != LIMIT_32 || extra_len < 20 || number_at(header, extra_at, 2) != EXTRA_ZIP64)
    return FALSE;
  *out_size = number_at(header, extra_at + 4, 8);
  return number_at(header, extra_at + 12, 8) == *out_size && *out_size <= G_MAXINT64;
}

static ZipReadEvent begin_file(ZipReader *reader, gsize name_len, ZipPiece *out_piece) {
  const GByteArray *header = reader->header;
  const char *name = (const char *)header->data + HEADER_BYTES;
  gboolean is_plain = number_at(header, AT_FLAGS, 2) == 0 && number_at(header, AT_METHOD, 2) == 0;

  if (!is_plain || memchr(name, '\0', name_len) || !read_size(header, HEADER_BYTES + name_len, &reader->left_bytes))
    return end_with(reader, STATE_BROKEN);
  g_free(reader->name);
  reader->name = g_strndup(name, name_len);
  reader->crc = (guint32)number_at(header, AT_CRC, 4);
  reader->crc_so_far = (guint32)crc32_z(0, NULL, 0);
  g_byte_array_set_size(reader->header, 0);
  reader->state = STATE_CONTENT;
  out_piece->name = reader->name;
  return ZIP_READ_FILE;
}

/* --- each takes what it can */

static ZipReadEvent take_header(ZipReader *reader, const char *bytes, gsize len, gsize *taken, ZipPiece *out) {
  if (!collect(reader, HEADER_BYTES, bytes, len, taken))
    return ZIP_READ_MORE;
  gsize name_len = (gsize)number_at(reader->header, AT_NAME_LEN, 2);
  gsize extra_len = (gsize)number_at(reader->header, AT_EXTRA_LEN, 2);
  if (name_len == 0 || name_len > ZIP_NAME_MAX || extra_len > EXTRA_MAX)
    return end_with(reader, STATE_BROKEN);
  if (!collect(reader, HEADER_BYTES + name_len + extra_len, bytes, len, taken))
    return ZIP_READ_MORE;
  return begin_file(reader, name_len, out);
}

static ZipReadEvent take_signature(ZipReader *reader, const char *bytes, gsize len, gsize *taken, ZipPiece *out) {
  if (!collect(reader, 4, bytes, len, taken))
    return ZIP_READ_MORE;
  guint64 signature = number_at(reader->header, 0, 4);
  if (signature == SIGNATURE_ENTRY || signature == SIGNATURE_END)
    return end_with(reader, STATE_END);
  if (signature != SIGNATURE_FILE)
    return end_with(reader, STATE_BROKEN);
  reader->state = STATE_HEADER;
  return take_header(reader, bytes, len, taken, out);
}

static ZipReadEvent take_content(ZipReader *reader, const char *bytes, gsize len, gsize *taken, ZipPiece *out) {
  gsize n = (gsize)MIN(reader->left_bytes, len);

  out->name = reader->name;
  if (reader->left_bytes == 0) {
    reader->state = STATE_SIGNATURE;
    return reader->crc == reader->crc_so_far ? ZIP_READ_FILE_END : end_with(reader, STATE_BROKEN);
  }
  if (n == 0)
    return ZIP_READ_MORE;
  reader->crc_so_far = (guint32)crc32_z(reader->crc_so_far, (const guint8 *)bytes, n);
  reader->left_bytes -= n;
  *taken = n;
  out->bytes = bytes;
  out->len = n;
  return ZIP_READ_CONTENT;
}

static ZipReadEvent take_rest(ZipReader *reader, const char *bytes, gsize len, gsize *taken, ZipPiece *out) {
  *taken = len;
  return ZIP_READ_MORE;
}

static ZipReadEvent stay_broken(ZipReader *reader, const char *bytes, gsize len, gsize *taken, ZipPiece *out) {
  return ZIP_READ_BROKEN;
}

static ZipReadEvent (*const takers[])(ZipReader *reader, const char *bytes, gsize len, gsize *taken, ZipPiece *out) = {
    [STATE_SIGNATURE] = take_signature, [STATE_HEADER] = take_header,
    [STATE_CONTENT] = take_content,     [STATE_END] = take_rest,
    [STATE_BROKEN] = stay_broken,
};

ZipReadEvent zip_reader_take(ZipReader *reader, const char *bytes, gsize len, gsize *out_taken, ZipPiece *out_piece) {
  *out_taken = 0;
  *out_piece = (ZipPiece){0};
  return takers[reader->state](reader, bytes, len, out_taken, out_piece);
}
