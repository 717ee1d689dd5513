#pragma once
/* What dsmtpd's exit code says.
 *
 * Owns: nothing: names for numbers.
 * Thread: any.
 * Source: dsmtpd(1), EXIT STATUS; 64 and 69 are EX_USAGE and EX_UNAVAILABLE of sysexits(3). */

typedef enum {
  EXIT_CODE_OK = 0,
  EXIT_CODE_FAILED = 1,          /* could not start or go on; not found, not in time */
  EXIT_CODE_INVALID_MAILDIR = 2, /* the directory given is not a Maildir */
  EXIT_CODE_USAGE = 64,          /* the command line or a variable is wrong */
  EXIT_CODE_NO_SERVER = 69,      /* there is no server to ask, or it does not answer */
  EXIT_CODE_READER_GONE = 141    /* what a shell shows for SIGPIPE */
} ExitCode;
