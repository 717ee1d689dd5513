#pragma once
/* Which recipients get mail.
 *
 * Owns: nothing; the patterns are lent.
 * Thread: one at a time.
 * Errors: none: what could not be decided is an outcome.
 * Source: docs/smtp.md, "Recipients". */
#include "rules/pattern.h"

typedef struct RulesRecipients {
  const GPtrArray *allow;  /* RulesPattern; NULL or empty: everybody */
  const GPtrArray *reject; /* RulesPattern, stronger than `allow`; NULL: nobody */
} RulesRecipients;

typedef enum {
  RULES_RECIPIENT_TAKEN,
  RULES_RECIPIENT_REJECTED,    /* matches one of `reject` */
  RULES_RECIPIENT_NOT_ALLOWED, /* matches none of `allow` */
  RULES_RECIPIENT_UNDECIDED    /* a pattern that decides needs more than the limits allow */
} RulesRecipientOutcome;

/* `*out_pattern` is the pattern that matched or could not be decided, lent, or NULL. */
RulesRecipientOutcome rules_recipients_judge(const RulesRecipients *rules, const char *forward_path,
                                             const RulesPattern **out_pattern);
