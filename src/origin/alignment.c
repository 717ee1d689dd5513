#include "origin/alignment.h"
#include <string.h>

const char *alignment_name(Alignment alignment) {
  static const char *const names[] = {[ALIGNMENT_NO] = "no",
                                      [ALIGNMENT_UNKNOWN] = "unknown",
                                      [ALIGNMENT_RELAXED] = "relaxed",
                                      [ALIGNMENT_STRICT] = "strict"};

  return names[alignment];
}

/* The longest domain that is above both, of two labels at least; NULL: there is none. */
static const char *find_common(const char *domain, const char *other) {
  for (const char *dot = strchr(domain, '.'); dot; dot = strchr(dot + 1, '.'))
    if (dns_name_is_below(other, dot + 1))
      return strchr(dot + 1, '.') ? dot + 1 : NULL;
  return NULL;
}

const char *alignment_find_dmarc(const char *of, const DnsRecords *records, char **out_name, guint *out_n) {
  for (const char *domain = of; domain && strchr(domain, '.'); domain = strchr(domain, '.') + 1) {
    g_autofree char *name = g_strconcat("_dmarc.", domain, NULL);
    const char *record = dns_records_find_text(records, name, "v=DMARC1", out_n);
    if (!record)
      continue;
    *out_name = g_steal_pointer(&name);
    return record;
  }
  *out_name = g_strconcat("_dmarc.", of, NULL);
  return NULL;
}

Alignment alignment_of(const char *domain, const char *from, const DnsRecords *records) {
  if (*domain == '\0' || *from == '\0')
    return ALIGNMENT_NO;
  if (strcmp(domain, from) == 0)
    return ALIGNMENT_STRICT;
  if ((strchr(from, '.') && dns_name_is_below(domain, from)) ||
      (strchr(domain, '.') && dns_name_is_below(from, domain)))
    return ALIGNMENT_RELAXED;
  const char *common = find_common(domain, from);
  if (!common)
    return ALIGNMENT_NO;
  g_autofree char *name = NULL;
  guint n_records;
  return alignment_find_dmarc(common, records, &name, &n_records) ? ALIGNMENT_RELAXED : ALIGNMENT_UNKNOWN;
}
