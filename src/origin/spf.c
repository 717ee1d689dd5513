#include "origin/spf.h"
#include "net/cidr.h"
#include "origin/spf_record.h"
#include <arpa/inet.h>
#include <string.h>

typedef enum { NO_MATCH, MATCH, NEEDS_DNS, BROKEN } Match;

/* One evaluation under way, with all records it includes. */
typedef struct Work {
  const NetAddress *address;
  char *ip; /* for people */
  const DnsRecords *records;
  guint n_lookups;
  char *broken; /* what is wrong, of BROKEN */
  char *needed; /* what would have to be looked up, of NEEDS_DNS: the first */
} Work;

static SpfVerdict evaluate(Work *work, const char *domain);

/* --- matching */

static gboolean is_in(const Work *work, int family, const char *ip, guint n_bits) {
  NetCidr block = {.family = (sa_family_t)family, .n_bits = n_bits};

  return inet_pton(family, ip, block.ip) == 1 && net_cidr_contains(&block, work->address);
}

static Match need(Work *work, const char *what) {
  if (!work->needed)
    work->needed = g_strdup(what);
  return NEEDS_DNS;
}

static Match break_at(Work *work, const char *what) {
  if (!work->broken)
    work->broken = g_strdup(what);
  return BROKEN;
}

/* Is the client one of a host's addresses? Who gave some of them gave all. */
static Match match_host(Work *work, const SpfTerm *term, const char *host) {
  const GPtrArray *ip4 = dns_records_find(work->records, DNS_A, host);
  const GPtrArray *ip6 = dns_records_find(work->records, DNS_AAAA, host);

  for (guint i = 0; ip4 && i < ip4->len; i++)
    if (is_in(work, AF_INET, g_ptr_array_index(ip4, i), term->n_bits_4))
      return MATCH;
  for (guint i = 0; ip6 && i < ip6->len; i++)
    if (is_in(work, AF_INET6, g_ptr_array_index(ip6, i), term->n_bits_6))
      return MATCH;
  return ip4 || ip6 ? NO_MATCH : need(work, term->text);
}

static Match match_mx(Work *work, const SpfTerm *term, const char *domain) {
  const GPtrArray *hosts = dns_records_find(work->records, DNS_MX, domain);
  Match match = NO_MATCH;

  if (!hosts)
    return need(work, term->text);
  if (hosts->len > SPF_HOSTS_MAX)
    return break_at(work, "an MX with more than 10 hosts");
  for (guint i = 0; i < hosts->len && match != MATCH; i++) {
    const char *host = g_ptr_array_index(hosts, i);
    Match found = *host != '\0' ? match_host(work, term, host) : NO_MATCH;
    match = found == NO_MATCH ? match : found;
  }
  return match;
}

static Match match_include(Work *work, const SpfTerm *term, const char *domain) {
  SpfVerdict verdict = evaluate(work, domain);
  OriginResult result = verdict.result;

  spf_verdict_clear(&verdict);
  switch (result) {
  case ORIGIN_PASS:
    return MATCH;
  case ORIGIN_UNKNOWN:
    return need(work, term->text);
  case ORIGIN_PERMERROR:
    return break_at(work, term->text);
  default:
    return NO_MATCH;
  }
}

static Match match_exists(Work *work, const SpfTerm *term, const char *domain) {
  return dns_records_find(work->records, DNS_A, domain) ? MATCH : need(work, term->text);
}

static Match match_ptr(Work *work, const SpfTerm *term, const char *domain) {
  return need(work, term->text);
}

static Match match_all(Work *work, const SpfTerm *term, const char *domain) {
  return MATCH;
}

static Match match_ip4(Work *work, const SpfTerm *term, const char *domain) {
  return is_in(work, AF_INET, term->value, term->n_bits_4) ? MATCH : NO_MATCH;
}

static Match match_ip6(Work *work, const SpfTerm *term, const char *domain) {
  return is_in(work, AF_INET6, term->value, term->n_bits_6) ? MATCH : NO_MATCH;
}

static const struct {
  Match (*match)(Work *work, const SpfTerm *term, const char *domain);
  gboolean takes_lookup;
  const char *source;
} mechanisms[] = {
    [SPF_ALL] = {match_all, FALSE, "RFC 7208 5.1"}, [SPF_INCLUDE] = {match_include, TRUE, "RFC 7208 5.2"},
    [SPF_A] = {match_host, TRUE, "RFC 7208 5.3"},   [SPF_MX] = {match_mx, TRUE, "RFC 7208 5.4"},
    [SPF_PTR] = {match_ptr, TRUE, "RFC 7208 5.5"},  [SPF_IP4] = {match_ip4, FALSE, "RFC 7208 5.6"},
    [SPF_IP6] = {match_ip6, FALSE, "RFC 7208 5.6"}, [SPF_EXISTS] = {match_exists, TRUE, "RFC 7208 5.7"},
};

/* --- the evaluation of a record */

static SpfVerdict make_verdict(OriginResult result, const char *source, char *reason) {
  return (SpfVerdict){.result = result, .reason = reason, .source = source};
}

