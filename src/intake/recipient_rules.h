#pragma once
/* --allow-recipients and --reject-recipients, for INTAKE_STEP_RCPT.
 *
 * Owns: nothing; the patterns and the log are lent.
 * Thread: the loop thread.
 * Errors: a pattern that exceeds its limits rejects for now, and the log says which.
 * Source: docs/smtp.md, "Recipients". */
#include "base/log.h"
#include "intake/intake.h"
#include "rules/recipients.h"

typedef struct RecipientRules {
  RulesRecipients patterns;
  Log *log;
} RecipientRules;

/* An IntakeJudge of a RecipientRules. */
IntakeVerdict recipient_rules_judge(const IntakeQuestion *question, gpointer rules);
