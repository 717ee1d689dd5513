#include "store/delivery_record.h"

#include "inbox/error.h"
#include "maildir/maildir.h"
#include <string.h>

/* A list begins with its length in bytes, and each record with three lengths; docs/storage.md has the same as tables.
 */
enum { LIST_HEADER_BYTES = 4, PLACE_LEN = 0, NAME_LEN = 2, BYTES_LEN = 4, RECORD_HEADER_BYTES = 8 };

DeliveryRecord *delivery_record_new(const char *place, const char *name, GBytes *bytes) {
  DeliveryRecord *record = g_new0(DeliveryRecord, 1);

  record->place = g_strdup(place);
  record->name = g_strdup(name);
  record->bytes = g_bytes_ref(bytes);
  record->fd = -1;
  return record;
}

void delivery_record_free(DeliveryRecord *record) {
  if (!record)
    return;
  g_bytes_unref(record->bytes);
  g_free(record->tmp_name);
  g_free(record->name);
  g_free(record->place);
  g_free(record);
}

static gboolean place_is_sane(const char *place, gsize len) {
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_islower(place[i]))
      return FALSE;
  return len > 0 && len <= DELIVERY_PLACE_MAX;
}

gboolean delivery_records_add(GPtrArray **records, const char *const *places, const char *place, const char *name,
                              GBytes *bytes, GError **error) {
  const char *reason = NULL;

  if (!places || !g_strv_contains(places, place) || !place_is_sane(place, strlen(place)))
    reason = "nobody keeps records there";
  else if (!maildir_name_is_sane(name, strlen(name)))
    reason = "the name is not allowed";
  else if (g_bytes_get_size(bytes) > DELIVERY_RECORD_BYTES_MAX)
    reason = "it is too large";
  else if (*records && (*records)->len == DELIVERY_RECORDS_MAX)
    reason = "the message has too many records";
  if (reason) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_INVALID, "cannot store the record %s/%s: %s", place, name, reason);
    return FALSE;
  }
  if (!*records)
    *records = g_ptr_array_new_with_free_func((GDestroyNotify)delivery_record_free);
  g_ptr_array_add(*records, delivery_record_new(place, name, bytes));
  return TRUE;
}

char *delivery_record_key(const char *place, const char *name) {
  return g_strconcat(place, "/", name, NULL);
}

/* --- the form in a journal */

static void put(guint8 *at, gsize value, gsize n_bytes) {
  for (gsize i = 0; i < n_bytes; i++)
    at[i] = (guint8)(value >> 8 * i);
}

static gsize get(const guint8 *at, gsize n_bytes) {
  gsize value = 0;

  for (gsize i = 0; i < n_bytes; i++)
    value |= (gsize)at[i] << 8 * i;
  return value;
}

gsize delivery_records_bytes(const GPtrArray *records) {
  gsize n_bytes = LIST_HEADER_BYTES;

  for (guint i = 0; i < records->len; i++) {
    const DeliveryRecord *record = g_ptr_array_index(records, i);
    n_bytes += RECORD_HEADER_BYTES + strlen(record->place) + strlen(record->name) + g_bytes_get_size(record->bytes);
  }
  return n_bytes;
}

GByteArray *delivery_records_print(const GPtrArray *records) {
  GByteArray *out = g_byte_array_new();

  g_byte_array_set_size(out, LIST_HEADER_BYTES);
  for (guint i = 0; i < records->len; i++) {
    const DeliveryRecord *record = g_ptr_array_index(records, i);
    guint8 header[RECORD_HEADER_BYTES];
    gsize n_bytes;
    const guint8 *bytes = g_bytes_get_data(record->bytes, &n_bytes);
    put(header + PLACE_LEN, strlen(record->place), 2);
    put(header + NAME_LEN, strlen(record->name), 2);
    put(header + BYTES_LEN, n_bytes, 4);
    g_byte_array_append(out, header, sizeof header);
    g_byte_array_append(out, (const guint8 *)record->place, (guint)strlen(record->place));
    g_byte_array_append(out, (const guint8 *)record->name, (guint)strlen(record->name));
    g_byte_array_append(out, bytes, (guint)n_bytes);
  }
  put(out->data, out->len, LIST_HEADER_BYTES);
  return out;
}

gboolean delivery_records_next(const guint8 *bytes, gsize n_bytes, gsize *offset, DeliveryRecordView *out_record) {
  gsize start = MAX(*offset, LIST_HEADER_BYTES);

  if (n_bytes < start + RECORD_HEADER_BYTES)
    return FALSE;
  const guint8 *at = bytes + start;
  gsize room = n_bytes - start - RECORD_HEADER_BYTES;
  gsize place_len = get(at + PLACE_LEN, 2);
  gsize name_len = get(at + NAME_LEN, 2);
  gsize record_bytes = get(at + BYTES_LEN, 4);
  if (record_bytes > DELIVERY_RECORD_BYTES_MAX || place_len + name_len + record_bytes > room)
    return FALSE;
  const char *place = (const char *)at + RECORD_HEADER_BYTES;
  const char *name = place + place_len;
  if (!place_is_sane(place, place_len) || !maildir_name_is_sane(name, name_len))
    return FALSE;
  *out_record = (DeliveryRecordView){
      .place = place,
      .place_len = place_len,
      .name = name,
      .name_len = name_len,
      .bytes = (const guint8 *)name + name_len,
      .n_bytes = record_bytes,
  };
  *offset = start + RECORD_HEADER_BYTES + place_len + name_len + record_bytes;
  return TRUE;
}

gsize delivery_records_length(const guint8 *bytes, gsize n_bytes) {
  gsize len = n_bytes < LIST_HEADER_BYTES ? 0 : get(bytes, LIST_HEADER_BYTES);

  if (len > n_bytes)
    return 0;
  gsize offset = 0;
  guint n_records = 0;
  DeliveryRecordView record;
  while (delivery_records_next(bytes, len, &offset, &record))
    n_records++;
  return n_records > 0 && n_records <= DELIVERY_RECORDS_MAX && offset == len ? len : 0;
}
