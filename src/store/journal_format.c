#include "store/journal_format.h"

#include "maildir/maildir.h"
#include "store/crc32c.h"
#include <string.h>

/* Where the fields are; docs/storage.md has the same as tables. */
enum {
  HEADER_MAGIC = 0,
  HEADER_VERSION = 8,
  HEADER_CRC = 12,
  HEADER_GENERATION = 16,
  HEADER_BOOT_ID = 24,
  HEADER_MOUNT_ID = 40,
};

enum {
  RECORD_CRC = 0,
  RECORD_KIND = 4,
  RECORD_NAME_LEN = 6,
  RECORD_CONTENT_LEN = 8,
  RECORD_MAGIC = 12,
  RECORD_GENERATION = 16,
};

enum { RECORD_MAGIC_VALUE = 0x6c69616d }; /* "mail" */

static const char header_magic[8] = {'d', 's', 'm', 't', 'p', 'd', 'J', '\n'};

static void put_16(guint8 *at, guint16 value) {
  value = GUINT16_TO_LE(value);
  memcpy(at, &value, sizeof value);
}

static void put_32(guint8 *at, guint32 value) {
  value = GUINT32_TO_LE(value);
  memcpy(at, &value, sizeof value);
}

static void put_64(guint8 *at, guint64 value) {
  value = GUINT64_TO_LE(value);
  memcpy(at, &value, sizeof value);
}

static guint16 get_16(const guint8 *at) {
  guint16 value;

  memcpy(&value, at, sizeof value);
  return GUINT16_FROM_LE(value);
}

static guint32 get_32(const guint8 *at) {
  guint32 value;

  memcpy(&value, at, sizeof value);
  return GUINT32_FROM_LE(value);
}

static guint64 get_64(const guint8 *at) {
  guint64 value;

  memcpy(&value, at, sizeof value);
  return GUINT64_FROM_LE(value);
}

/* The checksum of a header is taken with its own field zero. */
static guint32 header_crc(const guint8 *bytes) {
  guint8 copy[JOURNAL_HEADER_BYTES];

  memcpy(copy, bytes, sizeof copy);
  put_32(copy + HEADER_CRC, 0);
  return crc32c_update(0, copy, sizeof copy);
}

void journal_header_print(const JournalHeader *header, guint8 out[JOURNAL_HEADER_BYTES]) {
  memset(out, 0, JOURNAL_HEADER_BYTES);
  memcpy(out + HEADER_MAGIC, header_magic, sizeof header_magic);
  put_32(out + HEADER_VERSION, JOURNAL_VERSION);
  put_64(out + HEADER_GENERATION, header->generation);
  memcpy(out + HEADER_BOOT_ID, header->identity.boot_id, STORE_BOOT_ID_BYTES);
  put_64(out + HEADER_MOUNT_ID, header->identity.mount_id);
  put_32(out + HEADER_CRC, header_crc(out));
}

JournalHeaderState journal_header_parse(const guint8 *bytes, gsize n_bytes, JournalHeader *out_header) {
  if (n_bytes < JOURNAL_HEADER_BYTES || memcmp(bytes + HEADER_MAGIC, header_magic, sizeof header_magic) != 0 ||
      get_32(bytes + HEADER_CRC) != header_crc(bytes)) {
    return JOURNAL_HEADER_NONE;
  }
  guint32 version = get_32(bytes + HEADER_VERSION);
  if (version < 1 || version > JOURNAL_VERSION)
    return JOURNAL_HEADER_NEWER;
  out_header->generation = get_64(bytes + HEADER_GENERATION);
  memcpy(out_header->identity.boot_id, bytes + HEADER_BOOT_ID, STORE_BOOT_ID_BYTES);
  out_header->identity.mount_id = get_64(bytes + HEADER_MOUNT_ID);
  return JOURNAL_HEADER_VALID;
}

gsize journal_record_bytes(gsize name_len, gsize content_len) {
  return (JOURNAL_RECORD_HEADER_BYTES + name_len + content_len + 7) & ~(gsize)7;
}

void journal_record_print_header(JournalKind kind, guint64 generation, const char *name, const struct iovec *content,
                                 guint n_parts, guint8 out[JOURNAL_RECORD_HEADER_BYTES]) {
  gsize content_len = 0;

  for (guint i = 0; i < n_parts; i++)
    content_len += content[i].iov_len;
  gsize name_len = strlen(name);
  put_16(out + RECORD_KIND, (guint16)kind);
  put_16(out + RECORD_NAME_LEN, (guint16)name_len);
  put_32(out + RECORD_CONTENT_LEN, (guint32)content_len);
  put_32(out + RECORD_MAGIC, RECORD_MAGIC_VALUE);
  put_64(out + RECORD_GENERATION, generation);
  guint32 crc = crc32c_update(0, out + RECORD_KIND, JOURNAL_RECORD_HEADER_BYTES - RECORD_KIND);
  crc = crc32c_update(crc, name, name_len);
  for (guint i = 0; i < n_parts; i++)
    crc = crc32c_update(crc, content[i].iov_base, content[i].iov_len);
  put_32(out + RECORD_CRC, crc);
}

static gboolean length_is_allowed(guint kind, gsize content_len) {
  return kind >= JOURNAL_DELIVER && kind <= JOURNAL_FORGET_RECORD &&
         content_len <= (kind == JOURNAL_RECORDS ? (gsize)JOURNAL_RECORDS_BYTES_MAX : (gsize)JOURNAL_CONTENT_MAX);
}

/* Takes the records of others from the front of the content. FALSE: they are not whole. */
static gboolean split_content(JournalRecord *record) {
  if (record->kind != JOURNAL_DELIVER_RECORDS && record->kind != JOURNAL_RECORDS)
    return TRUE;
  record->records = record->content;
  record->records_len = delivery_records_length(record->content, record->content_len);
  record->content += record->records_len;
  record->content_len -= record->records_len;
  return record->records_len > 0;
}

gboolean journal_record_parse(const guint8 *segment, gsize segment_bytes, guint64 generation, gsize *offset,
                              JournalRecord *out_record) {
  if (*offset > segment_bytes || segment_bytes - *offset < JOURNAL_RECORD_HEADER_BYTES)
    return FALSE;
  const guint8 *at = segment + *offset;
  gsize room = segment_bytes - *offset - JOURNAL_RECORD_HEADER_BYTES;
  guint kind = get_16(at + RECORD_KIND);
  gsize name_len = get_16(at + RECORD_NAME_LEN);
  gsize content_len = get_32(at + RECORD_CONTENT_LEN);
  if (get_32(at + RECORD_MAGIC) != RECORD_MAGIC_VALUE || get_64(at + RECORD_GENERATION) != generation ||
      !length_is_allowed(kind, content_len) || name_len + content_len > room) {
    return FALSE;
  }
  const char *name = (const char *)at + JOURNAL_RECORD_HEADER_BYTES;
  gsize covered = JOURNAL_RECORD_HEADER_BYTES - RECORD_KIND + name_len + content_len;
  if (!maildir_name_is_sane(name, name_len) || get_32(at + RECORD_CRC) != crc32c_update(0, at + RECORD_KIND, covered))
    return FALSE;
  *out_record = (JournalRecord){
      .kind = (JournalKind)kind,
      .name = name,
      .name_len = name_len,
      .content = (const guint8 *)name + name_len,
      .content_len = content_len,
  };
  /* The padding of the last record may be cut off where a segment ends. */
  *offset = MIN(*offset + journal_record_bytes(name_len, content_len), segment_bytes);
  return split_content(out_record);
}
