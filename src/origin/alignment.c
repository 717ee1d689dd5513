#include "origin/alignment.h"
#include <string.h>

const char *alignment_name(Alignment alignment) {
  static const char *const names[] = {[ALIGNMENT_NO] = "no",
                                      [ALIGNMENT_UNKNOWN] = "unknown",
                                      [ALIGNMENT_RELAXED] = "relaxed",
                                      [ALIGNMENT_STRICT] = "strict"};

  return names[alignment];
}

static gboolean is_below(const char *domain, const char *above) {
  gsize len = strlen(domain);
  gsize above_len = strlen(above);

  return len > above_len && domain[len - above_len - 1] == '.' && strcmp(domain + len - above_len, above) == 0;
}

/* The longest domain that is above both, of two labels at least; NULL: there is none. */
static const char *find_common(const char *domain, const char *other) {
  for (const char *dot = strchr(domain, '.'); dot; dot = strchr(dot + 1, '.'))
    if (is_below(other, dot + 1))
      return strchr(dot + 1, '.') ? dot + 1 : NULL;
  return NULL;
}

static gboolean is_registered(const char *domain, const DnsRecords *records) {
  g_autofree char *name = g_strconcat("_dmarc.", domain, NULL);
  guint n;

  return dns_records_find_text(records, name, "v=DMARC1", &n) != NULL;
}

Alignment alignment_of(const char *domain, const char *from, const DnsRecords *records) {
  if (*domain == '\0' || *from == '\0')
    return ALIGNMENT_NO;
  if (strcmp(domain, from) == 0)
    return ALIGNMENT_STRICT;
  if ((strchr(from, '.') && is_below(domain, from)) || (strchr(domain, '.') && is_below(from, domain)))
    return ALIGNMENT_RELAXED;
  const char *common = find_common(domain, from);
  if (!common)
    return ALIGNMENT_NO;
  for (const char *at = common; at && strchr(at, '.'); at = strchr(at, '.') + 1)
    if (is_registered(at, records))
      return ALIGNMENT_RELAXED;
  return ALIGNMENT_UNKNOWN;
}
