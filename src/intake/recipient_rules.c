#include "intake/recipient_rules.h"

static void log_undecided(Log *log, const IntakeQuestion *question, const RulesPattern *pattern) {
  log_event(
      log, LOG_LEVEL_WARNING, "undecided",
      "<peer>: could not decide about the recipient <to>: matching it with \"<pattern>\" exceeds the limits; use a "
      "simpler pattern",
      LOG_TEXT("peer", question->peer), LOG_TEXT("to", question->what),
      LOG_TEXT("pattern", rules_pattern_text(pattern)));
}

IntakeVerdict recipient_rules_judge(const IntakeQuestion *question, gpointer user_data) {
  static const IntakeReason reasons[] = {
      [RULES_RECIPIENT_TAKEN] = INTAKE_OK,
      [RULES_RECIPIENT_REJECTED] = INTAKE_RECIPIENT_REJECTED,
      [RULES_RECIPIENT_NOT_ALLOWED] = INTAKE_RECIPIENT_NOT_ALLOWED,
      [RULES_RECIPIENT_UNDECIDED] = INTAKE_RECIPIENT_UNDECIDED,
  };
  const RecipientRules *rules = user_data;
  const RulesPattern *pattern;
  RulesRecipientOutcome outcome = rules_recipients_judge(&rules->patterns, question->what, &pattern);

  if (outcome == RULES_RECIPIENT_UNDECIDED)
    log_undecided(rules->log, question, pattern);
  return intake_verdict(reasons[outcome]);
}
