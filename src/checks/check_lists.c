/* How a list can be left (RFC 2369, RFC 8058). */
#include "checks/checks_private.h"
#include "message/list_unsubscribe.h"
#include <string.h>

static gboolean is_bulk(const Checks *checks) {
  const GArray *fields = message_fields(checks->message);
  g_autofree char *precedence = message_header_text(checks->message, "Precedence");
  g_autofree char *lower = checks->html ? g_ascii_strdown(checks->html, -1) : NULL;

  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    if (field->name_len > 5 && g_ascii_strncasecmp(field->name, "List-", 5) == 0)
      return TRUE;
  }
  return (precedence && (strcmp(precedence, "bulk") == 0 || strcmp(precedence, "list") == 0)) ||
         (lower && strstr(lower, "unsubscribe"));
}

static gboolean is_one_click_signed(const Checks *checks) {
  const GPtrArray *verdicts = checks->origin->signatures;

  for (guint i = 0; i < verdicts->len; i++) {
    const DkimSignature *signature = ((const DkimVerdict *)g_ptr_array_index(verdicts, i))->signature;
    if (signature && dkim_signature_covers(signature, "List-Unsubscribe") > 0 &&
        dkim_signature_covers(signature, "List-Unsubscribe-Post") > 0)
      return TRUE;
  }
  return FALSE;
}

void checks_lists(Checks *checks) {
  g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(checks->message);
  gboolean has_header = *unsubscribe->header != '\0';
  const char *place = checks_field_place(checks, "List-Unsubscribe", 0);
  gboolean has_post = *unsubscribe->header_post != '\0';

  if (*unsubscribe->errors != '\0')
    checks_add_at(checks, RULE_UNSUBSCRIBE_FORM, place, unsubscribe->errors);
  if (!has_header && is_bulk(checks))
    checks_add(checks, RULE_NO_UNSUBSCRIBE, NULL);
  if (has_header && !has_post)
    checks_add_at(checks, RULE_NO_ONE_CLICK, place, NULL);
  if (has_header && has_post && !is_one_click_signed(checks))
    checks_add_at(checks, RULE_ONE_CLICK_UNSIGNED, place, NULL);
}
