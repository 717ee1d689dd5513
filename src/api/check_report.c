#include "api/check_report.h"
#include "api/json.h"
#include "api/origin_json.h"
#include "checks/checks.h"
#include "message/links.h"
#include <string.h>

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

json_t *links_report(const Message *message) {
  g_autoptr(GPtrArray) links = message_links(message);
  json_t *list = json_array();

  for (guint i = 0; i < links->len; i++)
    json_array_append_new(list, print_link(g_ptr_array_index(links, i)));
  return list;
}

/* --- what SMTP finds */

/* Goes over the bytes as SMTP did when they came. */
static void scan(GBytes *bytes, SmtpData *data, HeaderScan *header) {
  enum { PIECE_BYTES = 64 * 1024 };
  gsize len;
  const guint8 *at = g_bytes_get_data(bytes, &len);
  g_autofree guint8 *stored = g_malloc(PIECE_BYTES + 2);

  for (gsize n = 0; len > 0; at += n, len -= n) {
    gsize n_stored = 0;
    n = MIN(len, PIECE_BYTES);
    smtp_data_feed(data, at, n, stored, &n_stored);
    header_scan_feed(header, stored, n_stored);
  }
  header_scan_feed(header, stored, smtp_data_finish(data, stored));
}

/* What MAIL declared is not stored, except SMTPUTF8, which the protocol's name tells; so 8-bit bytes are no finding. */
SmtpDiagnostics diagnostics_report(GBytes *bytes, const Envelope *envelope) {
  SmtpDiagnostics found = {0};
  SmtpData data;
  HeaderScan header;

  smtp_data_init(&data, SMTP_DATA_COUNTED);
  header_scan_init(&header);
  scan(bytes, &data, &header);
  smtp_diagnostics_add_content(&found, &data, &header, TRUE, g_str_has_prefix(envelope->protocol, "UTF8"));
  smtp_diagnostics_add_names(&found, envelope->diagnostics);
  smtp_data_clear(&data);
  header_scan_clear(&header);
  return found;
}

/* --- checks */

static json_t *print_check(const char *name, const char *group, CheckLevel level, const char *text, const char *detail,
                           const char *source, json_t *location) {
  json_t *object = json_object();

  json_object_set_new(object, "Name", json_text(name));
  json_object_set_new(object, "Group", json_text(group));
  json_object_set_new(object, "Level", json_text(check_level_name(level)));
  json_object_set_new(object, "Text", json_text(text));
  json_object_set_new(object, "Detail", json_text(detail));
  json_object_set_new(object, "Source", json_text(source));
  json_object_set_new(object, "Location", location);
  return object;
}

static json_t *print_finding(const MailCheck *check) {
  json_t *location = check->located_in ? json_location(check->located_in, check->line, check->line_text) : json_null();

  return print_check(check->name, check->group, check->level, check->text, check->detail, check->source, location);
}

json_t *checks_report(const CheckedMessage *checked) {
  const SmtpDiagnostics found = diagnostics_report(checked->bytes, checked->envelope);
  const GPtrArray *problems = message_problems(checked->message);
  g_autoptr(OriginReport) origin =
      origin_report_new(checked->message, checked->envelope, checked->received_us, checked->records);
  g_autoptr(GPtrArray) checks = checks_run(checked->message, checked->envelope, checked->received_us, origin);
  json_t *object = checked->id ? json_id(checked->id) : json_object();
  json_t *list = json_array();

  for (int finding = 0; finding < SMTP_N_FINDINGS; finding++) {
    g_autofree char *text = smtp_finding_text(finding, found.counts[finding]);
    if (found.counts[finding] > 0)
      json_array_append_new(list, print_check(smtp_finding_name(finding), "smtp", CHECK_ERROR, text, "",
                                              smtp_finding_source(finding), json_null()));
  }
  for (guint i = 0; i < problems->len; i++)
    json_array_append_new(list, print_check("limit", "parts", CHECK_WARNING, g_ptr_array_index(problems, i), "",
                                            "a limit of dsmtpd", json_null()));
  for (guint i = 0; i < checks->len; i++)
    json_array_append_new(list, print_finding(g_ptr_array_index(checks, i)));
  json_object_set_new(object, "Checks", list);
  json_object_set_new(object, "Authentication", origin_json(origin));
  return object;
}