static SpfVerdict make_broken(const Work *work, const char *domain) {
  return make_verdict(ORIGIN_PERMERROR, "RFC 7208 4.6",
                      g_strdup_printf("the record of %s is malformed: %s", domain, work->broken));
}

static Match count_lookup(Work *work) {
  return ++work->n_lookups > SPF_LOOKUPS_MAX ? break_at(work, "more than 10 lookups") : NO_MATCH;
}

static Match match_term(Work *work, const SpfTerm *term, const char *domain) {
  gboolean has_macro = strchr(term->value, '%') != NULL;

  if (mechanisms[term->kind].takes_lookup && count_lookup(work) == BROKEN)
    return BROKEN;
  if (has_macro)
    return need(work, term->text);
  g_autofree char *name = *term->value != '\0' ? dns_name_normalize(term->value) : g_strdup(domain);
  if (!name && mechanisms[term->kind].takes_lookup)
    return break_at(work, term->text);
  return mechanisms[term->kind].match(work, term, name);
}

static SpfVerdict follow_redirect(Work *work, const SpfTerm *term, const char *domain) {
  g_autofree char *name = strchr(term->value, '%') ? NULL : dns_name_normalize(term->value);

  if (!name)
    need(work, term->text);
  else if (count_lookup(work) == NO_MATCH)
    return evaluate(work, name);
  if (work->broken)
    return make_broken(work, domain);
  return make_verdict(ORIGIN_UNKNOWN, "RFC 7208 6.1", g_strdup_printf("needs a lookup: %s", work->needed));
}

static SpfVerdict evaluate_terms(Work *work, const char *domain, const GPtrArray *terms) {
  const SpfTerm *redirect = NULL;

  for (guint i = 0; i < terms->len; i++) {
    const SpfTerm *term = g_ptr_array_index(terms, i);
    if (term->kind >= SPF_REDIRECT) {
      redirect = term->kind == SPF_REDIRECT ? term : redirect;
      continue;
    }
    Match match = match_term(work, term, domain);
    if (match == BROKEN)
      return make_broken(work, domain);
    if (match == NEEDS_DNS)
      return make_verdict(ORIGIN_UNKNOWN, mechanisms[term->kind].source,
                          g_strdup_printf("needs a lookup: %s", work->needed));
    if (match == MATCH)
      return make_verdict(term->result, mechanisms[term->kind].source,
                          g_strdup_printf("the record of %s: %s matches %s", domain, term->text, work->ip));
  }
  if (redirect)
    return follow_redirect(work, redirect, domain);
  return make_verdict(ORIGIN_NEUTRAL, "RFC 7208 4.7",
                      g_strdup_printf("the record of %s has no match for %s", domain, work->ip));
}

static SpfVerdict evaluate(Work *work, const char *domain) {
  guint n;
  const char *record = dns_records_find_text(work->records, domain, "v=spf1", &n);

  if (!record) {
    g_autofree char *what = g_strdup_printf("TXT %s", domain);
    need(work, what);
    return make_verdict(ORIGIN_UNKNOWN, "RFC 7208 4.4", g_strdup_printf("needs the record %s", what));
  }
  g_autoptr(GPtrArray) terms = n == 1 ? spf_record_parse(record, &work->broken) : NULL;
  if (n > 1)
    return make_verdict(ORIGIN_PERMERROR, "RFC 7208 4.5", g_strdup_printf("%s has several SPF records", domain));
  return terms ? evaluate_terms(work, domain, terms) : make_broken(work, domain);
}

/* --- the whole */

/* What is said of an address that nobody else will see is not a verdict on the message. */
static void soften(const Work *work, SpfVerdict *verdict) {
  gboolean is_about_address =
      verdict->result == ORIGIN_FAIL || verdict->result == ORIGIN_SOFTFAIL || verdict->result == ORIGIN_NEUTRAL;

  if (!is_about_address || !net_cidr_is_private(work->address))
    return;
  g_autofree char *reason = g_steal_pointer(&verdict->reason);
  verdict->reason = g_strdup_printf("the Internet sees another address than %s, for which the result would be %s: %s",
                                    work->ip, origin_result_name(verdict->result), reason);
  verdict->result = ORIGIN_UNKNOWN;
}

void spf_check(const NetAddress *address, const char *domain, const DnsRecords *records, SpfVerdict *out_verdict) {
  Work work = {.address = address, .ip = address ? net_address_host(address) : NULL, .records = records};

  if (!work.ip) {
    *out_verdict = make_verdict(ORIGIN_UNKNOWN, "RFC 7208 4.1",
                                g_strdup("needs the address of the server that sends the message to the Internet"));
    return;
  }
  *out_verdict = evaluate(&work, domain);
  soften(&work, out_verdict);
  g_free(work.ip);
  g_free(work.broken);
  g_free(work.needed);
}

void spf_verdict_clear(SpfVerdict *verdict) {
  g_clear_pointer(&verdict->reason, g_free);
}
