#include "inbox/error.h"

#include <errno.h>

GQuark inbox_error_quark(void) {
  return g_quark_from_static_string("dsmtpd-inbox-error");
}

static InboxError code_from_errno(int error_number) {
  switch (error_number) {
  case ENOSPC:
  case EDQUOT:
  case EFBIG: /* RLIMIT_FSIZE, or more than the file system holds in one file */
    return INBOX_ERROR_NO_SPACE;
  default:
    return INBOX_ERROR_FAILED;
  }
}

void inbox_set_errno(GError **error, int error_number, const char *format, ...) {
  va_list args;

  va_start(args, format);
  g_autofree char *what = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error(error, INBOX_ERROR, code_from_errno(error_number), "%s: %s", what, g_strerror(error_number));
}
