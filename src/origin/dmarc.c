#include "origin/dmarc.h"
#include "origin/tag_list.h"
#include <string.h>

typedef struct Policy {
  const char *action;       /* of p= */
  const char *action_below; /* of sp=, or that of p= */
  Alignment dkim, spf;      /* at least */
  guint percent;
} Policy;

/* --- the record */

/* As one that is static; NULL: it is none. */
static const char *read_action(const char *value) {
  static const char *const actions[] = {"none", "quarantine", "reject"};

  for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
    if (g_ascii_strcasecmp(value, actions[i]) == 0)
      return actions[i];
  return NULL;
}

static gboolean read_mode(const char *value, Alignment *out_alignment) {
  gboolean is_strict = value && g_ascii_strcasecmp(value, "s") == 0;

  *out_alignment = is_strict ? ALIGNMENT_STRICT : ALIGNMENT_RELAXED;
  return !value || is_strict || g_ascii_strcasecmp(value, "r") == 0;
}

static gboolean read_percent(const char *value, guint *out_percent) {
  guint64 percent = 100;
  gboolean is_good = !value || g_ascii_string_to_unsigned(value, 10, 0, 100, &percent, NULL);

  *out_percent = (guint)percent;
  return is_good;
}

/* NULL: it is well-formed; else what is not. */
static const char *read_policy(const char *record, Policy *out_policy) {
  g_autoptr(GHashTable) tags = tag_list_parse(record, strlen(record));
  const char *action = tags ? tag_list_find(tags, "p") : NULL;
  const char *below = tags ? tag_list_find(tags, "sp") : NULL;

  if (!tags)
    return "not a list of tags such as v=DMARC1; p=none, each once";
  out_policy->action = action ? read_action(action) : NULL;
  out_policy->action_below = below ? read_action(below) : out_policy->action;
  if (!out_policy->action)
    return "p= is not none, quarantine or reject";
  if (!out_policy->action_below)
    return "sp= is not none, quarantine or reject";
  if (!read_mode(tag_list_find(tags, "adkim"), &out_policy->dkim) ||
      !read_mode(tag_list_find(tags, "aspf"), &out_policy->spf))
    return "adkim= or aspf= is not r or s";
  return read_percent(tag_list_find(tags, "pct"), &out_policy->percent) ? NULL : "pct= is not a number from 0 to 100";
}

/* --- the verdict */

/* Does it pass, or might it if more were known? */
static OriginResult weigh(DmarcEvidence evidence, Alignment least) {
  gboolean may_pass = evidence.result == ORIGIN_PASS || evidence.result == ORIGIN_UNKNOWN;

  if (!may_pass || evidence.alignment == ALIGNMENT_NO ||
      (least == ALIGNMENT_STRICT && evidence.alignment != ALIGNMENT_STRICT))
    return ORIGIN_FAIL;
  return evidence.result == ORIGIN_PASS && evidence.alignment >= least ? ORIGIN_PASS : ORIGIN_UNKNOWN;
}

static OriginResult weigh_signatures(const GArray *signatures, Alignment least) {
  OriginResult best = ORIGIN_FAIL;

  for (guint i = 0; i < signatures->len && best != ORIGIN_PASS; i++) {
    OriginResult result = weigh(g_array_index(signatures, DmarcEvidence, i), least);
    best = result == ORIGIN_FAIL ? best : result;
  }
  return best;
}

/* What of it is known to serve, or not to. */
static const char *name_evidence(OriginResult dkim, OriginResult spf) {
  if (dkim == ORIGIN_PASS && spf == ORIGIN_PASS)
    return "DKIM and SPF pass for From's domain";
  if (dkim == ORIGIN_PASS || spf == ORIGIN_PASS)
    return dkim == ORIGIN_PASS ? "DKIM passes for From's domain" : "SPF passes for From's domain";
  if (dkim == ORIGIN_FAIL && spf == ORIGIN_FAIL)
    return "neither DKIM nor SPF passes for From's domain";
  if (dkim == ORIGIN_FAIL)
    return "DKIM does not pass for From's domain, and SPF is unknown";
  return spf == ORIGIN_FAIL ? "SPF does not pass for From's domain, and DKIM is unknown"
                            : "DKIM and SPF are unknown for From's domain";
}

static const char *name_action(const char *action) {
  if (strcmp(action, "reject") == 0)
    return "tells receivers to reject the message";
  return strcmp(action, "quarantine") == 0 ? "tells receivers to treat the message as spam" : "requests no action";
}

static void judge(const Policy *policy, gboolean is_below, OriginResult dkim, OriginResult spf, DmarcVerdict *verdict) {
  const char *evidence = name_evidence(dkim, spf);

  verdict->source = "RFC 7489 6.6.2";
  verdict->policy = is_below ? policy->action_below : policy->action;
  verdict->result = dkim == ORIGIN_PASS || spf == ORIGIN_PASS   ? ORIGIN_PASS
                    : dkim == ORIGIN_FAIL && spf == ORIGIN_FAIL ? ORIGIN_FAIL
                                                                : ORIGIN_UNKNOWN;
  g_autofree char *share =
      policy->percent < 100 ? g_strdup_printf(" (for %u%% of the messages)", policy->percent) : g_strdup("");
  if (verdict->result == ORIGIN_PASS)
    verdict->reason = g_strdup(evidence);
  else
    verdict->reason = g_strdup_printf("%s; %s says %s, which %s%s", evidence, verdict->record, verdict->policy,
                                      name_action(verdict->policy), share);
}

static void say(DmarcVerdict *verdict, OriginResult result, const char *source, char *reason) {
  verdict->result = result;
  verdict->source = source;
  verdict->reason = reason;
}

void dmarc_check(const char *from, const GArray *signatures, DmarcEvidence spf, const DnsRecords *records,
                 DmarcVerdict *out_verdict) {
  Policy policy = {.dkim = ALIGNMENT_RELAXED, .spf = ALIGNMENT_RELAXED};
  guint n = 0;

  *out_verdict = (DmarcVerdict){.policy = ""};
  if (*from == '\0') {
    out_verdict->record = g_strdup("");
    say(out_verdict, ORIGIN_NONE, "RFC 7489 6.6.1", g_strdup("From has no domain"));
    return;
  }
  const char *record = alignment_find_dmarc(from, records, &out_verdict->record, &n);
  const char *problem = record ? read_policy(record, &policy) : NULL;
  OriginResult dkim = weigh_signatures(signatures, policy.dkim);
  OriginResult by_spf = weigh(spf, policy.spf);
  if (!record)
    say(out_verdict, ORIGIN_UNKNOWN, "RFC 7489 6.6.3",
        g_strdup_printf("needs the record TXT %s; %s", out_verdict->record, name_evidence(dkim, by_spf)));
  else if (n > 1)
    say(out_verdict, ORIGIN_PERMERROR, "RFC 7489 6.6.3",
        g_strdup_printf("%s has several DMARC records", out_verdict->record));
  else if (problem)
    say(out_verdict, ORIGIN_PERMERROR, "RFC 7489 6.3",
        g_strdup_printf("the record TXT %s is malformed: %s", out_verdict->record, problem));
  else
    judge(&policy, strcmp(out_verdict->record + strlen("_dmarc."), from) != 0, dkim, by_spf, out_verdict);
}

void dmarc_verdict_clear(DmarcVerdict *verdict) {
  g_clear_pointer(&verdict->reason, g_free);
  g_clear_pointer(&verdict->record, g_free);
}
