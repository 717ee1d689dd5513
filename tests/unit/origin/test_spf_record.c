#include "origin/spf.h"
#include "origin/spf_record.h"
#include <string.h>

static void terms_are_read(void) {
  static const struct {
    const char *text;
    SpfKind kind;
    OriginResult result;
    const char *value;
    guint n_bits_4, n_bits_6;
  } terms[] = {
      {"-all", SPF_ALL, ORIGIN_FAIL, "", 32, 128},
      {"~ALL", SPF_ALL, ORIGIN_SOFTFAIL, "", 32, 128},
      {"?all", SPF_ALL, ORIGIN_NEUTRAL, "", 32, 128},
      {"+a", SPF_A, ORIGIN_PASS, "", 32, 128},
      {"a/24", SPF_A, ORIGIN_PASS, "", 24, 128},
      {"a//64", SPF_A, ORIGIN_PASS, "", 32, 64},
      {"mx:b.example/0//0", SPF_MX, ORIGIN_PASS, "b.example", 0, 0},
      {"ip4:192.0.2.1", SPF_IP4, ORIGIN_PASS, "192.0.2.1", 32, 128},
      {"ip4:192.0.2.1/24", SPF_IP4, ORIGIN_PASS, "192.0.2.1", 24, 128},
      {"ip6:2001:db8::/32", SPF_IP6, ORIGIN_PASS, "2001:db8::", 32, 32},
      {"include:_spf.b.example", SPF_INCLUDE, ORIGIN_PASS, "_spf.b.example", 32, 128},
      {"exists:%{i}.b.example", SPF_EXISTS, ORIGIN_PASS, "%{i}.b.example", 32, 128},
      {"ptr", SPF_PTR, ORIGIN_PASS, "", 32, 128},
      {"redirect=b.example", SPF_REDIRECT, ORIGIN_NONE, "b.example", 32, 128},
      {"exp=b.example", SPF_OTHER, ORIGIN_NONE, "b.example", 32, 128},
      {"x-y.z=", SPF_OTHER, ORIGIN_NONE, "", 32, 128},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(terms); i++) {
    g_autofree char *record = g_strconcat("v=spf1  ", terms[i].text, " ", NULL);
    g_autofree char *broken = NULL;
    g_autoptr(GPtrArray) read = spf_record_parse(record, &broken);
    g_assert_cmpstr(broken, ==, NULL);
    g_assert_cmpuint(read->len, ==, 1);
    const SpfTerm *term = g_ptr_array_index(read, 0);
    g_assert_cmpint(term->kind, ==, terms[i].kind);
    if (terms[i].result != ORIGIN_NONE)
      g_assert_cmpint(term->result, ==, terms[i].result);
    g_assert_cmpstr(term->text, ==, terms[i].text);
    g_assert_cmpstr(term->value, ==, terms[i].value);
    g_assert_true(terms[i].kind == SPF_IP6 || term->n_bits_4 == terms[i].n_bits_4);
    g_assert_cmpuint(term->n_bits_6, ==, terms[i].n_bits_6);
  }
}

static void what_is_no_term_spoils_the_record(void) {
  static const char *const broken[] = {
      "al",
      "-",
      "all:b.example",
      "include",
      "include:",
      "ip4",
      "ip4:",
      "ip4:x",
      "ip4:::1",
      "ip6:192.0.2.1",
      "ip4:192.0.2.1/33",
      "ip4:192.0.2.1/",
      "ip4:192.0.2.1/+8",
      "ip6:::/129",
      "a/08",
      "a/24/64",
      "a:",
      "mx//129",
      "exists",
      "-redirect=x",
      "redirect=",
      "ip4:192.0.2.1//64",
      "include/24",
      "all/24",
      "1=x",
      "\xC3\xA4",
  };

  for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
    g_autofree char *record = g_strconcat("v=spf1 a ", broken[i], " -all", NULL);
    g_autofree char *found = NULL;
    g_autoptr(GPtrArray) terms = spf_record_parse(record, &found);
    if (terms)
      g_error("%s: was taken", broken[i]);
    g_assert_cmpstr(found, ==, broken[i]);
  }
  g_autofree char *found = NULL;
  g_assert_null(spf_record_parse("v=spf1 redirect=a redirect=b", &found));
  g_assert_cmpstr(found, ==, "redirect=b");
}

static void records_have_so_many_terms(void) {
  g_autoptr(GString) record = g_string_new("v=spf1");
  g_autofree char *broken = NULL;

  for (guint i = 0; i < SPF_TERMS_MAX; i++)
    g_string_append(record, " a");
  g_autoptr(GPtrArray) most = spf_record_parse(record->str, &broken);
  g_assert_cmpuint(most->len, ==, SPF_TERMS_MAX);
  g_string_append(record, " a");
  g_assert_null(spf_record_parse(record->str, &broken));
  g_assert_cmpstr(broken, ==, "more than 256 terms");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/spf_record/terms_are_read", terms_are_read);
  g_test_add_func("/spf_record/what_is_no_term_spoils_the_record", what_is_no_term_spoils_the_record);
  g_test_add_func("/spf_record/records_have_so_many_terms", records_have_so_many_terms);
  return g_test_run();
}
