#pragma once
/* What spamd, SpamAssassin's daemon, answers to REPORT.
 *
 * Owns: a reader what has come of an answer; a SpamdAnswer its rules.
 * Thread: any; pure.
 * Errors: SPAMD_ANSWER_ERROR, in one line of printable ASCII.
 * Units and limits: SPAMD_HEAD_MAX bytes of status and headers, SPAMD_ANSWER_MAX in all, and a length that leaves
 *         room for a head of that size; SPAMD_RULES_MAX rules, those behind them are left out; SPAMD_DESCRIPTION_MAX
 *         bytes of a description, which is cut there. Scores are finite.
 * Source: spamd/PROTOCOL in SpamAssassin 4.0; the table of a report is _SUMMARY_ in Mail::SpamAssassin::Conf(3). */
#include <glib.h>

#define SPAMD_ANSWER_ERROR (spamd_answer_error_quark())
GQuark spamd_answer_error_quark(void);

typedef enum {
  SPAMD_ANSWER_ERROR_WRONG,    /* it is not an answer, or too long a one */
  SPAMD_ANSWER_ERROR_CUT,      /* it ended before its end */
  SPAMD_ANSWER_ERROR_REJECTED, /* spamd says that it could not check the message */
} SpamdAnswerError;

enum { SPAMD_HEAD_MAX = 8 * 1024, SPAMD_ANSWER_MAX = 256 * 1024, SPAMD_RULES_MAX = 500, SPAMD_DESCRIPTION_MAX = 500 };

typedef struct SpamdRule {
  double score;
  char *name;        /* "MISSING_DATE" */
  char *description; /* valid UTF-8, one line; "" */
} SpamdRule;

typedef struct SpamdAnswer {
  gboolean is_spam;
  double score;
  double threshold;
  GPtrArray *rules; /* SpamdRule, the highest score first */
} SpamdAnswer;

/* Starts as all zeros. */
typedef struct SpamdReader {
  GString *bytes;   /* NULL: nothing has come */
  gsize line_start; /* of the line of the head that is to be read next */
  gsize body_start; /* 0: the head is not whole yet */
  gboolean has_length;
  gsize body_len;      /* of a body with a length */
  SpamdAnswer *answer; /* whole when the reader says WHOLE */
} SpamdReader;

typedef enum { SPAMD_MORE, SPAMD_WHOLE, SPAMD_WRONG } SpamdStatus;

/* Takes what has come. It makes no difference in which pieces. Not behind WHOLE or WRONG. */
SpamdStatus spamd_reader_take(SpamdReader *reader, const char *bytes, gsize len, GError **error);

/* Nothing more comes. */
SpamdStatus spamd_reader_end(SpamdReader *reader, GError **error);

void spamd_reader_clear(SpamdReader *reader);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SpamdReader, spamd_reader_clear)
