/* One message: what it says, its headers, its bytes, its parts. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "api/mail_structure.h"
#include "message/file_name.h"
#include "message/thumbnail.h"
#include "syntax/zip.h"
#include <string.h>

/* What the archive says of each file, in two places, with a name of at most FILE_NAME_BYTES_MAX. */
enum { ATTACHMENT_ENTRY_BYTES = 1024 };

/* Once everything is decoded no more is needed than what will be printed, beside the bytes themselves. */
static HttpResponse *make_mail(const ApiMail *mail, const ApiRead *read) {
  json_t *object = json_mail(mail->mail, mail->message);

  http_charge_shrink(read->working, http_charge_bytes(read->working) / 2);
  return api_json_response(read->budget, 200, object);
}

static HttpResponse *make_headers(const ApiMail *mail, const ApiRead *read) {
  return api_json_response(read->budget, 200, json_headers(mail->message));
}

static HttpResponse *make_structure(const ApiMail *mail, const ApiRead *read) {
  json_t *object = json_id(mail->mail->id);

  json_object_set_new(object, "Envelope", mail_structure_print_envelope(mail->envelope));
  json_object_set_new(object, "Structure", mail_structure_print(mail->message));
  return api_json_response(read->budget, 200, object);
}

static HttpResponse *make_raw(const InboxMail *mail, StoredMail *stored, const ApiRead *read) {
  HttpResponse *response = api_raw_response("text/plain; charset=utf-8", stored, read->budget);

  http_response_set_etag(response, mail->id);
  if (read->flags) {
    g_autofree char *name = g_strconcat(mail->id, ".eml", NULL);
    http_response_set_disposition(response, TRUE, name);
  }
  return response;
}

static gsize cost_of_part(const ApiMail *mail, const ApiRead *read) {
  const MessagePart *part = message_part_find(mail->message, read->part_id);

  return part ? part->body_len : 0;
}

static gsize cost_of_thumbnail(const ApiMail *mail, const ApiRead *read) {
  return cost_of_part(mail, read) + 3 * THUMBNAIL_PIXELS_MAX;
}

static HttpResponse *make_part(const ApiMail *mail, const ApiRead *read) {
  const MessagePart *part = message_part_find(mail->message, read->part_id);

  if (!part)
    return http_response_error(404, "the message has no such part");
  g_autoptr(GBytes) bytes = message_part_decode(mail->message, part);
  g_autofree char *made_name = part->file_name ? NULL : file_name_of_part(part->part_id, part->content_type);
  g_autofree char *type = part->charset ? g_strdup_printf("%s; charset=%s", part->content_type, part->charset)
                                        : g_strdup(part->content_type);
  HttpResponse *response = http_response_hostile(type, bytes);
  g_autofree char *tag = g_strdup_printf("%s/%s", mail->mail->id, part->part_id);
  http_response_set_etag(response, tag);
  http_response_set_disposition(response, read->flags, part->file_name ? part->file_name : made_name);
  return response;
}

/* --- all attachments */

static gboolean is_file(const MessagePart *part) {
  return part->kind == MESSAGE_PART_ATTACHMENT || part->kind == MESSAGE_PART_INLINE;
}

/* The files decoded, and the archive that they are copied to. */
static gsize cost_of_files(const ApiMail *mail, const ApiRead *read) {
  const GPtrArray *parts = message_parts(mail->message);
  gsize n_bytes = 0;

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    n_bytes += is_file(part) ? 2 * part->body_len + ATTACHMENT_ENTRY_BYTES : 0;
  }
  return n_bytes;
}

