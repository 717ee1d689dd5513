#include "origin/dns_records.h"
#include <string.h>

static DnsRecords *read_records(const char *text) {
  g_autoptr(DnsRecords) records = dns_records_new();
  g_autoptr(GError) error = NULL;

  if (!dns_records_parse(records, text, strlen(text), "f", &error))
    g_error("\"%s\": %s", text, error->message);
  return g_steal_pointer(&records);
}

/* All data of a name, with | between; "": none. */
static char *find(const DnsRecords *records, DnsType type, const char *name) {
  const GPtrArray *list = dns_records_find(records, type, name);
  GString *text = g_string_new(NULL);

  for (guint i = 0; list && i < list->len; i++)
    g_string_append_printf(text, "%s%s", i > 0 ? "|" : "", (const char *)g_ptr_array_index(list, i));
  return g_string_free(text, FALSE);
}

/* A file, a name, and the texts of that name. */
static void texts_are_read(void) {
  static const char *const vectors[][3] = {
      {"a.example TXT \"x\"", "a.example", "x"},
      {"a.example. 3600 IN TXT \"x\"\n", "A.Example.", "x"},
      {"a.example\tIN\t1h\ttxt\t\"x y\" \"z\"\r\n", "a.example", "x yz"},
      {"a.example TXT v=spf1 ip4:192.0.2.1; -all \n", "a.example", "v=spf1 ip4:192.0.2.1; -all"},
      {"a.example TXT x ; y\nb.example TXT \"z\" ; comment\n", "b.example", "z"},
      {"; comment\n# comment\n\n \na.example TXT \"x;\" ; \"y\"", "a.example", "x;"},
      {"a.example IN TXT ( \"v=DKIM1; \"\n\t; comment\n \"p=x\" )  ; ---- key\nb.example TXT y", "a.example",
       "v=DKIM1; p=x"},
      {"a.example TXT \"\\\"\\065\\;\\\\\"", "a.example", "\"A;\\"},
      {"a.example TXT \"x\"\n  TXT \"y\"\n\tTXT z\n", "a.example", "x|y|z"},
      {"$ORIGIN example.com.\n$TTL 1h\ns._domainkey TXT \"x\"", "s._domainkey.example.com", "x"},
      {"$ORIGIN example.com\n@ TXT \"x\"\na.b. TXT y", "example.com", "x"},
      {"$ORIGIN com\n$ORIGIN example\na TXT \"x\"", "a.example.com", "x"},
      {"a.example CNAME b.example\nb.example TXT \"x\"", "a.example", "x"},
      {"a.example CNAME a.example", "a.example", ""},
      {"txt.example TXT \"x\"\nexample. IN SOA ns. me. ( 1 2\n 3 4 5 ) ; y\nexample. NS ns.example.", "txt.example",
       "x"},
      {"a.example TXT", "a.example", ""},
      {"b\xC3\xBC"
       "cher.example TXT \"x\"",
       "xn--bcher-kva.example", "x"},
      {"", "a.example", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(DnsRecords) records = read_records(vectors[i][0]);
    g_autofree char *found = find(records, DNS_TXT, vectors[i][1]);
    g_assert_cmpstr(found, ==, vectors[i][2]);
  }
}

static void addresses_are_read(void) {
  g_autoptr(DnsRecords) records = read_records("a.example A 192.0.2.1\na.example AAAA 2001:db8::1\n"
                                               "a.example MX 10 m.example.\na.example. MX 20 .");
  g_autofree char *ip4 = find(records, DNS_A, "a.example");
  g_autofree char *ip6 = find(records, DNS_AAAA, "a.example");
  g_autofree char *mx = find(records, DNS_MX, "a.example");

  g_assert_cmpstr(ip4, ==, "192.0.2.1");
  g_assert_cmpstr(ip6, ==, "2001:db8::1");
  g_assert_cmpstr(mx, ==, "m.example|");
  g_assert_null(dns_records_find(records, DNS_TXT, "a.example"));
  g_assert_null(dns_records_find(NULL, DNS_TXT, "a.example"));
}

static void texts_are_told_by_their_version(void) {
  g_autoptr(DnsRecords) records =
      read_records("a.example TXT other\na.example TXT v=spf10\na.example TXT V=SPF1 -all\na.example TXT v=spf1");
  guint n;

  g_assert_cmpstr(dns_records_find_text(records, "a.example", "v=spf1", &n), ==, "V=SPF1 -all");
  g_assert_cmpuint(n, ==, 2);
  g_assert_null(dns_records_find_text(records, "b.example", "v=spf1", &n));
  g_assert_cmpuint(n, ==, 0);
}

/* A file, and the line and the words by which it is rejected. */
static void what_is_wrong_is_told(void) {
  static const struct {
    const char *text;
    const char *line;
    const char *words;
  } vectors[] = {
      {"a.example TXT \"x\nb.example TXT y", "line 1", "quote"},
      {"\n\na.example TXT ( \"x\"\n", "line 3", "parenthesis"},
      {"a.example TXT \"x\" )", "line 1", "parentheses"},
      {"a.example TXT ( ( \"x\" ) )", "line 1", "parentheses"},
      {"a.example", "line 1", "not a record"},
      {"a.example 3600 IN", "line 1", "not a record"},
      {" TXT \"x\"", "line 1", "not a record"},
      {"s._domainkey TXT \"x\"", "line 1", "lacks its domain"},
      {"@ TXT \"x\"", "line 1", "$ORIGIN"},
      {"$ORIGIN a..b", "line 1", "$ORIGIN"},
      {"$ORIGIN", "line 1", "$ORIGIN"},
      {"$INCLUDE /etc/passwd", "line 1", "$ORIGIN and $TTL"},
      {"a!b TXT \"x\"", "line 1", "not a domain name"},
      {"ok.example TXT \"x\"\na.example A 192.0.2.256", "line 2", "IPv4"},
      {"a.example AAAA 192.0.2.1", "line 1", "IPv6"},
      {"a.example MX m.example", "line 1", "MX"},
      {"a.example CNAME", "line 1", "CNAME"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(DnsRecords) records = dns_records_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(dns_records_parse(records, vectors[i].text, strlen(vectors[i].text), "f.zone", &error));
    g_assert_error(error, DNS_RECORDS_ERROR, DNS_RECORDS_ERROR_LINE);
    if (!strstr(error->message, vectors[i].line) || !strstr(error->message, vectors[i].words) ||
        !g_str_has_prefix(error->message, "DNS records f.zone, "))
      g_error("\"%s\": %s", vectors[i].text, error->message);
  }
}

static gboolean fits(const char *text, gsize len) {
  g_autoptr(DnsRecords) records = dns_records_new();

  return dns_records_parse(records, text, len, "f", NULL);
}

static void limits_hold(void) {
  g_autofree char *filler = g_strnfill(DNS_RECORD_BYTES_MAX, 'x');
  const char *forms[] = {"a.example TXT \"%s%s\"", "a.example TXT \"%s\" \"%s\"", "a.example TXT %s%s"};

  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
    g_auto(GStrv) parts = g_strsplit(forms[i], "%s", -1);
    g_autofree char *most = g_strconcat(parts[0], filler, parts[1], parts[2], NULL);
    g_autofree char *more = g_strconcat(parts[0], filler, parts[1], "y", parts[2], NULL);
    g_assert_true(fits(most, strlen(most)));
    g_assert_false(fits(more, strlen(more)));
  }
  g_assert_false(fits("a.example TXT \"\0\"", 17));
  g_assert_false(fits("a.example TXT \0", 15));
  g_assert_false(fits("a.example TXT \"\\000\"", 20));

  g_autoptr(GString) words = g_string_new("a.example TXT");
  for (guint i = 2; i < DNS_STRINGS_MAX; i++)
    g_string_append(words, " \"x\"");
  g_assert_true(fits(words->str, words->len));
  g_string_append(words, " \"x\"");
  g_assert_false(fits(words->str, words->len));

  g_autoptr(GString) many = g_string_new(NULL);
  for (guint i = 0; i < DNS_RECORDS_MAX; i++)
    g_string_append(many, "a.example A 192.0.2.1\n");
  g_assert_true(fits(many->str, many->len));
  g_string_append(many, "a.example A 192.0.2.1\n");
  g_assert_false(fits(many->str, many->len));
}

static void names_are_normalized(void) {
  static const char *const vectors[][2] = {
      {"Example.COM.", "example.com"},
      {"_dmarc.a-b.example", "_dmarc.a-b.example"},
      {".", NULL},
      {"", NULL},
      {"a..b", NULL},
      {".a", NULL},
      {"a b", NULL},
      {"a/b", NULL},
      {"\xFF", NULL},
      {"a..", NULL},
      {"\xE2\x80\xAE", NULL},
  };
  g_autofree char *most = g_strnfill(DNS_NAME_BYTES_MAX + 1, 'a');

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *name = dns_name_normalize(vectors[i][0]);
    g_assert_cmpstr(name, ==, vectors[i][1]);
  }
  g_assert_null(dns_name_normalize(most));
  g_autofree char *fitting = dns_name_normalize(most + 1);
  g_assert_cmpstr(fitting, ==, most + 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns_records/texts_are_read", texts_are_read);
  g_test_add_func("/dns_records/addresses_are_read", addresses_are_read);
  g_test_add_func("/dns_records/texts_are_told_by_their_version", texts_are_told_by_their_version);
  g_test_add_func("/dns_records/what_is_wrong_is_told", what_is_wrong_is_told);
  g_test_add_func("/dns_records/limits_hold", limits_hold);
  g_test_add_func("/dns_records/names_are_normalized", names_are_normalized);
  return g_test_run();
}
