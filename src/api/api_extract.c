/* What can be taken out of one message: links, one-time codes, what is wrong with it. */
#include "api/api_private.h"
#include "api/check_report.h"
#include "message/codes.h"
#include "message/remote_content.h"

/* {ID, name: list}. Takes the list. */
static HttpResponse *list_response(const ApiMail *mail, const ApiRead *read, const char *name, json_t *list) {
  json_t *object = json_id(mail->mail->id);

  json_object_set_new(object, name, list);
  return api_json_response(read->budget, 200, object);
}

/* --- links */

static HttpResponse *make_links(const ApiMail *mail, const ApiRead *read) {
  return list_response(mail, read, "Links", links_report(mail->message));
}

/* --- remote content */

static HttpResponse *make_remote(const ApiMail *mail, const ApiRead *read) {
  g_autofree char *html = message_html(mail->message);
  g_autoptr(OwnParts) parts = html ? own_parts_new(mail->message, html) : NULL;
  g_autoptr(GPtrArray) references = remote_content_find(html ? html : "", parts);
  json_t *list = json_array();

  for (guint i = 0; i < references->len; i++) {
    const RemoteReference *reference = g_ptr_array_index(references, i);
    json_t *object = json_object();
    json_object_set_new(object, "Kind", json_text(remote_kind_name(reference->kind)));
    json_object_set_new(object, "URL", json_text(reference->url));
    json_array_append_new(list, object);
  }
  return list_response(mail, read, "Remote", list);
}

/* --- codes */

static json_t *print_code(const MessageCode *code) {
  json_t *object = json_object();

  json_object_set_new(object, "Kind", json_text(code->kind == MESSAGE_CODE ? "code" : "link"));
  json_object_set_new(object, "Value", json_text(code->value));
  json_object_set_new(object, "Context", json_text(code->context));
  json_object_set_new(object, "Confidence", json_integer(code->confidence));
  return object;
}

static HttpResponse *make_codes(const ApiMail *mail, const ApiRead *read) {
  g_autoptr(GPtrArray) codes = message_codes(mail->message);
  json_t *list = json_array();

  for (guint i = 0; i < codes->len; i++)
    json_array_append_new(list, print_code(g_ptr_array_index(codes, i)));
  return list_response(mail, read, "Codes", list);
}

/* --- diagnostics */

static json_t *print_finding(const char *name, const char *text) {
  json_t *object = json_object();

  json_object_set_new(object, "Name", json_text(name));
  json_object_set_new(object, "Text", json_text(text));
  return object;
}

static HttpResponse *make_diagnostics(const ApiMail *mail, const ApiRead *read) {
  const SmtpDiagnostics found = diagnostics_report(mail->bytes, mail->envelope);
  const GPtrArray *problems = message_problems(mail->message);
  json_t *list = json_array();

  for (int finding = 0; finding < SMTP_N_FINDINGS; finding++) {
    if (found.counts[finding] == 0)
      continue;
    g_autofree char *sentence = smtp_finding_text(finding, found.counts[finding]);
    g_autofree char *text = g_strdup_printf("%s (%s)", sentence, smtp_finding_source(finding));
    json_array_append_new(list, print_finding(smtp_finding_name(finding), text));
  }
  for (guint i = 0; i < problems->len; i++)
    json_array_append_new(list, print_finding("limit", g_ptr_array_index(problems, i)));
  return list_response(mail, read, "Diagnostics", list);
}

/* --- checks */

static HttpResponse *make_checks(const ApiMail *mail, const ApiRead *read) {
  const CheckedMessage checked = {
      .id = mail->mail->id,
      .message = mail->message,
      .bytes = mail->bytes,
      .envelope = mail->envelope,
      .received_us = mail->mail->received_us,
      .records = read->records,
  };

  return api_json_response(read->budget, 200, checks_report(&checked));
}

static void get_links(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_links, .cost = api_cost_of_links});
}

static void get_remote(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_remote});
}

static void get_codes(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_codes});
}

static void get_diagnostics(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_diagnostics});
}

static void get_checks(HttpRequest *request, gpointer user_data) {
  api_read(user_data, request, &(ApiRead){.make = make_checks, .cost = api_cost_of_links});
}

const HttpRoute api_extract_routes[] = {
    {.method = "GET", .pattern = "/api/v1/message/{id}/links", .handler = get_links},
    {.method = "GET", .pattern = "/api/v1/message/{id}/remote", .handler = get_remote},
    {.method = "GET", .pattern = "/api/v1/message/{id}/codes", .handler = get_codes},
    {.method = "GET", .pattern = "/api/v1/message/{id}/diagnostics", .handler = get_diagnostics},
    {.method = "GET", .pattern = "/api/v1/message/{id}/checks", .handler = get_checks},
    {.pattern = NULL},
};
