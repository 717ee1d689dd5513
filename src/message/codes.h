#pragma once
/* One-time codes and confirmation links in a message, for tests that log in or sign up.
 *
 * Owns: a MessageCode owns its strings.
 * Thread: any.
 * Errors: none; a guess that is not sure says so by its confidence.
 * Units and limits: CODES_TEXT_BYTES bytes of text are read, and CODE_CANDIDATES_MAX numbers and words that look like
 *         codes are rated; CODES_MAX codes and CODES_MAX links are given. Confidence in percent; nothing below
 *         CODE_CONFIDENCE_MIN.
 * Source: none; tests/unit/message/test_codes.c holds the messages by which this is judged, code_words.c the languages.
 */
#include "message/links.h"

enum { CODES_TEXT_BYTES = 64 * 1024, CODE_CANDIDATES_MAX = 500, CODES_MAX = 20, CODE_CONFIDENCE_MIN = 30 };

typedef enum {
  MESSAGE_CODE,     /* to be typed in: "123456", "AB12-CD34" */
  MESSAGE_CODE_LINK /* to be followed: confirms, logs in, resets a password */
} MessageCodeKind;

typedef struct MessageCode {
  MessageCodeKind kind;
  char *value;   /* a code without the spaces or hyphens between groups of digits; a URL */
  char *context; /* one line: where it was found */
  guint confidence;
} MessageCode;

/* Of MessageCode *, codes first, the surest first. `links` is what links_find() gives, and may be NULL; so may
 * `subject`. The caller unrefs. */
GPtrArray *codes_find(const char *subject, const char *text, const GPtrArray *links);

/* Those of a message. */
GPtrArray *message_codes(const Message *message);
