#include "smtp/wording.h"

enum { CODE_CLOSING = 421 };

SmtpReply smtp_reply_for(const IntakeVerdict *verdict) {
  static const SmtpReply rows[INTAKE_REASONS_N] = {
      [INTAKE_CLOSED] = {451, "4.3.2"},
      [INTAKE_NO_ROOM] = {452, "4.3.1"},
      [INTAKE_RECIPIENT_REJECTED] = {550, "5.1.1"},
      [INTAKE_RECIPIENT_NOT_ALLOWED] = {550, "5.1.1"},
      [INTAKE_RECIPIENT_UNDECIDED] = {451, "4.3.0"},
      [INTAKE_TOO_LARGE] = {552, "5.3.4"},
      [INTAKE_BAD_CONTENT] = {554, "5.6.0"},
      [INTAKE_DISK_FULL] = {452, "4.3.1"},
      [INTAKE_NOT_STORED] = {451, "4.3.0"},
      [INTAKE_LOGINS_BUSY] = {454, "4.7.0"},
      [INTAKE_LOGINS_BLOCKED] = {CODE_CLOSING, "4.7.0"},
  };
  SmtpReply reply = rows[verdict->why];

  reply.text = verdict->text;
  return reply;
}
