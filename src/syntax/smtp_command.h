#pragma once
/* SMTP command lines, paths and parameters: what RFC 5321 4.1.2 calls syntax, and nothing else.
 *
 * Owns: nothing; results point into the text given, but for an SmtpPath, which owns its mailbox.
 * Thread: any; pure.
 * Errors: SMTP_SYNTAX_ERROR, whose message is fit to be sent in a reply: ASCII, one line, without the client's text.
 * Units and limits: a domain has at most 255 bytes and labels of 63 (RFC 1035); a local part is limited by the line.
 * Source: RFC 5321 4.1.2, 4.1.3 (address literals), 4.1.1.2-3; RFC 6531 3.3 (UTF-8); RFC 5890 (U-labels). */
#include "base/found.h"
#include <glib.h>

#define SMTP_SYNTAX_ERROR (smtp_syntax_error_quark())
GQuark smtp_syntax_error_quark(void);

typedef enum {
  SMTP_SYNTAX_ERROR_COMMAND,  /* not of the form the command has */
  SMTP_SYNTAX_ERROR_ADDRESS,  /* not an address */
  SMTP_SYNTAX_ERROR_PARAMETER /* a parameter not of the form KEYWORD[=value], or given twice */
} SmtpSyntaxError;

/* A line split at its first space. Text is neither copied nor terminated. */
typedef struct SmtpCommandLine {
  const char *verb;
  gsize verb_len;
  const char *args; /* without the space before and white space behind */
  gsize args_len;
} SmtpCommandLine;

/* `line` is without its line end. */
void smtp_command_line_split(const char *line, gsize len, SmtpCommandLine *out_line);

typedef enum { SMTP_PATH_REVERSE, SMTP_PATH_FORWARD } SmtpPathKind;

/* What RFC 5321 4.1.2 does not allow, and Postfix takes with its defaults. */
typedef enum {
  SMTP_LENIENT_SPACE = 1 << 0,    /* a space between the colon and the path */
  SMTP_LENIENT_BRACKETS = 1 << 1, /* neither '<' nor '>' */
  SMTP_LENIENT_DOMAIN = 1 << 2,   /* a name without a domain, other than a recipient's <Postmaster> */
  SMTP_LENIENT_DOTS = 1 << 3      /* a dot at either end of the local part, or next to another */
} SmtpLeniency;

typedef struct SmtpPath {
  char *mailbox;       /* without brackets and source route; "" is the null reverse-path */
  gboolean has_utf8;   /* needs SMTPUTF8 */
  gboolean long_local; /* the local part has more than 64 bytes (RFC 5321 4.5.3.1.1) */
  guint leniencies;    /* SmtpLeniency */
} SmtpPath;

void smtp_path_clear(SmtpPath *path);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SmtpPath, smtp_path_clear)

/* Reads `FROM:<path>` or `TO:<path>` at the start of `args`. The null path is rejected as a forward-path and without
 * brackets. What is lenient about the path is in `out_path`: the caller decides. One bracket without the other, control
 * characters, malformed UTF-8 and anything behind '>' but a space are rejected. On success *out_rest points at the
 * parameters behind (maybe empty). `out_path` is to be cleared; it is empty on failure. */
gboolean smtp_path_parse(const char *args, gsize args_len, SmtpPathKind kind, SmtpPath *out_path, const char **out_rest,
                         GError **error);

/* An address that stands alone, without brackets, as a path of this kind: its mailbox. `leniencies` are allowed. NULL:
 * it is none. The caller frees. */
char *smtp_address_parse(const char *address, SmtpPathKind kind, guint leniencies);

/* One parameter, KEYWORD or KEYWORD=value (RFC 5321 4.1.2 esmtp-param). */
typedef struct SmtpParameter {
  const char *keyword;
  gsize keyword_len;
  const char *value; /* NULL: without "=" */
  gsize value_len;
} SmtpParameter;

/* Takes the next parameter off *cursor (white space separates; several spaces are one). FOUND_NOTHING: it was the last;
 * FOUND_FAILED: it is malformed. */
Found smtp_parameter_next(const char **cursor, const char *end, SmtpParameter *out_parameter, GError **error);

/* Digits only, at most 20 of them (RFC 1870 3); what passes 64 bits becomes G_MAXUINT64. */
gboolean smtp_number_parse(const char *text, gsize len, guint64 *out_number);

/* Case-insensitive comparison of a counted text with a word in ASCII. */
gboolean smtp_word_equal(const char *text, gsize len, const char *word);

/* What the client calls itself behind HELO or EHLO. NONE: empty, or with control characters. ODD: anything that is not
 * a name. CODE_PAGE: the same, and no UTF-8. ADDRESS: an IP address without brackets. NAME: a domain or an address
 * literal. */
typedef enum { SMTP_HELO_NONE, SMTP_HELO_ODD, SMTP_HELO_CODE_PAGE, SMTP_HELO_ADDRESS, SMTP_HELO_NAME } SmtpHeloForm;
SmtpHeloForm smtp_helo_classify(const char *name, gsize len);

/* The name as UTF-8 text. In one of a code page each byte beyond ASCII is written as \xHH: which characters are meant
 * nobody knows. The caller frees. */
char *smtp_helo_print(const char *name, gsize len);
