/* Who signed for the message and who sent it, and whether that counts: RFC 6376, RFC 7208, RFC 7489. */
#include "checks/checks_private.h"

/* Those of RFC 6376 5.4.1 that say to a reader what the message is. */
static const char *const fields_to_sign[] = {"Reply-To", "Subject",    "Date",        "To",
                                             "Cc",       "References", "In-Reply-To", "List-Unsubscribe"};

static void check_coverage(Checks *checks, const DkimSignature *signature, const char *place) {
  g_autoptr(GString) missing = g_string_new(NULL);
  guint n_from = dkim_signature_covers(signature, "From");

  for (gsize i = 0; i < G_N_ELEMENTS(fields_to_sign); i++)
    if (checks_count_fields(checks, fields_to_sign[i]) > dkim_signature_covers(signature, fields_to_sign[i]))
      g_string_append_printf(missing, "%s%s", missing->len > 0 ? ", " : "", fields_to_sign[i]);
  if (missing->len > 0) {
    g_autofree char *detail = g_strdup_printf("%s: %s", signature->domain, missing->str);
    checks_add_at(checks, RULE_DKIM_UNSIGNED, place, detail);
  }
  if (n_from > 0 && n_from <= checks_count_fields(checks, "From"))
    checks_add_at(checks, RULE_DKIM_FROM_ADDABLE, place, signature->domain);
}

/* What is told of a verdict by its cause, and of others by what was found. */
static void check_verdict(Checks *checks, const DkimVerdict *verdict, const char *place) {
  static const CheckRule rules[] = {
      [DKIM_VALID] = RULE_DKIM_PASS,
      [DKIM_MALFORMED] = RULE_DKIM_FORM,
      [DKIM_FROM_UNSIGNED] = RULE_DKIM_FROM_UNSIGNED,
      [DKIM_SHA1] = RULE_DKIM_SHA1,
      [DKIM_EXPIRED] = RULE_DKIM_EXPIRED,
      [DKIM_BODY_CHANGED] = RULE_DKIM_BODY,
      [DKIM_BODY_SHORT] = RULE_DKIM_FORM,
      [DKIM_NO_KEY] = RULE_DKIM_OFFLINE,
      [DKIM_KEY_UNFIT] = RULE_DKIM_KEY,
      [DKIM_FIELDS_CHANGED] = RULE_DKIM_FIELDS,
      [DKIM_OTHER_KEY] = RULE_DKIM_FIELDS,
      [DKIM_FIELDS_OR_KEY] = RULE_DKIM_FIELDS,
  };
  const DkimSignature *signature = verdict->signature;
  g_autofree char *detail =
      signature ? g_strdup_printf("%s: %s", signature->domain, verdict->reason) : g_strdup(verdict->reason);

  checks_add_at(checks, rules[verdict->cause], place, detail);
  if (!signature)
    return;
  if (signature->algorithm == DKIM_RSA_SHA1 && verdict->cause != DKIM_SHA1)
    checks_add_at(checks, RULE_DKIM_SHA1, place, signature->domain);
  if (verdict->body == DKIM_PART_CHANGED && verdict->cause != DKIM_BODY_CHANGED)
    checks_add_at(checks, RULE_DKIM_BODY, place, signature->domain);
  if (signature->max_body_bytes != G_MAXUINT64)
    checks_add_at(checks, RULE_DKIM_LENGTH, place, signature->domain);
  if (verdict->key_bits > 0 && verdict->key_bits < DKIM_RSA_BITS_GOOD)
    checks_add_at(checks, RULE_DKIM_KEY_SHORT, place, signature->domain);
  check_coverage(checks, signature, place);
}

static void check_dkim(Checks *checks) {
  const OriginReport *origin = checks->origin;
  guint n_read = 0;
  gboolean may_be_aligned = FALSE;

  if (origin->signatures->len == 0)
    checks_add(checks, RULE_DKIM_NONE, NULL);
  for (guint i = 0; i < origin->signatures->len; i++) {
    const DkimVerdict *verdict = g_ptr_array_index(origin->signatures, i);
    check_verdict(checks, verdict, checks_field_place(checks, "DKIM-Signature", i));
    n_read += verdict->signature != NULL;
    may_be_aligned |= g_array_index(origin->evidence, DmarcEvidence, i).alignment != ALIGNMENT_NO;
  }
  checks_add_many(checks, RULE_DKIM_MANY, origin->n_unread, NULL, NULL);
  if (n_read > 0 && !may_be_aligned && *origin->from != '\0')
    checks_add(checks, RULE_DKIM_NOT_ALIGNED, origin->from);
}

static const struct {
  CheckRule spf, dmarc;
} rules_of_results[] = {
    [ORIGIN_UNKNOWN] = {RULE_SPF_OFFLINE, RULE_DMARC_OFFLINE}, [ORIGIN_PASS] = {RULE_SPF_PASS, RULE_DMARC_PASS},
    [ORIGIN_NEUTRAL] = {RULE_SPF_WEAK, RULE_DMARC_FAIL},       [ORIGIN_SOFTFAIL] = {RULE_SPF_WEAK, RULE_DMARC_FAIL},
    [ORIGIN_FAIL] = {RULE_SPF_FAIL, RULE_DMARC_FAIL},          [ORIGIN_PERMERROR] = {RULE_SPF_FORM, RULE_DMARC_FORM},
};

static void add_result(Checks *checks, CheckRule rule, const char *domain, const char *reason) {
  g_autofree char *detail = g_strdup_printf("%s: %s", domain, reason);

  checks_add(checks, rule, detail);
}

void checks_origin(Checks *checks) {
  const OriginReport *origin = checks->origin;

  check_dkim(checks);
  if (origin->spf.result != ORIGIN_NONE)
    add_result(checks, rules_of_results[origin->spf.result].spf, origin->spf_domain, origin->spf.reason);
  if (origin->dmarc.result != ORIGIN_NONE)
    add_result(checks, rules_of_results[origin->dmarc.result].dmarc, origin->from, origin->dmarc.reason);
}
