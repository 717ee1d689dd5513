#include "rules/recipients.h"
#include <string.h>

enum { PATTERNS_MAX = 4 };

static GPtrArray *compile(const char *const *texts) {
  GPtrArray *patterns = g_ptr_array_new_with_free_func((GDestroyNotify)rules_pattern_free);

  for (gsize i = 0; i < PATTERNS_MAX && texts[i]; i++) {
    g_autoptr(GError) error = NULL;
    RulesPattern *pattern = rules_pattern_new(texts[i], &error);
    g_assert_no_error(error);
    g_assert_cmpstr(rules_pattern_text(pattern), ==, texts[i]);
    g_ptr_array_add(patterns, pattern);
  }
  return patterns;
}

static const struct {
  const char *allow[PATTERNS_MAX];
  const char *reject[PATTERNS_MAX];
  const char *forward_path;
  RulesRecipientOutcome expected;
} cases[] = {
    {{NULL}, {NULL}, "a@b.example", RULES_RECIPIENT_TAKEN},

    {{"@b\\.example$"}, {NULL}, "a@b.example", RULES_RECIPIENT_TAKEN},
    {{"@b\\.example$"}, {NULL}, "a@b.example.evil.example", RULES_RECIPIENT_NOT_ALLOWED},
    {{"b\\.example"}, {NULL}, "a@b.example.evil.example", RULES_RECIPIENT_TAKEN}, /* anywhere, if not held to an end */
    {{"^a@"}, {NULL}, "a@b.example", RULES_RECIPIENT_TAKEN},
    {{"^a@"}, {NULL}, "ba@b.example", RULES_RECIPIENT_NOT_ALLOWED},
    {{"x", "@b\\.example$"}, {NULL}, "a@b.example", RULES_RECIPIENT_TAKEN},
    {{"^a@B\\.Example$"}, {NULL}, "A@b.eXample", RULES_RECIPIENT_TAKEN},
    {{"(?-i)^a@"}, {NULL}, "A@b.example", RULES_RECIPIENT_NOT_ALLOWED},
    {{"^postmaster$"}, {NULL}, "Postmaster", RULES_RECIPIENT_TAKEN},
    {{"^ГРÜ.E@"}, {NULL}, "грüße@b.example", RULES_RECIPIENT_TAKEN},

    {{NULL}, {"^no"}, "nobody@b.example", RULES_RECIPIENT_REJECTED},
    {{NULL}, {"^no"}, "somebody@b.example", RULES_RECIPIENT_TAKEN},
    {{NULL}, {"x", "y", "^no"}, "nobody@b.example", RULES_RECIPIENT_REJECTED},
    {{"@b\\.example$"}, {"^no"}, "nobody@b.example", RULES_RECIPIENT_REJECTED},
    {{"@b\\.example$"}, {"^no"}, "somebody@b.example", RULES_RECIPIENT_TAKEN},
    {{"@b\\.example$"}, {"^no"}, "somebody@c.example", RULES_RECIPIENT_NOT_ALLOWED},
};

static void reject_is_stronger_than_allow(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GPtrArray) allow = compile(cases[i].allow);
    g_autoptr(GPtrArray) reject = compile(cases[i].reject);
    const RulesRecipients rules = {.allow = allow, .reject = reject};
    const RulesPattern *pattern;

    if (rules_recipients_judge(&rules, cases[i].forward_path, &pattern) != cases[i].expected)
      g_error("row %" G_GSIZE_FORMAT ": %s", i, cases[i].forward_path);
    if (cases[i].expected == RULES_RECIPIENT_REJECTED)
      g_assert_nonnull(pattern);
    if (cases[i].expected == RULES_RECIPIENT_NOT_ALLOWED)
      g_assert_null(pattern);
  }
}

/* A pattern with five nested searches for what is not there, and an address made for it. */
#define HOSTILE "^(.*)(.*)(.*)(.*)(.*)[^x]$"
#define MANY_X "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void what_takes_too_long_is_undecided_and_soon(void) {
  static const struct {
    const char *allow[PATTERNS_MAX];
    const char *reject[PATTERNS_MAX];
    RulesRecipientOutcome expected;
  } rows[] = {
      {{NULL}, {HOSTILE}, RULES_RECIPIENT_UNDECIDED},       {{HOSTILE}, {NULL}, RULES_RECIPIENT_UNDECIDED},
      {{HOSTILE, "^x"}, {NULL}, RULES_RECIPIENT_TAKEN},     {{"^x"}, {HOSTILE}, RULES_RECIPIENT_UNDECIDED},
      {{NULL}, {HOSTILE, "^x"}, RULES_RECIPIENT_REJECTED},  {{HOSTILE}, {"^x"}, RULES_RECIPIENT_REJECTED},
      {{HOSTILE, "^y"}, {NULL}, RULES_RECIPIENT_UNDECIDED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GPtrArray) allow = compile(rows[i].allow);
    g_autoptr(GPtrArray) reject = compile(rows[i].reject);
    const RulesRecipients rules = {.allow = allow, .reject = reject};
    const RulesPattern *pattern;

    g_assert_cmpint(rules_recipients_judge(&rules, MANY_X "@x.xx", &pattern), ==, rows[i].expected);
    if (rows[i].expected == RULES_RECIPIENT_UNDECIDED)
      g_assert_cmpstr(rules_pattern_text(pattern), ==, HOSTILE);
  }
}

static void address_over_512_bytes_is_undecided(void) {
  g_autoptr(RulesPattern) pattern = rules_pattern_new("x$", NULL);
  g_autofree char *longest = g_strnfill(RULES_TEXT_MAX, 'x');
  g_autofree char *longer = g_strnfill(RULES_TEXT_MAX + 1, 'x');

  g_assert_cmpint(rules_pattern_match(pattern, longest), ==, RULES_MATCH);
  g_assert_cmpint(rules_pattern_match(pattern, longer), ==, RULES_UNDECIDED);
}

static void wrong_pattern_is_explained(void) {
  static const struct {
    const char *text;
    const char *start;
  } rows[] = {
      {"(", "\"(\" is not a valid pattern: at byte 1: "},
      {"a**", "\"a**\" is not a valid pattern: at byte 2: "},
      {"ab[c", "\"ab[c\" is not a valid pattern: at byte 4: "},
      {"a\n(", "\"a\\n(\" is not a valid pattern: at byte 3: "},
      {"\xFF", "\"\\377\" is not a valid pattern: at byte 0: "},
      {"\\C", "\"\\\\C\" is not a valid pattern: at byte 2: "},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(rules_pattern_new(rows[i].text, &error));
    g_assert_error(error, RULES_ERROR, RULES_ERROR_PATTERN);
    if (!g_str_has_prefix(error->message, rows[i].start) || strlen(error->message) <= strlen(rows[i].start))
      g_error("%s: %s", rows[i].start, error->message);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/rules/recipients/" #name, name)
  ADD(reject_is_stronger_than_allow);
  ADD(what_takes_too_long_is_undecided_and_soon);
  ADD(address_over_512_bytes_is_undecided);
  ADD(wrong_pattern_is_explained);
#undef ADD
  return g_test_run();
}
