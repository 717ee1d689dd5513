#include "intake/verdict.h"

static const IntakeVerdict verdicts[INTAKE_REASONS_N] = {
    [INTAKE_OK] = {INTAKE_ACCEPT},
    [INTAKE_CLOSED] = {INTAKE_REJECT_FOR_NOW, .text = "the inbox is not open; try again later"},
    [INTAKE_NO_ROOM] = {INTAKE_REJECT_FOR_NOW, .text = "less space is left than --min-free requires; try again later"},
    [INTAKE_RECIPIENT_REJECTED] = {INTAKE_REJECT_FOR_GOOD,
                                   .text = "this address is not accepted: it matches --reject-recipients"},
    [INTAKE_RECIPIENT_NOT_ALLOWED] = {INTAKE_REJECT_FOR_GOOD,
                                      .text = "this address is not accepted: it does not match --allow-recipients"},
    [INTAKE_RECIPIENT_UNDECIDED] = {INTAKE_REJECT_FOR_NOW,
                                    .text = "the rules for recipients could not be applied to this address; see the "
                                            "server's log"},
    [INTAKE_TOO_LARGE] = {INTAKE_REJECT_FOR_GOOD, .text = "the message is larger than --max-size allows"},
    [INTAKE_BAD_CONTENT] = {INTAKE_REJECT_FOR_GOOD, .text = "the message is not one that can be stored"},
    [INTAKE_DISK_FULL] = {INTAKE_REJECT_FOR_NOW,
                          .text = "there is no space left to store the message; try again later"},
    [INTAKE_NOT_STORED] = {INTAKE_REJECT_FOR_NOW,
                           .text = "the message could not be stored; see the server's log, and try again later"},
    [INTAKE_LOGINS_BUSY] = {INTAKE_REJECT_FOR_NOW, .text = "too many logins are being checked; try again later"},
    [INTAKE_LOGINS_BLOCKED] = {INTAKE_CUT, .text = "too many logins from your address failed; try again later"},
};

IntakeVerdict intake_verdict(IntakeReason why) {
  IntakeVerdict verdict = verdicts[why];

  verdict.why = why;
  return verdict;
}
