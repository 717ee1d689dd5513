/* What can be taken out of one mail: links, one-time codes, what is wrong with it. */
#include "api/api_private.h"
#include "api/origin_json.h"
#include "checks/checks.h"
#include "message/codes.h"
#include "message/links.h"
#include "message/remote_content.h"
#include "smtp/diagnostics.h"
#include "syntax/envelope.h"
#include <string.h>

/* {ID, name: list}. Takes the list. */
static HttpResponse *list_response(const ApiMail *mail, const ApiRead *read, const char *name, json_t *list) {
  json_t *object = json_id(mail->mail->id);

  json_object_set_new(object, name, list);
  return api_json_response(read->budget, 200, object);
}

/* --- links */

static json_t *print_link(const MessageLink *link) {
  static const char *const kinds[] = {
      [LINK_ANCHOR] = "link", [LINK_IMAGE] = "image", [LINK_STYLESHEET] = "stylesheet", [LINK_TEXT] = "text"};
  json_t *object = json_object();

  json_object_set_new(object, "URL", json_text(link->url));
  json_object_set_new(object, "Kind", json_text(kinds[link->kind]));
  json_object_set_new(object, "Text", json_text(link->text));
  json_object_set_new(object, "Context", json_text(link->context));
  return object;
}

static HttpResponse *make_links(const ApiMail *mail, const ApiRead *read) {
  g_autoptr(GPtrArray) links = message_links(mail->message);
  json_t *list = json_array();

  for (guint i = 0; i < links->len; i++)
    json_array_append_new(list, print_link(g_ptr_array_index(links, i)));
  return list_response(mail, read, "Links", list);
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

/* Goes over the octets as SMTP did when they came. */
static void scan(GBytes *octets, SmtpData *data, HeaderScan *header) {
  enum { PIECE_OCTETS = 64 * 1024 };
  gsize len;
  const guint8 *at = g_bytes_get_data(octets, &len);
  g_autofree guint8 *stored = g_malloc(PIECE_OCTETS + 2);

  for (gsize n = 0; len > 0; at += n, len -= n) {
    gsize n_stored = 0;
    n = MIN(len, PIECE_OCTETS);
    smtp_data_feed(data, at, n, stored, &n_stored);
    header_scan_feed(header, stored, n_stored);
  }
  header_scan_feed(header, stored, smtp_data_finish(data, stored));
}

/* What MAIL declared is not kept but for SMTPUTF8, which the protocol's name tells; so nothing is said of 8-bit octets.
 */
static SmtpDiagnostics find_faults(const ApiMail *mail) {
  SmtpDiagnostics found = {0};
  SmtpData data;
  HeaderScan header;

  smtp_data_init(&data, SMTP_DATA_COUNTED);
  header_scan_init(&header);
  scan(mail->octets, &data, &header);
  smtp_diagnostics_add_content(&found, &data, &header, TRUE, g_str_has_prefix(mail->envelope->protocol, "UTF8"));
  smtp_diagnostics_add_names(&found, mail->envelope->diagnostics);
  smtp_data_clear(&data);
  header_scan_clear(&header);
  return found;
}

static HttpResponse *make_diagnostics(const ApiMail *mail, const ApiRead *read) {
  const SmtpDiagnostics found = find_faults(mail);
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

static json_t *print_check(const char *name, const char *group, CheckLevel level, const char *text, const char *detail,
                           const char *source) {
  json_t *object = json_object();

  json_object_set_new(object, "Name", json_text(name));
  json_object_set_new(object, "Group", json_text(group));
  json_object_set_new(object, "Level", json_text(check_level_name(level)));
  json_object_set_new(object, "Text", json_text(text));
  json_object_set_new(object, "Detail", json_text(detail));
  json_object_set_new(object, "Source", json_text(source));
  return object;
}

/* What SMTP finds, what was beyond the limits, and what the checks find. */
static HttpResponse *make_checks(const ApiMail *mail, const ApiRead *read) {
  const SmtpDiagnostics found = find_faults(mail);
  const GPtrArray *problems = message_problems(mail->message);
  gint64 received_us = mail->mail->received_us;
  g_autoptr(OriginReport) origin = origin_report_new(mail->message, mail->envelope, received_us, read->records);
  g_autoptr(GPtrArray) checks = checks_run(mail->message, mail->envelope, received_us, origin);
  json_t *object = json_id(mail->mail->id);
  json_t *list = json_array();

  for (int finding = 0; finding < SMTP_N_FINDINGS; finding++) {
    g_autofree char *text = smtp_finding_text(finding, found.counts[finding]);
    if (found.counts[finding] > 0)
      json_array_append_new(
          list, print_check(smtp_finding_name(finding), "smtp", CHECK_ERROR, text, "", smtp_finding_source(finding)));
  }
  for (guint i = 0; i < problems->len; i++)
    json_array_append_new(list, print_check("limit", "parts", CHECK_WARNING, g_ptr_array_index(problems, i), "",
                                            "a limit of this server"));
  for (guint i = 0; i < checks->len; i++) {
    const MailCheck *check = g_ptr_array_index(checks, i);
    json_array_append_new(
        list, print_check(check->name, check->group, check->level, check->text, check->detail, check->source));
  }
  json_object_set_new(object, "Checks", list);
  json_object_set_new(object, "Authentication", origin_json(origin));
  return api_json_response(read->budget, 200, object);
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
