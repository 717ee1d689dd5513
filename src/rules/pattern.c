#include "rules/pattern.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

struct RulesPattern {
  char *text;
  pcre2_code *code;
  pcre2_match_data *match;
  pcre2_match_context *limits;
};

G_DEFINE_QUARK(dsmtpd - rules - error - quark, rules_error)

RulesPattern *rules_pattern_new(const char *text, GError **error) {
  const guint32 flags = PCRE2_UTF | PCRE2_CASELESS | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
  PCRE2_SIZE offset = 0;
  int reason = 0;
  pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, flags, &reason, &offset, NULL);

  if (!code) {
    char why[256] = "";
    pcre2_get_error_message(reason, (PCRE2_UCHAR *)why, sizeof why);
    g_autofree char *shown = g_strescape(text, NULL);
    g_set_error(error, RULES_ERROR, RULES_ERROR_PATTERN,
                "\"%s\" is not a valid pattern: at byte %" G_GSIZE_FORMAT ": %s", shown, (gsize)offset, why);
    return NULL;
  }
  RulesPattern *pattern = g_new0(RulesPattern, 1);
  pattern->text = g_strdup(text);
  pattern->code = code;
  pattern->match = pcre2_match_data_create(1, NULL); /* where it matches is of no interest */
  pattern->limits = pcre2_match_context_create(NULL);
  pcre2_set_match_limit(pattern->limits, RULES_STEPS_MAX);
  pcre2_set_depth_limit(pattern->limits, RULES_STEPS_MAX);
  pcre2_set_heap_limit(pattern->limits, RULES_HEAP_MAX_KIB);
  return pattern;
}

RulesOutcome rules_pattern_match(const RulesPattern *pattern, const char *text) {
  gsize len = strlen(text);

  if (len > RULES_TEXT_MAX)
    return RULES_UNDECIDED;
  int outcome = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, 0, pattern->match, pattern->limits);
  if (outcome >= 0)
    return RULES_MATCH;
  return outcome == PCRE2_ERROR_NOMATCH ? RULES_MISMATCH : RULES_UNDECIDED;
}

const char *rules_pattern_text(const RulesPattern *pattern) {
  return pattern->text;
}

void rules_pattern_free(RulesPattern *pattern) {
  if (!pattern)
    return;
  pcre2_match_context_free(pattern->limits);
  pcre2_match_data_free(pattern->match);
  pcre2_code_free(pattern->code);
  g_free(pattern->text);
  g_free(pattern);
}
