#include "checks/checks.h"
#include "checks/checks_private.h"
#include "message/source_line.h"
#include <string.h>

const char *check_level_name(CheckLevel level) {
  static const char *const names[] = {[CHECK_INFO] = "info", [CHECK_WARNING] = "warning", [CHECK_ERROR] = "error"};

  return names[level];
}

/* --- what is found */

/* One line, cut between characters. */
static char *tidy(const char *detail) {
  g_autofree char *valid = g_utf8_make_valid(detail, -1);

  for (char *at = valid; *at != '\0'; at++)
    if (g_ascii_iscntrl(*at))
      *at = ' ';
  if (strlen(valid) > CHECK_DETAIL_BYTES_MAX)
    *g_utf8_find_prev_char(valid, valid + CHECK_DETAIL_BYTES_MAX + 1) = '\0';
  return g_strdup(g_strstrip(valid));
}

void checks_add_many(Checks *checks, CheckRule rule, guint64 count, const char *place, const char *detail) {
  if (count == 0)
    return;
  if (checks->counts[rule] == 0)
    checks->places[rule] = place;
  checks->counts[rule] += count;
  if (!checks->details[rule] && detail)
    checks->details[rule] = tidy(detail);
}

void checks_add_at(Checks *checks, CheckRule rule, const char *place, const char *detail) {
  checks_add_many(checks, rule, 1, place, detail);
}

void checks_add(Checks *checks, CheckRule rule, const char *detail) {
  checks_add_at(checks, rule, NULL, detail);
}

static void check_free(gpointer data) {
  MailCheck *check = data;

  g_free(check->text);
  g_free(check->detail);
  g_free(check->line_text);
  g_free(check);
}

/* An example that is a URL is looked for in the HTML as it is, and as HTML writes it. */
static const char *find_detail(const Checks *checks, CheckRule rule) {
  const char *detail = checks->details[rule];

  if (!checks->html || !detail || *detail == '\0' || strlen(detail) >= CHECK_DETAIL_BYTES_MAX)
    return NULL;
  const char *found = strstr(checks->html, detail);
  g_autofree char *escaped = found ? NULL : g_markup_escape_text(detail, -1);
  return found ? found : strstr(checks->html, escaped);
}

static void locate(const Checks *checks, CheckRule rule, MailCheck *check) {
  gboolean may_be_url = strcmp(check->group, "links") == 0 || strcmp(check->group, "html") == 0;
  const char *place = checks->places[rule];
  gsize bytes_len;
  const char *bytes = (const char *)message_bytes(checks->message, &bytes_len);
  gsize html_len = checks->html ? strlen(checks->html) : 0;

  if (!place && may_be_url)
    place = find_detail(checks, rule);
  if (place && checks->html && place >= checks->html && place <= checks->html + html_len) {
    check->located_in = "html";
    check->line_text = source_line_read(checks->html, html_len, (gsize)(place - checks->html), &check->line);
  } else if (place && place >= bytes && place <= bytes + bytes_len) {
    check->located_in = "raw";
    check->line_text = source_line_read(bytes, bytes_len, (gsize)(place - bytes), &check->line);
  }
}

static MailCheck *make_check(const Checks *checks, CheckRule number) {
  const CheckRuleText *rule = &check_rules[number];
  char *detail = checks->details[number];
  guint64 count = checks->counts[number];
  MailCheck *check = g_new(MailCheck, 1);
  g_autofree char *n_found = g_strdup_printf("%" G_GUINT64_FORMAT, count);
  GString *text = g_string_new(rule->text);

  g_string_replace(text, "#", n_found, 0);
  *check = (MailCheck){
      .name = rule->name,
      .group = rule->group,
      .level = rule->level,
      .text = g_string_free(text, FALSE),
      .detail = detail ? detail : g_strdup(""),
      .source = rule->source,
  };
  locate(checks, number, check);
  return check;
}

/* --- fields */

guint checks_count_fields(const Checks *checks, const char *name) {
  const GArray *fields = message_fields(checks->message);
  guint n = 0;

  for (guint i = 0; i < fields->len; i++)
    n += header_field_is(&g_array_index(fields, HeaderField, i), name);
  return n;
}

const char *checks_field_place(const Checks *checks, const char *name, guint number) {
  const GArray *fields = message_fields(checks->message);

  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    if (header_field_is(field, name) && number-- == 0)
      return field->name;
  }
  return NULL;
}

/* --- domains */

char *checks_domain(const char *address) {
  const char *at = strrchr(address, '@');

  return at ? g_ascii_strdown(at + 1, -1) : g_strdup("");
}

gboolean checks_are_aligned(const char *domain, const char *other) {
  return strcmp(domain, other) == 0 || (strchr(other, '.') && dns_name_is_below(domain, other)) ||
         (strchr(domain, '.') && dns_name_is_below(other, domain));
}

static char *read_from(const Message *message) {
  g_autoptr(GPtrArray) from = message_addresses(message, "From");

  return from->len > 0 ? checks_domain(((const MailAddress *)g_ptr_array_index(from, 0))->address) : g_strdup("");
}

/* --- the whole */

GPtrArray *checks_run(const Message *message, const Envelope *envelope, gint64 received_us,
                      const OriginReport *origin) {
  static void (*const groups[])(Checks *) = {checks_headers, checks_fields,    checks_parts,
                                             checks_html,    checks_html_form, checks_pictures,
                                             checks_links,   checks_lists,     checks_origin};
  g_autofree char *text = message_plain_text(message);
  g_autofree char *html = message_html(message);
  g_autofree char *from = read_from(message);
  g_autoptr(OwnParts) parts = html ? own_parts_new(message, html) : NULL;
  Checks checks = {
      .message = message,
      .envelope = envelope,
      .origin = origin,
      .received_us = received_us,
      .text = text,
      .html = html,
      .parts = parts,
      .from = from,
  };
  GPtrArray *found = g_ptr_array_new_with_free_func(check_free);

  for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
    groups[i](&checks);
  for (CheckRule rule = 0; rule < RULES_N; rule++)
    if (checks.counts[rule] > 0)
      g_ptr_array_add(found, make_check(&checks, rule));
  return found;
}