/* "a.txt", "a (2).txt". The caller frees. */
static char *make_name(const MessagePart *part, GHashTable *counts) {
  g_autofree char *name =
      part->file_name ? g_strdup(part->file_name) : file_name_of_part(part->part_id, part->content_type);
  const char *dot = strrchr(name, '.');
  gsize stem_len = dot && dot > name ? (gsize)(dot - name) : strlen(name);

  for (;;) {
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, name)) + 1;
    g_hash_table_insert(counts, g_strdup(name), GUINT_TO_POINTER(n));
    if (n == 1)
      return g_steal_pointer(&name);
    g_autofree char *next = g_strdup_printf("%.*s (%u)%s", (int)stem_len, name, n, name + stem_len);
    if (g_hash_table_contains(counts, next))
      continue;
    g_hash_table_insert(counts, g_strdup(next), GUINT_TO_POINTER(1));
    return g_steal_pointer(&next);
  }
}

static void add_piece(GByteArray *out, GBytes *piece) {
  gsize len;
  const guint8 *bytes = g_bytes_get_data(piece, &len);

  g_byte_array_append(out, bytes, (guint)len);
  g_bytes_unref(piece);
}

static HttpResponse *make_attachments(const ApiMail *mail, const ApiRead *read) {
  g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const GPtrArray *parts = message_parts(mail->message);
  g_autoptr(ZipWriter) zip = zip_writer_new();
  GByteArray *out = g_byte_array_new();

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    if (!is_file(part))
      continue;
    g_autofree char *name = make_name(part, counts);
    GBytes *bytes = message_part_decode(mail->message, part);
    gsize len;
    const guint8 *content = g_bytes_get_data(bytes, &len);
    add_piece(out, zip_writer_begin_file(zip, name, mail->mail->received_us, zip_checksum(0, content, len), len));
    add_piece(out, bytes);
  }
  if (g_hash_table_size(counts) == 0) {
    g_byte_array_unref(out);
    return http_response_error(404, "this message has no attachments");
  }
  add_piece(out, zip_writer_end(zip));
  g_autoptr(GBytes) archive = g_byte_array_free_to_bytes(out);
  g_autofree char *name = g_strconcat(mail->mail->id, ".zip", NULL);
  HttpResponse *response = http_response_hostile("application/zip", archive);
  http_response_set_etag(response, name);
  http_response_set_disposition(response, TRUE, name);
  return response;
}

/* Whatever it is, it is a picture now, and ours. */
static HttpResponse *make_thumbnail(const ApiMail *mail, const ApiRead *read) {
  const MessagePart *part = message_part_find(mail->message, read->part_id);

  if (!part)
    return http_response_error(404, "the message has no such part");
  g_autoptr(GBytes) bytes = message_part_decode(mail->message, part);
  g_autoptr(GBytes) thumbnail = thumbnail_make(bytes);
  return http_response_bytes(200, "image/jpeg", thumbnail);
}

static void get_message(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_mail, .marks_read = TRUE});
}

static void get_headers(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_headers});
}

static void get_structure(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_structure});
}

static void get_raw(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make_of_file = make_raw, .flags = api_query_flag(request, "dl")});
}

static void get_part(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request,
           &(ApiRead){.make = make_part, .cost = cost_of_part, .flags = api_query_flag(request, "dl")});
}

static void get_attachments(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_attachments, .cost = cost_of_files});
}

static void get_thumbnail(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_thumbnail, .cost = cost_of_thumbnail});
}

const HttpRoute api_message_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}", .handler = get_message},
    {.method = "GET", .pattern = "/api/v1/message/{id}/headers", .handler = get_headers},
    {.method = "GET", .pattern = "/api/v1/message/{id}/structure", .handler = get_structure},
    {.method = "GET", .pattern = "/api/v1/message/{id}/raw", .handler = get_raw},
    {.method = "GET", .pattern = "/api/v1/message/{id}/attachments.zip", .handler = get_attachments},
    {.method = "GET", .pattern = "/api/v1/message/{id}/part/{part}", .handler = get_part},
    {.method = "GET", .pattern = "/api/v1/message/{id}/part/{part}/thumb", .handler = get_thumbnail},
    {.pattern = NULL},
};
