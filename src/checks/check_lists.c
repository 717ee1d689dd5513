/* How a list can be left (RFC 2369, RFC 8058), and who signed for the mail (RFC 6376, RFC 7489). */
#include "checks/checks_private.h"
#include "checks/dkim.h"
#include "message/list_unsubscribe.h"
#include <string.h>

/* --- signatures */

static gboolean has_tag(GHashTable *tags, const char *name) {
  const char *value = g_hash_table_lookup(tags, name);

  return value && *value != '\0';
}

/* h=, names with colons between. */
static gboolean covers(GHashTable *tags, const char *field) {
  const char *value = g_hash_table_lookup(tags, "h");
  g_auto(GStrv) names = g_strsplit(value ? value : "", ":", -1);

  for (char **name = names; *name; name++)
    if (g_ascii_strcasecmp(g_strstrip(*name), field) == 0)
      return TRUE;
  return FALSE;
}

/* NULL: not well-formed. */
static GHashTable *read_signature(const Checks *checks, const HeaderField *field) {
  static const char *const required[] = {"v", "a", "b", "bh", "d", "h", "s"};
  g_autofree char *value = message_field_value(checks->message, field);
  g_autoptr(GHashTable) tags = dkim_tags_read(value);

  for (gsize i = 0; tags && i < G_N_ELEMENTS(required); i++)
    if (!has_tag(tags, required[i]))
      return NULL;
  if (tags && strcmp(g_hash_table_lookup(tags, "v"), "1") != 0)
    return NULL;
  return g_steal_pointer(&tags);
}

/* Of GHashTable *, the signatures that can be read. */
static GPtrArray *read_signatures(const Checks *checks, guint *n_broken) {
  const GArray *fields = message_fields(checks->message);
  GPtrArray *signatures = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);

  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    if (!header_field_is(field, "DKIM-Signature"))
      continue;
    GHashTable *tags = read_signature(checks, field);
    *n_broken += !tags;
    if (tags)
      g_ptr_array_add(signatures, tags);
  }
  return signatures;
}

static void drop_blanks(char *text) {
  char *out = text;

  for (; *text != '\0'; text++)
    if (!g_ascii_isspace(*text))
      *out++ = *text;
  *out = '\0';
}

static gboolean is_of_this_body(const Checks *checks, GHashTable *tags) {
  const MessagePart *root = g_ptr_array_index(message_parts(checks->message), 0);
  const char *canonical = g_hash_table_lookup(tags, "c");
  const char *slash = canonical ? strchr(canonical, '/') : NULL;
  const char *limit = g_hash_table_lookup(tags, "l");
  gboolean is_sha1 = g_str_has_suffix(g_hash_table_lookup(tags, "a"), "-sha1");
  g_autofree char *told = g_strdup(g_hash_table_lookup(tags, "bh"));
  gsize len;
  const char *octets = (const char *)message_octets(checks->message, &len);
  g_autofree char *hash = dkim_body_hash(
      octets + root->body_offset, len - root->body_offset, slash && strcmp(slash + 1, "relaxed") == 0,
      limit ? g_ascii_strtoull(limit, NULL, 10) : G_MAXUINT64, is_sha1 ? G_CHECKSUM_SHA1 : G_CHECKSUM_SHA256);
  drop_blanks(told);
  return strcmp(told, hash) == 0;
}

static void check_signature(Checks *checks, GHashTable *tags) {
  const char *domain = g_hash_table_lookup(tags, "d");
  const char *expiry = g_hash_table_lookup(tags, "x");
  gint64 received_s = checks->received_us / G_USEC_PER_SEC;

  if (g_str_has_suffix(g_hash_table_lookup(tags, "a"), "-sha1"))
    checks_add(checks, RULE_DKIM_SHA1, domain);
  if (!covers(tags, "From"))
    checks_add(checks, RULE_DKIM_FROM_UNSIGNED, domain);
  if (has_tag(tags, "l"))
    checks_add(checks, RULE_DKIM_LENGTH, domain);
  if (expiry && received_s > 0 && g_ascii_strtoull(expiry, NULL, 10) < (guint64)received_s)
    checks_add(checks, RULE_DKIM_EXPIRED, domain);
  checks_add(checks, is_of_this_body(checks, tags) ? RULE_DKIM_OFFLINE : RULE_DKIM_BODY, domain);
}

void checks_authentication(Checks *checks) {
  enum { SIGNATURES_MAX = 10 /* the body is hashed for each */ };
  guint n_broken = 0;
  g_autoptr(GPtrArray) signatures = read_signatures(checks, &n_broken);
  gboolean is_aligned = FALSE;

  checks_add_many(checks, RULE_DKIM_FORM, n_broken, NULL);
  if (signatures->len + n_broken == 0)
    checks_add(checks, RULE_DKIM_NONE, NULL);
  for (guint i = 0; i < MIN(signatures->len, SIGNATURES_MAX); i++) {
    GHashTable *tags = g_ptr_array_index(signatures, i);
    g_autofree char *domain = g_ascii_strdown(g_hash_table_lookup(tags, "d"), -1);
    check_signature(checks, tags);
    is_aligned |= checks_are_aligned(domain, checks->from);
  }
  if (signatures->len > 0 && !is_aligned && checks->from[0] != '\0')
    checks_add(checks, RULE_DKIM_NOT_ALIGNED, checks->from);
  g_autofree char *envelope = checks_domain(checks->envelope->reverse_path ? checks->envelope->reverse_path : "");
  if (*envelope != '\0')
    checks_add(checks, RULE_SPF_OFFLINE, envelope);
  if (checks->from[0] != '\0')
    checks_add(checks, RULE_DMARC_OFFLINE, checks->from);
}

/* --- leaving a list */

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
  guint n_broken = 0;
  g_autoptr(GPtrArray) signatures = read_signatures(checks, &n_broken);

  for (guint i = 0; i < signatures->len; i++) {
    GHashTable *tags = g_ptr_array_index(signatures, i);
    if (covers(tags, "List-Unsubscribe") && covers(tags, "List-Unsubscribe-Post"))
      return TRUE;
  }
  return FALSE;
}

void checks_lists(Checks *checks) {
  g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(checks->message);
  gboolean has_header = *unsubscribe->header != '\0';
  gboolean has_post = *unsubscribe->header_post != '\0';

  if (*unsubscribe->errors != '\0')
    checks_add(checks, RULE_UNSUBSCRIBE_FORM, unsubscribe->errors);
  if (!has_header && is_bulk(checks))
    checks_add(checks, RULE_NO_UNSUBSCRIBE, NULL);
  if (has_header && !has_post)
    checks_add(checks, RULE_NO_ONE_CLICK, NULL);
  if (has_header && has_post && !is_one_click_signed(checks))
    checks_add(checks, RULE_ONE_CLICK_UNSIGNED, NULL);
}
