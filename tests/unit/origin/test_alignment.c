#include "origin/alignment.h"

static void domains_are_aligned(void) {
  static const struct {
    const char *domain;
    const char *from;
    Alignment alignment;
  } vectors[] = {
      {"example.com", "example.com", ALIGNMENT_STRICT},
      {"mail.example.com", "example.com", ALIGNMENT_RELAXED},
      {"example.com", "a.b.example.com", ALIGNMENT_RELAXED},
      {"ample.com", "example.com", ALIGNMENT_NO},
      {"com", "example.com", ALIGNMENT_NO},
      {"example.com", "com", ALIGNMENT_NO},
      {"a.example.com", "b.example.com", ALIGNMENT_RELAXED},
      {"a.example.net", "b.example.net", ALIGNMENT_UNKNOWN},
      {"a.x.example.com", "b.x.example.com", ALIGNMENT_RELAXED},
      {"one.example", "two.example", ALIGNMENT_NO},
      {"example.com", "example.net", ALIGNMENT_NO},
      {"", "example.com", ALIGNMENT_NO},
      {"example.com", "", ALIGNMENT_NO},
      {"", "", ALIGNMENT_NO},
  };
  g_autoptr(DnsRecords) records = dns_records_new();

  dns_records_add(records, DNS_TXT, "_dmarc.example.com", "v=DMARC1; p=none");
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
    g_assert_cmpstr(alignment_name(alignment_of(vectors[i].domain, vectors[i].from, records)), ==,
                    alignment_name(vectors[i].alignment));
  g_assert_cmpint(alignment_of("a.example.com", "b.example.com", NULL), ==, ALIGNMENT_UNKNOWN);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/alignment/domains_are_aligned", domains_are_aligned);
  return g_test_run();
}
