#pragma once
/* What dsmtpd's exit code says.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: none.
 * Units and limits: none.
 * Source: dsmtpd(1), EXIT STATUS; 64 is EX_USAGE of sysexits(3). */

typedef enum {
  EXIT_CODE_OK = 0,
  EXIT_CODE_FAILED = 1,          /* could not start or go on */
  EXIT_CODE_INVALID_MAILDIR = 2, /* the directory given exists and is no Maildir */
  EXIT_CODE_USAGE = 64           /* the command line or a variable is wrong */
} ExitCode;
