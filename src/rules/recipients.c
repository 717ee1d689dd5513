#include "rules/recipients.h"

/* A match anywhere settles it; else one that is undecided leaves all so. */
static RulesOutcome match_any(const GPtrArray *patterns, const char *text, const RulesPattern **out_pattern) {
  RulesOutcome outcome = RULES_MISMATCH;

  for (guint i = 0; patterns && i < patterns->len; i++) {
    const RulesPattern *pattern = g_ptr_array_index(patterns, i);
    RulesOutcome one = rules_pattern_match(pattern, text);
    if (one == RULES_MISMATCH)
      continue;
    *out_pattern = pattern;
    if (one == RULES_MATCH)
      return RULES_MATCH;
    outcome = RULES_UNDECIDED;
  }
  return outcome;
}

RulesRecipientOutcome rules_recipients_judge(const RulesRecipients *rules, const char *forward_path,
                                             const RulesPattern **out_pattern) {
  static const RulesRecipientOutcome rejected[] = {
      [RULES_MISMATCH] = RULES_RECIPIENT_TAKEN,
      [RULES_MATCH] = RULES_RECIPIENT_REJECTED,
      [RULES_UNDECIDED] = RULES_RECIPIENT_UNDECIDED,
  };
  static const RulesRecipientOutcome allowed[] = {
      [RULES_MISMATCH] = RULES_RECIPIENT_NOT_ALLOWED,
      [RULES_MATCH] = RULES_RECIPIENT_TAKEN,
      [RULES_UNDECIDED] = RULES_RECIPIENT_UNDECIDED,
  };

  *out_pattern = NULL;
  RulesOutcome outcome = match_any(rules->reject, forward_path, out_pattern);
  if (outcome != RULES_MISMATCH || !rules->allow || rules->allow->len == 0)
    return rejected[outcome];
  return allowed[match_any(rules->allow, forward_path, out_pattern)];
}
