/* One mail: what it says, its headers, its octets, its parts. */
#include "api/api_private.h"
#include "api/api_request.h"
#include "api/mail_structure.h"
#include "message/file_name.h"
#include "message/thumbnail.h"

/* Once everything is decoded no more is needed than what will be printed, beside the octets themselves. */
static HttpResponse *make_mail(const ApiMail *mail, const ApiRead *read) {
  json_t *object = json_mail(mail->mail, mail->message);

  http_charge_shrink(read->working, http_charge_octets(read->working) / 2);
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
  g_autoptr(GBytes) octets = message_part_decode(mail->message, part);
  g_autofree char *made_name = part->file_name ? NULL : file_name_of_part(part->part_id, part->content_type);
  g_autofree char *type = part->charset ? g_strdup_printf("%s; charset=%s", part->content_type, part->charset)
                                        : g_strdup(part->content_type);
  HttpResponse *response = http_response_hostile(type, octets);
  g_autofree char *tag = g_strdup_printf("%s/%s", mail->mail->id, part->part_id);
  http_response_set_etag(response, tag);
  http_response_set_disposition(response, read->flags, part->file_name ? part->file_name : made_name);
  return response;
}

/* Whatever it is, it is a picture now, and ours. */
static HttpResponse *make_thumbnail(const ApiMail *mail, const ApiRead *read) {
  const MessagePart *part = message_part_find(mail->message, read->part_id);

  if (!part)
    return http_response_error(404, "the message has no such part");
  g_autoptr(GBytes) octets = message_part_decode(mail->message, part);
  g_autoptr(GBytes) thumbnail = thumbnail_make(octets);
  return http_response_octets(200, "image/jpeg", thumbnail);
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

static void get_thumbnail(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_thumbnail, .cost = cost_of_thumbnail});
}

const HttpRoute api_message_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}", .handler = get_message},
    {.method = "GET", .pattern = "/api/v1/message/{id}/headers", .handler = get_headers},
    {.method = "GET", .pattern = "/api/v1/message/{id}/structure", .handler = get_structure},
    {.method = "GET", .pattern = "/api/v1/message/{id}/raw", .handler = get_raw},
    {.method = "GET", .pattern = "/api/v1/message/{id}/part/{part}", .handler = get_part},
    {.method = "GET", .pattern = "/api/v1/message/{id}/part/{part}/thumb", .handler = get_thumbnail},
    {.pattern = NULL},
};
